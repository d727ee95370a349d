#include "sqlite/statement.hpp"

#include <new>

namespace agentinfra {

Query::~Query() {
  if (handle_ == nullptr) return;
  if (cached_ == nullptr) {
    sqlite3_finalize(handle_);
    return;
  }
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);  // what was bound without copying dies with the caller
  cached_->lent = false;
}

void Query::check(int rc) {
  if (rc != SQLITE_OK) throw last_error(sqlite3_db_handle(handle_));
}

bool Query::step() {
  const int rc = sqlite3_step(handle_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  sqlite3* db = sqlite3_db_handle(handle_);
  // A statement of the older sqlite3_prepare() says only now what it was; of one that had expired before it ran, only
  // the code is left.
  const int code = sqlite3_reset(handle_);
  if ((code & 0xff) == SQLITE_SCHEMA) throw SqlError("the schema has changed", code);
  throw last_error(db);
}

std::optional<int64_t> Query::one() {
  if (!step()) return std::nullopt;
  const auto first = maybe_integer(0);
  run();
  return first;
}

std::string_view Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (bytes == nullptr) {
    if (!null(column)) throw std::bad_alloc();
    return {};
  }
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

}  // namespace agentinfra
