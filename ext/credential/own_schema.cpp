#include "credential/own_schema.hpp"

namespace agentinfra {
namespace {

constexpr const char* kSeen = "credential: the schema is ours";

// SQLite keeps the name of a trigger's table as it was written. Triggers of the connection may be on tables of the
// file.
constexpr const char* kForeign =
    "WITH ours (name) AS (VALUES ('credentials'), ('credential_versions'), ('credential_audit'), ('credential_store'),"
    "   ('credential_agents'), ('credential_grants'), ('credential_changes')),"
    " objects AS (SELECT type, name, lower(tbl_name) AS host FROM main.sqlite_schema"
    "   WHERE name NOT IN ('credentials_delete_versions', 'credential_audit_head', 'credential_audit_stays',"
    "     'credential_audit_is_final', 'credential_store_used',"
    "     'credential_changes', 'credential_changes_insert')"
    "   UNION ALL SELECT type, name, lower(tbl_name) FROM temp.sqlite_schema WHERE type = 'trigger')"
    " SELECT type, name, host FROM objects WHERE type IN ('trigger', 'view') AND host IN (SELECT name FROM ours)";

}  // namespace

void require_own_schema(Session& session) {
  if (session.remembered(kSeen)) return;
  auto q = session.query(kForeign);
  if (q.step()) {
    const bool view = q.text(0) == "view";
    throw SqlError("no audit row could be written: somebody has " +
                   (view ? "put a view in the place of table " + q.string(2)
                         : "changed table " + q.string(2) + " by trigger " + q.string(1) + ": DROP TRIGGER it") +
                   ", then SELECT cred_verify()");
  }
  session.remember(kSeen, 1);
}

}  // namespace agentinfra
