// cred_prune: the audit gets shorter, and stays whole.
//
// The rows up to one are deleted. A row `prune` takes their place in the chain: `version` is the number of the last one
// that went, `hash` its mac, so that the first one that stayed still follows something. What the rows that go are the
// only ones to say of versions that are still there is said again before, in rows `carry`. So pruning, which is MACed,
// is not taken for a deletion, which is not.
//
// It first verifies everything: what was tampered with must not be vouched for anew.
#include "credential/upkeep.hpp"
#include "credential/verify.hpp"
#include "sqlite/now.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;
constexpr int64_t kMostDays = 3660;

struct LastOld {
  int64_t seq;
  std::string mac;
};

// The last row before the first that is young enough; the newest row of all stays.
std::optional<LastOld> last_before(Session& session, int64_t before_ms) {
  auto q = session.query(
      "SELECT seq, mac FROM main.credential_audit"
      " WHERE seq < coalesce((SELECT seq FROM main.credential_audit WHERE at_ms >= :before_ms ORDER BY seq LIMIT 1),"
      "   (SELECT max(seq) FROM main.credential_audit))"
      " ORDER BY seq DESC LIMIT 1");
  q.bind(before_ms);
  return q.step() ? std::optional(LastOld{q.integer(0), std::string(q.blob(1))}) : std::nullopt;
}

int64_t prune(Session& session, const Actor& actor, int64_t now, int64_t before_ms) {
  const auto last = last_before(session, before_ms);
  if (!last) return 0;
  const Verification verification(session);
  if (!verification.problems().empty())
    throw SqlError("nothing was pruned, because " + verification.problems()[0] + ": SELECT cred_verify()");
  for (const auto& v : verification.vouched_up_to(last->seq))
    append_audit(session, actor,
                 {.action = Action::carry,
                  .at_ms = now,
                  .credential = v.uuid,
                  .service = v.service,
                  .username = v.username,
                  .version = v.version,
                  .hash = v.hash});
  append_audit(session, actor, {.action = Action::prune, .at_ms = now, .version = last->seq, .hash = last->mac});
  session.query("DELETE FROM main.credential_audit WHERE seq <= :seq").bind(last->seq).run();
  return session.changed_rows();
}

}  // namespace

Value cred_prune(Call& call, int64_t keep_days) {
  if (keep_days < 1 || keep_days > kMostDays)
    throw SqlError("keep_days must be from 1 to " + std::to_string(kMostDays));
  Session& session = call.session;
  session.require_alone("it verifies everything first, and may take a while");
  return session.patiently([&] {
    const int64_t now = now_ms(call);
    return atomically(session, [&] { return prune(session, Actor::this_process(), now, now - keep_days * kDayMs); });
  });
}

}  // namespace agentinfra
