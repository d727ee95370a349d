#include "sqlite/registry.hpp"

#include "sqlite/bound.hpp"
#include "sqlite/table_function.hpp"

namespace agentinfra {
namespace {

// A verb's own INSERTs are not the host's: its last_insert_rowid() stays what it was.
class KeepLastInsertRowid {
 public:
  explicit KeepLastInsertRowid(sqlite3* db) : db_(db), rowid_(sqlite3_last_insert_rowid(db)) {}
  KeepLastInsertRowid(const KeepLastInsertRowid&) = delete;
  ~KeepLastInsertRowid() { sqlite3_set_last_insert_rowid(db_, rowid_); }

 private:
  sqlite3* db_;
  sqlite3_int64 rowid_;
};

void scalar(sqlite3_context* context, int count, sqlite3_value** values) {
  const auto& bound = *static_cast<Bound<Verb>*>(sqlite3_user_data(context));
  const Verb& verb = bound.declared;
  auto fail = [&](int code, const char* sentence) {
    sqlite3_result_error(context, sentence, -1);
    sqlite3_result_error_code(context, code);  // after the text: it would replace it otherwise
  };
  guarded(verb.name, fail, [&] {
    if (verb.kind != Kind::pure) bound.session.require_direct(verb.name);
    Call call{bound.session};
    KeepLastInsertRowid keep(bound.session.db());
    run_verb(verb, call, count, values).give(context);
  });
}

}  // namespace

const char* to_text(Level level) {
  switch (level) {
    case Level::daily: return "daily";
    case Level::more: return "more";
    case Level::expert: break;
  }
  return "expert";
}

const char* to_text(Kind kind) {
  switch (kind) {
    case Kind::pure: return "pure";
    case Kind::read: return "read";
    case Kind::write: return "write";
    case Kind::wait: return "wait";
    case Kind::steps: break;
  }
  return "steps";
}

std::string signature(const char* name, const char* arguments, int least, int most) {
  std::string text = std::string(name) + "(";
  for (int i = 0; i < most; i++) {
    if (i == least) text += "[";
    if (i > 0) text += ", ";
    text += argument_name(arguments, i);
  }
  return text + (most > least ? "])" : ")");
}

Value run_verb(const Verb& verb, Call& call, int count, sqlite3_value** values) {
  if (count < verb.least || count > verb.most)
    throw SqlError("expected " + signature(verb) + ", got " + std::to_string(count) +
                   (count == 1 ? " argument" : " arguments"));
  if (verb.kind == Kind::pure) return verb.call(call, verb.arguments, count, values);
  call.session.enter();
  if (verb.kind == Kind::wait || verb.kind == Kind::steps) return verb.call(call, verb.arguments, count, values);
  return call.session.patiently([&] { return verb.call(call, verb.arguments, count, values); });
}

int register_room(Session& session, const Room& room) {
  int rc = SQLITE_OK;
  for (const Verb& verb : room.verbs) {
    const int trust = verb.kind == Kind::pure ? SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS : SQLITE_DIRECTONLY;
    // -1 arguments: SQLite's own sentence about a wrong number of them names none.
    rc = sqlite3_create_function_v2(session.db(), verb.name, -1, SQLITE_UTF8 | trust, new Bound{verb, session}, scalar,
                                    nullptr, nullptr, drop_bound<Verb>);
    if (rc == SQLITE_OK && verb.has_insert_form()) rc = register_insert_form(session, verb);
    if (rc != SQLITE_OK) return rc;
  }
  for (const TableFunction& function : room.table_functions)
    if ((rc = register_table_function(session, function)) != SQLITE_OK) return rc;
  return rc;
}

}  // namespace agentinfra
