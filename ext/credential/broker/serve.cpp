#include "credential/broker/serve.hpp"

#include <grp.h>

#include <algorithm>
#include <charconv>

#include "credential/broker/desk.hpp"
#include "credential/keys.hpp"
#include "os/limits.hpp"

namespace agentinfra {
namespace {

constexpr rlim_t kOtherDescriptors = 64;  // what the host has open, and we

// By name or by number.
gid_t group_named(std::string_view name) {
  gid_t number = 0;
  const char* const end = name.data() + name.size();
  if (const auto [stopped, error] = std::from_chars(name.data(), end, number); error == std::errc() && stopped == end)
    return number;
  const group* const found = getgrnam(std::string(name).c_str());
  if (found == nullptr) throw SqlError("group must be a group of this machine");
  return found->gr_gid;
}

}  // namespace

Value cred_serve(Call& call, Name socket, std::optional<Name> group) {
  call.session.require_alone("it answers until it is told to stop");
  keyring(call.session);  // without one there is nothing to serve: better said now
  const NoDumps no_dumps;
  ServerLimits limits;
  const ScopedLimit descriptors(RLIMIT_NOFILE, limits.connections + kOtherDescriptors);
  if (descriptors.soft() < limits.connections + kOtherDescriptors)
    limits.connections = descriptors.soft() > 2 * kOtherDescriptors ? descriptors.soft() - kOtherDescriptors : 16;

  StopSignals signals;
  const UnixListener listener(std::string(socket.text), group ? std::optional(group_named(*group)) : std::nullopt);
  CredentialDesk desk(call, group.has_value() || listener.activated());
  Server server(listener, signals, desk, limits);
  server.run();
  return server.answered();
}

}  // namespace agentinfra
