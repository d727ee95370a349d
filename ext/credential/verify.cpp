// cred_verify: the whole audit and every version, in one snapshot.
//
// What is in the tables must be what the audit says was put there: a credential's newest version, and the hash of each
// version's ciphertext, are those of the last row about them. So a row that was put back to an older state is missed by
// nobody, though it opens. Only a whole file that was put back is consistent with itself; against that stands the head,
// kept elsewhere.
#include "credential/verify.hpp"

#include "credential/broker/grants.hpp"
#include "credential/upkeep.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

class Snapshot {
 public:
  explicit Snapshot(sqlite3* db) : db_(db) { execute(db_, "BEGIN"); }
  Snapshot(const Snapshot&) = delete;
  ~Snapshot() { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }

 private:
  sqlite3* db_;
};

std::optional<std::string_view> maybe_text(const Query& q, int column) {
  return q.null(column) ? std::nullopt : std::optional(q.text(column));
}

}  // namespace

Verification::Verification(Session& session) : session_(session), ring_(keyring(session)) {
  go_through_audit();
  open_versions();
  compare();
  for (std::string& sentence : problems_of_grants(session)) problem(std::move(sentence));
}

void Verification::problem(std::string sentence) {
  if (problems_.size() < kMostProblems) problems_.push_back(std::move(sentence));
}

AuditFields Verification::fields(const Query& q) const {
  return {.at_ms = q.integer(1),
          .action = q.text(2),
          .credential = maybe_text(q, 3),
          .service = maybe_text(q, 4),
          .username = maybe_text(q, 5),
          .version = q.maybe_integer(6),
          .agent = maybe_text(q, 7),
          .run = q.maybe_integer(8),
          .pid = q.integer(9),
          .uid = q.integer(10),
          .detail = maybe_text(q, 11),
          .hash = q.null(12) ? std::nullopt : std::optional(q.blob(12))};
}

void Verification::check_link(const Query& q) {
  const int64_t seq = q.integer(0);
  const std::string row = "audit row " + std::to_string(seq);
  if (seq != last_seq_ + 1)
    problem(seq == last_seq_ + 2
                ? "audit row " + std::to_string(last_seq_ + 1) + " is missing"
                : "audit rows " + std::to_string(last_seq_ + 1) + " to " + std::to_string(seq - 1) + " are missing");
  const MasterKey* key = ring_.find(q.blob(13));
  if (key == nullptr)
    problem(row + " is by a key that the key file does not have");
  else if (audit_mac(*key, store_, seq, fields(q), last_mac_) != q.blob(14))
    problem(row + " was altered, or does not follow the row before it");
  last_seq_ = seq;
  last_key_ = q.blob(13);
  last_mac_ = q.blob(14);
  last_head_ = q.blob(15);
}

void Verification::go_through_audit() {
  auto store = session_.query("SELECT store FROM main.credential_store");
  if (store.step()) store_ = store.string(0);
  begin_after_pruned();
  auto q = session_.query(
      "SELECT seq, at_ms, action, credential, service, username, version, agent, run, pid, uid, detail, hash, key_id,"
      "   mac, head FROM main.credential_audit ORDER BY seq");
  for (; q.step(); rows_++) {
    check_link(q);
    learn(q.integer(0), fields(q));
  }
  check_end();
}

// The first row that is there may follow one that cred_prune() took out: then a row that it MACed has the link.
void Verification::begin_after_pruned() {
  auto q = session_.query(
      "SELECT version, hash FROM main.credential_audit"
      " WHERE action = 'prune' AND version = (SELECT min(seq) FROM main.credential_audit) - 1");
  if (!q.step()) return;
  last_seq_ = q.integer(0);
  last_mac_ = q.blob(1);
}

void Verification::check_end() {
  if (rows_ == 0 && store_was_used(session_)) problem("the audit is empty, and was not: everything was deleted");
  const MasterKey* key = ring_.find(last_key_);
  if (rows_ > 0 && key != nullptr && audit_head(*key, last_mac_) != last_head_)
    problem("audit rows after " + std::to_string(last_seq_) + " were cut off");
}

void Verification::learn(int64_t seq, const AuditFields& f) {
  if (!f.credential) return;
  const auto is = [&](Action action) { return f.action == to_text(action); };
  if (!is(Action::set) && !is(Action::reseal) && !is(Action::carry) && !is(Action::remove)) return;
  Standing& standing = standings_[std::string(*f.credential)];
  standing.service = f.service.value_or("");
  standing.username = f.username.value_or("");
  standing.deleted = is(Action::remove);
  const int64_t version = f.version.value_or(0);
  standing.newest = std::max(standing.newest, version);
  if (f.hash) standing.versions[version] = {std::string(*f.hash), seq};
}

void Verification::check_version(const SealedRow& row) {
  const std::string version = "version " + std::to_string(row.version) + " of " + row.name();
  const auto standing = standings_.find(row.uuid);
  try {
    const Content content = unseal(session_, ring_, row);
    const bool newest = standing != standings_.end() && standing->second.newest == row.version;
    if (newest && content.expires_ms != row.expires_ms) problem(altered_expiry(row));
  } catch (const std::exception& error) {
    problem(error.what());
  }
  there_.insert({row.uuid, row.version});
  if (standing == standings_.end()) return;  // compare() says so
  const auto hash = standing->second.versions.find(row.version);
  if (hash == standing->second.versions.end())
    problem(version + " is not in the audit");
  else if (hash->second.hash != hash_of_sealed(row.sealed))
    problem(version + " is not what the audit says was stored");
}

void Verification::open_versions() {
  for (auto rows = next_versions(session_, {}); !rows.empty(); rows = next_versions(session_, rows.back()))
    for (const SealedRow& row : rows) {
      check_version(row);
      versions_++;
    }
}

void Verification::compare() {
  auto q = session_.query(
      "SELECT uuid, service, username, version, EXISTS (SELECT 1 FROM main.credential_versions AS v"
      "     WHERE v.credential_id = c.credential_id AND v.version = c.version)"
      " FROM main.credentials AS c");
  for (; q.step(); credentials_++) {
    const std::string name = credential_name(q.text(1), q.text(2));
    const auto found = standings_.find(q.text(0));
    if (found == standings_.end() || found->second.deleted) {
      problem(name + " is not in the audit, or was deleted by it");
      continue;
    }
    Standing& standing = found->second;
    standing.seen = true;
    if (q.integer(3) != standing.newest)
      problem(name + " stands at version " + std::to_string(q.integer(3)) + ", and the audit says " +
              std::to_string(standing.newest));
    if (q.integer(4) == 0) problem(name + " has lost its newest version");
  }
  for (const auto& [uuid, standing] : standings_)
    if (!standing.deleted && !standing.seen) problem(standing.name() + " is gone, and not by cred_delete()");
  const auto orphans = session_
                           .query(
                               "SELECT count(*) FROM main.credential_versions WHERE credential_id NOT IN"
                               " (SELECT credential_id FROM main.credentials)")
                           .one();
  if (orphans.value_or(0) > 0) problem(std::to_string(*orphans) + " versions belong to no credential");
}

std::vector<Verification::Vouched> Verification::vouched_up_to(int64_t seq) const {
  std::vector<Vouched> found;
  for (const auto& [uuid, standing] : standings_)
    for (const auto& [version, vouched] : standing.versions)
      if (!standing.deleted && vouched.seq <= seq && there_.contains({uuid, version}))
        found.push_back({uuid, standing.service, standing.username, version, vouched.hash});
  return found;
}

// "SEQ:MAC", as report() gave it.
void Verification::look_for(std::string_view earlier_head) {
  auto q = session_.query("SELECT 1 FROM main.credential_audit WHERE seq || ':' || lower(hex(mac)) = :head");
  q.bind(earlier_head);
  if (!q.one()) problem("the audit does not go through " + shown(earlier_head) + ": it was replaced by an older one");
}

std::string Verification::report() {
  std::string list = "[]";
  for (const std::string& sentence : problems_) {
    auto q = session_.query("SELECT json_insert(:list, '$[#]', :sentence)");
    q.bind(list, sentence);
    q.step();
    list = q.string(0);
  }
  auto q = session_.query(
      "SELECT json_object('ok', json(:ok), 'credentials', :credentials, 'versions', :versions, 'audit', :audit,"
      "   'head', :head, 'problems', json(:problems))");
  const std::string head = std::to_string(last_seq_) + ":" + to_hex(last_mac_);
  q.bind(problems_.empty() ? "true" : "false", credentials_, versions_, rows_, head, list);
  q.step();
  return q.string(0);
}

Value cred_verify(Call& call, std::optional<Name> earlier_head) {
  Session& session = call.session;
  session.require_alone("it looks at everything in one snapshot");
  return session.patiently([&] {
    const Snapshot snapshot(session.db());
    Verification verification(session);
    if (earlier_head) verification.look_for(earlier_head->text);
    return verification.report();
  });
}

}  // namespace agentinfra
