// The broker's desk: who may have what, and the audit of it.
//
// The requests of a turn are one transaction: for each, the token, its agent's grants and the credential are looked up
// and a row is added to the audit, a serve or a deny. Answers are handed back when it has been committed; if it cannot
// be, nobody is given anything.
#pragma once

#include "credential/audit.hpp"
#include "credential/broker/server.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

class CredentialDesk : public Desk {
 public:
  // open_to_others: other users than this one and root may come as far as here.
  CredentialDesk(Call& call, bool open_to_others) : call_(call), open_to_others_(open_to_others) {}

  bool answer(std::span<Turn> turns) override;
  void require_wanted() override;

 private:
  void decide(Turn& turn);
  void give(Turn& turn, const Actor& actor);
  void deny(Turn& turn, const Actor& actor, std::string_view why);
  void withhold(Turn& turn, const Actor& actor, std::string_view why);
  void record_denial(const Turn& turn, const Actor& actor, std::string_view why);
  void give_up(std::span<Turn> turns, std::string_view why);
  std::string_view for_agents(std::string_view why);
  void log(std::string_view why);
  bool may_come(const Peer& peer) const;

  Call& call_;
  bool open_to_others_;
  std::string logged_;  // last, so that each trouble is said once
};

}  // namespace agentinfra
