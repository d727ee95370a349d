#include "sqlite/capture.hpp"

namespace agentinfra {
namespace {

void capture(sqlite3_context* context, int, sqlite3_value** values) {
  static_cast<Session*>(sqlite3_user_data(context))->captured = sqlite3_value_int64(values[0]);
  sqlite3_result_value(context, values[0]);
}

void drop(void* session) { static_cast<Session*>(session)->release(); }

}  // namespace

int register_capture(Session& session) {
  session.hold();
  return sqlite3_create_function_v2(session.db(), "agentinfra_capture", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, &session,
                                    capture, nullptr, nullptr, drop);
}

}  // namespace agentinfra
