// agentinfra cred import: what SELECT cred_import() did, for people.
#include "command_cred.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

/// "skipped: 66 rows: has no password (line 7, 9, 12)": a line a reason.
void print_remarks(Database& database, const std::string& report, const std::string& kind) {
  const std::string path = "$." + kind;
  const Statement remarks = database.prepare(
      "SELECT count(*) || ' row' || iif(count(*) = 1, ' ', 's ') || reason || ' (line ' || group_concat(line, ', ') || "
      "')'"
      " FROM (SELECT json_extract(value, '$.line') AS line, json_extract(value, '$.reason') AS reason"
      "   FROM json_each(:report, :path))"
      " GROUP BY reason ORDER BY min(line)",
      {{"report", report}, {"path", path}});
  while (database.step(remarks.get())) {
    print(kind + ": " + reinterpret_cast<const char*>(sqlite3_column_text(remarks.get(), 0)) + "\n");
  }
}

void print_for_people(Database& database, const std::string& report, const std::string& file) {
  const Cell counts = database.text(
      "SELECT printf('%d rows of %s: %d imported, %d updated, %d unchanged, %d skipped, %d failed',"
      "   json_extract(r, '$.rows'), json_extract(r, '$.format'), json_extract(r, '$.imported'),"
      "   json_extract(r, '$.updated'), json_extract(r, '$.unchanged'), json_array_length(r, '$.skipped'),"
      "   json_array_length(r, '$.failed')) FROM (SELECT :report AS r)",
      {{"report", report}});
  print(counts.value_or("") + "\n");
  for (const char* kind : {"failed", "skipped", "warnings"}) print_remarks(database, report, kind);
  if (file == "-") return;
  const Cell kept = database.text(
      "SELECT json_extract(:report, '$.deleted') WHERE json_type(:report, '$.deleted') = 'text'", {{"report", report}});
  print(file + (kept
                    ? " is still there: " + *kept + "\n"
                    : " is overwritten and deleted; copies in backups, snapshots and spare blocks of an SSD remain\n"));
}

/// What cred_import() says never names its arguments.
std::string import_report(Database& database, const std::string& file, const std::string& format) try {
  return database.text("SELECT cred_import(:file, nullif(:format, ''))", {{"file", file}, {"format", format}})
      .value_or("");
} catch (const DatabaseError& error) {
  throw DatabaseError(error.code, file + ": " + error.what());
}

}  // namespace

int cred_import(CredInvocation invocation) {
  std::string format;
  bool json = false;
  Options options;
  invocation.add_options(options);
  options.text("--format", format).flag("--json", json);
  const Words words = options.parse(invocation.arguments);
  const std::string& file = words.only("FILE");
  Database database = open_for_credentials(invocation);
  const std::string report = import_report(database, file, format);
  if (json) {
    print(report + "\n");
  } else {
    print_for_people(database, report, file);
  }
  const auto failed = database.integer("SELECT json_array_length(:report, '$.failed')", {{"report", report}});
  return failed == 0 ? kOk : kFailed;
}

}  // namespace agentinfra::cli
