// cred_verify: the whole audit and every version, in one snapshot.
//
// What is in the tables must be what the audit says was put there: a credential's newest version, and the hash of each
// version's ciphertext, are those of the last row about them. So a row that was put back to an older state is missed by
// nobody, though it opens. Only a whole file that was put back is consistent with itself; against that stands the head,
// kept elsewhere.
#include <map>
#include <vector>

#include "credential/upkeep.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr size_t kMostProblems = 100;

class Snapshot {
 public:
  explicit Snapshot(sqlite3* db) : db_(db) { execute(db_, "BEGIN"); }
  Snapshot(const Snapshot&) = delete;
  ~Snapshot() { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }

 private:
  sqlite3* db_;
};

// What the audit says of a credential.
struct Standing {
  std::string name;
  int64_t newest = 0;
  bool deleted = false;
  std::map<int64_t, std::string> hashes;  // by version
  bool seen = false;                      // in the table
};

class Verification {
 public:
  explicit Verification(Session& session) : session_(session), ring_(keyring(session)) {}

  void go_through_audit();
  void open_versions();
  void compare();
  void look_for(std::string_view earlier_head);
  std::string report();

 private:
  void problem(std::string sentence) {
    if (problems_.size() < kMostProblems) problems_.push_back(std::move(sentence));
  }
  AuditFields fields(const Query& q) const;
  void check_link(const Query& q);
  void check_end();
  void learn(const AuditFields& fields);
  void check_version(const SealedRow& row);

  Session& session_;
  const Keyring& ring_;
  std::map<std::string, Standing, std::less<>> standings_;  // by uuid
  int64_t rows_ = 0, versions_ = 0, credentials_ = 0, last_seq_ = 0;
  std::string store_, last_mac_, last_head_, last_key_;
  std::vector<std::string> problems_;
};

std::optional<std::string_view> maybe_text(const Query& q, int column) {
  return q.null(column) ? std::nullopt : std::optional(q.text(column));
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
  auto q = session_.query(
      "SELECT seq, at_ms, action, credential, service, username, version, agent, run, pid, uid, detail, hash, key_id,"
      "   mac, head FROM main.credential_audit ORDER BY seq");
  for (; q.step(); rows_++) {
    check_link(q);
    learn(fields(q));
  }
  check_end();
}

void Verification::check_end() {
  const MasterKey* key = ring_.find(last_key_);
  if (rows_ > 0 && key != nullptr && audit_head(*key, last_mac_) != last_head_)
    problem("audit rows after " + std::to_string(last_seq_) + " were cut off");
}

void Verification::learn(const AuditFields& f) {
  if (!f.credential) return;
  const bool sets = f.action == to_text(Action::set), reseals = f.action == to_text(Action::reseal);
  const bool deletes = f.action == to_text(Action::remove);
  if (!sets && !reseals && !deletes) return;
  Standing& standing = standings_[std::string(*f.credential)];
  standing.name = "credential " + shown(f.service.value_or("")) + " (" + shown(f.username.value_or("")) + ")";
  standing.deleted = deletes;
  if (sets) standing.newest = f.version.value_or(0);
  if (f.hash) standing.hashes[f.version.value_or(0)] = *f.hash;
}

void Verification::check_version(const SealedRow& row) {
  const std::string version = "version " + std::to_string(row.version) + " of " + row.name();
  try {
    unseal(session_, ring_, row);
  } catch (const std::exception& error) {
    problem(error.what());
  }
  const auto standing = standings_.find(row.uuid);
  if (standing == standings_.end()) return;  // compare() says so
  const auto hash = standing->second.hashes.find(row.version);
  if (hash == standing->second.hashes.end())
    problem(version + " is not in the audit");
  else if (hash->second != hash_of_sealed(row.sealed))
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
    const std::string name = "credential " + shown(q.text(1)) + " (" + shown(q.text(2)) + ")";
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
    if (!standing.deleted && !standing.seen) problem(standing.name + " is gone, and not by cred_delete()");
  const auto orphans = session_
                           .query(
                               "SELECT count(*) FROM main.credential_versions WHERE credential_id NOT IN"
                               " (SELECT credential_id FROM main.credentials)")
                           .one();
  if (orphans.value_or(0) > 0) problem(std::to_string(*orphans) + " versions belong to no credential");
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

}  // namespace

Value cred_verify(Call& call, std::optional<Name> earlier_head) {
  Session& session = call.session;
  session.require_alone("it looks at everything in one snapshot");
  return session.patiently([&] {
    const Snapshot snapshot(session.db());
    Verification verification(session);
    verification.go_through_audit();
    verification.open_versions();
    verification.compare();
    if (earlier_head) verification.look_for(earlier_head->text);
    return verification.report();
  });
}

}  // namespace agentinfra
