#include "sqlite/side_session.hpp"

#include "sqlite/database.hpp"
#include "sqlite/session_table.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

class Side {
 public:
  ~Side() {
    if (session_ != nullptr) session_->release();  // the connection's own holds end when it closes
  }

  Session& session_for(Session& host) {
    if (session_ == nullptr) open(host);
    return *session_;
  }

 private:
  void open(Session& host) {
    sqlite3_vfs* vfs = nullptr;
    sqlite3_file_control(host.db(), "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
    Database db = open_database(host.file(), SQLITE_OPEN_READWRITE, vfs != nullptr ? vfs->zName : nullptr);
    const auto synchronous = host.query("PRAGMA main.synchronous").one();
    execute(db.get(), ("PRAGMA main.synchronous = " + std::to_string(synchronous.value_or(2))).c_str());
    auto* session = new Session(db.get(), host.schema_version());
    session->hold();
    if (register_session_table(*session) != SQLITE_OK) {
      session->release();
      throw last_error(db.get());
    }
    db_ = std::move(db);
    session_ = session;
  }

  Database db_;
  Session* session_ = nullptr;
};

}  // namespace

Session& side_session(Session& host) {
  const char* path = sqlite3_db_filename(host.db(), "main");
  if (path == nullptr || *path == '\0') return host;
  return host.kept<Side>().session_for(host);
}

}  // namespace agentinfra
