// The whole audit and every version of a file, checked against each other.
//
//   Verification verification(session);        // in a transaction: it looks at one state of the file
//   if (verification.problems().empty()) …
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "credential/store.hpp"

namespace agentinfra {

class Verification {
 public:
  explicit Verification(Session& session);

  // Adds a problem unless the audit goes through "SEQ:MAC", a head that an earlier report() had.
  void look_for(std::string_view earlier_head);

  const std::vector<std::string>& problems() const { return problems_; }  // the first hundred
  std::string report();                                                   // JSON

  // The versions that are there and that only audit rows up to `seq` vouch for.
  struct Vouched {
    std::string uuid, service, username;
    int64_t version;
    std::string hash;
  };
  std::vector<Vouched> vouched_up_to(int64_t seq) const;

 private:
  static constexpr size_t kMostProblems = 100;

  // What the audit says of a version, and in which row.
  struct Said {
    std::string hash;
    int64_t seq;
  };

  // What it says of a credential.
  struct Standing {
    std::string service, username;
    int64_t newest = 0;
    bool deleted = false;
    bool seen = false;  // in the table
    std::map<int64_t, Said> versions;

    std::string name() const { return credential_name(service, username); }
  };

  void problem(std::string sentence);
  void go_through_audit();
  void begin_after_pruned();
  AuditFields fields(const Query& q) const;
  void check_link(const Query& q);
  void check_end();
  void learn(int64_t seq, const AuditFields& fields);
  void open_versions();
  void check_version(const SealedRow& row);
  void compare();

  Session& session_;
  const Keyring& ring_;
  std::map<std::string, Standing, std::less<>> standings_;  // by uuid
  std::set<std::pair<std::string, int64_t>> there_;         // versions in the table
  int64_t rows_ = 0, versions_ = 0, credentials_ = 0, last_seq_ = 0;
  std::string store_, last_mac_, last_head_, last_key_;
  std::vector<std::string> problems_;
};

}  // namespace agentinfra
