// The INSERT form of a verb: an eponymous virtual table of the verb's name that can only be inserted into.
//
//   INSERT INTO kv_set(agent, key, value) SELECT 'shared', name, size FROM files;      -- once for each row, exactly
//   INSERT INTO kv_incr(agent, key, request_id) VALUES ('shared', 'posts', 'a-17');    -- a retry gives the first answer
//
//   CREATE TABLE kv_set("agent", "key", "value", "ttl_s", now_ms HIDDEN, request_id HIDDEN)
//
// How often SQLite calls a scalar function in a query is SQLite's business; xUpdate it calls once for each row. The
// result is last_insert_rowid() when it is an integer (0 for NULL), and agentinfra_result() whatever it is.
//
// SQLite has taken the write lock before xUpdate, so nothing is retried here: a host that wants this form to wait sets
// its busy timeout. Columns that are not named arrive as NULL, which is why absent and NULL mean the same everywhere.
// RETURNING is evaluated before the verb runs and sees only what was inserted: it is not supported.
#include "sqlite/bound.hpp"

namespace agentinfra {
namespace {

constexpr int kHidden = 2;  // now_ms, request_id

using Table = BoundTable<Verb>;

std::string columns(const Verb& verb) {
  std::string list;
  for (int i = 0; i < verb.most; i++) list += "\"" + std::string(argument_name(verb.arguments, i)) + "\", ";
  return list + "now_ms HIDDEN, request_id HIDDEN";
}

int best_index(sqlite3_vtab* table, sqlite3_index_info*) {
  const Verb& verb = static_cast<Table*>(table)->bound->declared;
  static_cast<Table*>(table)->set_error(std::string(verb.name) + ": a verb cannot be read: SELECT " + signature(verb) +
                                        " or INSERT INTO " + verb.name);
  return SQLITE_ERROR;
}

// The answer already given to this request, if there is one.
bool answered_before(Call& call) {
  auto q = call.session.query("SELECT result FROM main.agentinfra_answers WHERE request_id = :request");
  q.bind(*call.request);
  if (!q.step()) return false;
  call.session.last_result = q.value(0);
  return true;
}

Call decode_hidden(const Verb& verb, Session& session, sqlite3_value** hidden) {
  static constexpr const char* kNames = "now_ms, request_id";
  Call call{session};
  call.now_ms = From<std::optional<int64_t>>::get({kNames, 0, hidden[0]});
  if (call.now_ms && *call.now_ms < 0) Argument{kNames, 0, hidden[0]}.refuse("must be >= 0");
  if (const auto id = From<std::optional<Name>>::get({kNames, 1, hidden[1]}))
    call.request = std::string(verb.name) + "/" + std::string(id->text);
  return call;
}

// values: old rowid, new rowid, the verb's columns, the hidden ones.
int update(sqlite3_vtab* table, int count, sqlite3_value** values, sqlite3_int64* rowid) {
  const auto& [verb, session] = *static_cast<Table*>(table)->bound;
  int rc = SQLITE_OK;
  *rowid = 0;
  auto fail = [&](int code, const char* sentence) {
    rc = code;
    static_cast<Table*>(table)->set_error(sentence);
  };
  guarded(verb.name, fail, [&, &verb = verb, &session = session] {
    if (count == 1 || sqlite3_value_type(values[0]) != SQLITE_NULL) throw SqlError("a verb takes INSERT only");
    session.enter();
    Call call = decode_hidden(verb, session, values + count - kHidden);
    if (!call.request || !answered_before(call))
      session.last_result = run_verb(verb, call, count - 2 - kHidden, values + 2);
    *rowid = session.last_result.as_integer().value_or(0);
  });
  return rc;
}

constexpr sqlite3_module kModule = [] {
  sqlite3_module m{};  // xCreate null: eponymous only
  m.xConnect = connect_bound<Verb, columns>;
  m.xBestIndex = best_index;
  m.xDisconnect = disconnect_bound<Verb>;
  m.xUpdate = update;
  return m;
}();

}  // namespace

int register_insert_form(Session& session, const Verb& verb) {
  return sqlite3_create_module_v2(session.db(), verb.name, &kModule, new Bound{verb, session}, drop_bound<Verb>);
}

}  // namespace agentinfra
