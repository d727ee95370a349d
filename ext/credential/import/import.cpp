#include "credential/import/import.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <tuple>

#include "credential/import/formats.hpp"
#include "credential/import/report.hpp"
#include "credential/store.hpp"
#include "credential/vault/totp.hpp"
#include "os/erasable_file.hpp"
#include "sqlite/durable.hpp"
#include "sqlite/now.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLargestExport = 64 << 20;  // bytes
constexpr size_t kMostRows = 200'000;        // of some 300 bytes of memory each

// The file, or standard input.
class Source {
 public:
  explicit Source(std::string_view path) : is_stdin_(path == "-") {
    int error = is_stdin_ ? 0 : ErasableFile::open(std::string(path), file_);
    if (error == 0) error = read_all(is_stdin_ ? STDIN_FILENO : file_.fd(), kLargestExport, text_);
    if (error == EFBIG)
      throw SqlError("the file has more than " + std::to_string(kLargestExport) + " bytes", SQLITE_TOOBIG);
    if (error != 0)
      throw SqlError(std::string("cannot read the file at path: ") + std::strerror(error), SQLITE_CANTOPEN);
  }

  std::span<char> text() { return {text_.data(), text_.size()}; }

  // Empty, or why it is still there.
  std::string erase() { return is_stdin_ ? "it came from standard input" : file_.erase(); }

 private:
  const bool is_stdin_;
  ErasableFile file_;
  Secret text_;
};

bool is_totp(std::string_view text) try {
  read_totp(text);
  return true;
} catch (const std::runtime_error&) {
  return false;
}

// All that the Store would refuse: one row must not cost the others their place.
std::string_view fault_of(const ExportRow& row) {
  for (const std::string_view text : {row.service, row.username, row.url, row.password, row.totp, row.note.view()})
    if (!valid_utf8(text)) return "is not valid UTF-8";
  for (const std::string_view secret : {row.password, row.totp, row.note.view()})
    if (secret.size() > kLargestSecret) return "has a password or a note of more than 1 MiB";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (fault_of_name(row.service)) return "has a name that is not one line of at most 1024 bytes";
  if (!row.username.empty() && fault_of_name(row.username))
    return "has a username that is not one line of at most 1024 bytes";
  if (row.url.size() > kLongestUrl || std::any_of(row.url.begin(), row.url.end(), is_control))
    return "has a url that is not one line of at most 8192 bytes";
  if (!row.totp.empty() && !is_totp(row.totp)) return "has a TOTP that is neither base32 nor otpauth://totp/";
  return {};
}

// A row with its secrets as the Store takes them. What a row leaves empty stays as it was.
class Login {
 public:
  explicit Login(const ExportRow& row)
      : password_(row.password), totp_(row.totp), credential_{.service = row.service, .username = row.username} {
    credential_.url = row.url;
    credential_.secret = &password_;
    if (!row.note.empty()) credential_.note = &row.note;
    if (!totp_.empty()) credential_.totp = &totp_;
  }
  Login(const Login&) = delete;

  const NewCredential& credential() const { return credential_; }

 private:
  Secret password_, totp_;
  NewCredential credential_;
};

class Import {
 public:
  Import(Call& call, std::span<char> text, std::optional<std::string_view> format)
      : session_(call.session), store_(session_, Actor::this_process(), now_ms(call)) {
    read(text, format);
    refuse_what_contradicts();
  }

  // All logins in one transaction, which is on the disk when this returns.
  void store();
  void read_back();
  ImportReport report() const;

 private:
  void read(std::span<char> text, std::optional<std::string_view> format);
  void refuse_what_contradicts();
  void store_each();
  bool reads_back(const ExportRow& row);

  Session& session_;
  Store store_;
  std::string_view format_;
  std::vector<ExportRow> rows_;
  int64_t imported_ = 0, updated_ = 0, unchanged_ = 0;
  std::vector<int64_t> replacing_;  // lines of rows that took the place of another version
};

void fail(ExportRow& row, std::string_view reason) {
  row.verdict = ExportRow::failed;
  row.reason = reason;
}

void Import::read(std::span<char> text, std::optional<std::string_view> format) {
  // Of an import that was killed at the very end; what it had read is stored by then.
  if (!text.empty() && text.front() == '\0')
    throw CsvError("it begins with zeros, as a file that was imported and not quite deleted: delete it");
  CsvReader csv(text);
  if (!csv.next()) throw CsvError("it is empty");
  const ExportFormat columns = format ? ExportFormat::named(*format, csv.fields()) : ExportFormat::detect(csv.fields());
  format_ = columns.name();
  while (csv.next()) {
    ExportRow row = columns.read(csv);
    const std::string_view fault = row.verdict == ExportRow::login ? fault_of(row) : std::string_view();
    if (!fault.empty()) fail(row, fault);
    if (rows_.size() == kMostRows) throw CsvError("it has more than " + std::to_string(kMostRows) + " rows: divide it");
    rows_.push_back(std::move(row));
  }
}

// Two passwords for one name: the second would replace the first, and nobody could say which is right.
void Import::refuse_what_contradicts() {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const ExportRow*> first;
  for (ExportRow& row : rows_) {
    if (row.verdict != ExportRow::login) continue;
    const auto [seen, is_new] = first.try_emplace({row.service, row.username, row.url}, &row);
    const ExportRow& other = *seen->second;
    if (is_new || (row.password == other.password && row.totp == other.totp && row.note.view() == other.note.view()))
      continue;
    fail(row, "has the name, username and url of a row above, and something else in it");
  }
}

void Import::store() {
  session_.patiently([&] {
    return atomically(session_, [&] {
      store_each();
      return true;
    });
  });
  sync_to_disk(session_.db());
}

void Import::store_each() {
  imported_ = updated_ = unchanged_ = 0;
  replacing_.clear();
  for (const ExportRow& row : rows_) {
    if (row.verdict != ExportRow::login) continue;
    switch (store_.set(Login(row).credential(), /*only_changes=*/true).stored) {
      case Stored::added: imported_++; break;
      case Stored::updated:
        updated_++;
        replacing_.push_back(row.line);
        break;
      case Stored::unchanged: unchanged_++; break;
    }
  }
}

// What does not open (its wrapped key, its ciphertext) is as bad as what differs.
bool Import::reads_back(const ExportRow& row) try {
  return store_.holds(Login(row).credential());
} catch (const SqlError& error) {
  if (error.code() != SQLITE_ERROR) throw;
  return false;
}

void Import::read_back() {
  for (ExportRow& row : rows_) {
    if (row.verdict == ExportRow::login && !reads_back(row))
      fail(row, "was stored, and does not read back as it is here");
  }
}

ImportReport Import::report() const {
  ImportReport report;
  report.format = format_;
  report.rows = static_cast<int64_t>(rows_.size());
  report.imported = imported_;
  report.updated = updated_;
  report.unchanged = unchanged_;
  for (const ExportRow& row : rows_) {
    if (row.verdict == ExportRow::skipped) report.skipped.push_back({row.line, row.reason});
    if (row.verdict == ExportRow::failed) report.failed.push_back({row.line, row.reason});
    for (const std::string_view warning : row.warnings) report.warnings.push_back({row.line, warning});
    if (row.holds_more) report.not_stored++;
  }
  // Which of the two is newer, no export says.
  for (const int64_t line : replacing_)
    report.warnings.push_back(
        {line, "took the place of what was stored under its name, which is still in the history"});
  return report;
}

bool is_in_memory(Session& session) {
  const char* name = sqlite3_db_filename(session.db(), "main");
  return name == nullptr || *name == '\0';
}

}  // namespace

Value cred_import(Call& call, Name path, std::optional<std::string_view> format) try {
  Session& session = call.session;
  session.require_alone("it commits before it deletes what it has read");
  session.query("SELECT 1");  // refuses a file without our schema
  Source source(path);
  Import import(call, source.text(), format);
  import.store();
  import.read_back();
  ImportReport report = import.report();
  report.kept = report.reason_to_keep();
  if (report.kept.empty()) report.kept = is_in_memory(session) ? "the database is in memory only" : source.erase();
  return report.json();
} catch (const CsvError& error) {
  throw SqlError(error.what());  // and not the path: who mixes up arguments gives a secret for it
}

}  // namespace agentinfra
