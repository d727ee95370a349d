// cred_delete: the row of the audit and the rows that go are one transaction; then the WAL, which has had them, is
// emptied. What is left of the credential are its names in the audit.
#include <algorithm>

#include "credential/checkpoint.hpp"
#include "credential/upkeep.hpp"
#include "sqlite/now.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

struct Erased {
  SealedRow row;
  int64_t versions;
};

std::optional<Erased> erase(Call& call, Store& store, const Wanted& wanted) {
  Session& session = call.session;
  return session.patiently([&]() -> std::optional<Erased> {
    const SecureDelete overwrite(session.db());
    return atomically(session, [&]() -> std::optional<Erased> {
      auto row = store.read(wanted);
      if (!row) return std::nullopt;
      const auto versions =
          session.query("SELECT count(*) FROM main.credential_versions WHERE credential_id = :credential_id")
              .bind(row->credential_id)
              .one();
      const auto said = newest_version(session, row->uuid);
      const std::string hash = hash_of_sealed(row->sealed);
      store.record({.action = Action::remove,
                    .at_ms = now_ms(call),
                    .credential = row->uuid,
                    .service = row->service,
                    .username = row->username,
                    .version = std::max(row->version, said ? said->version : 0),  // no row of it says more
                    .hash = hash});
      session.query("DELETE FROM main.credentials WHERE credential_id = :credential_id").bind(row->credential_id).run();
      return Erased{std::move(*row), versions.value_or(0)};
    });
  });
}

}  // namespace

Value cred_delete(Call& call, Service service, std::optional<Username> username, std::optional<Url> url) {
  call.session.require_alone("it empties the write-ahead log");
  const Wanted wanted = wanted_of(service, username, url);
  Store store(call.session, Actor::this_process(), now_ms(call));
  const auto erased = erase(call, store, wanted);
  if (!erased) return {};
  const auto kept = empty_wal(call.session);
  auto q = call.session.query(
      "SELECT json_object('service', :service, 'username', :username, 'versions', :versions, 'left', :left)");
  q.bind(erased->row.service, erased->row.username, erased->versions, kept);
  q.step();
  return q.string(0);
}

}  // namespace agentinfra
