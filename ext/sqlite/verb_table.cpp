// The INSERT form of a verb: an eponymous virtual table of the verb's name that can only be inserted into.
//
//   INSERT INTO kv_set(agent, key, value) SELECT 'shared', name, size FROM files;      -- once for each row, exactly
//   INSERT INTO kv_incr(agent, key, request_id) VALUES ('shared', 'posts', 'a-17');    -- a retry gives the first
//   answer
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
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr int kHidden = 2;  // now_ms, request_id

// From here on SQLite itself refuses an INSERT into a SQLITE_VTAB_DIRECTONLY table by a trigger of a file.
constexpr int kRefusesTriggers = 3040000;

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

struct Hidden {
  std::optional<int64_t> now_ms;
  std::optional<std::string> request;  // "verb/request_id"
};

Hidden decode_hidden(const Verb& verb, sqlite3_value** values) {
  static constexpr const char* kNames = "now_ms, request_id";
  Hidden hidden;
  if (const auto now = From<std::optional<Instant>>::get({kNames, 0, values[0]})) hidden.now_ms = now->ms;
  if (const auto id = From<std::optional<Name>>::get({kNames, 1, values[1]}))
    hidden.request = std::string(verb.name) + "/" + std::string(id->text);
  return hidden;
}

bool answered_before(Session& session, const std::string& request) {
  auto q = session.query("SELECT result FROM main.requests WHERE request_id = :request");
  q.bind(request);
  if (!q.step()) return false;
  session.last_result = q.value(0);
  return true;
}

// Together with what the verb wrote, or not at all. On its own the outer INSERT sees to that. In the caller's
// transaction SQLite would keep the verb's write when this one fails, so the transaction is rolled back, as SQLite
// itself does when the disk is full.
void record_answer(const Call& call, const std::string& request) {
  Session& session = call.session;
  try {
    session.query("INSERT INTO main.requests (request_id, result, done_ms) VALUES (:request, :result, :now_ms)")
        .bind(request, session.last_result, now_ms(call))
        .run();
  } catch (const SqlError& error) {
    if (!error.schema_changed() && !sqlite3_get_autocommit(session.db()))
      sqlite3_exec(session.db(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
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
    if (sqlite3_libversion_number() < kRefusesTriggers) session.require_direct(verb.name);
    session.enter();
    const Hidden hidden = decode_hidden(verb, values + count - kHidden);
    if (!hidden.request || !session.patiently([&] { return answered_before(session, *hidden.request); })) {
      Call call{session, hidden.now_ms};
      session.last_result = run_verb(verb, call, count - 2 - kHidden, values + 2);
      if (hidden.request) session.patiently([&] { record_answer(call, *hidden.request); });
    }
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
