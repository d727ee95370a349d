// The verbs of credentials: what they take, and what they give.
//
// No sentence shows an argument that could be a secret, nor one beside it: somebody who mixes up two of them must not
// find a password in a log.
#pragma once

#include "credential/store.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

// 1 to 1,024 bytes of valid UTF-8 on one line.
struct Service {
  std::string_view text;
};

// The same, or empty; NULL is empty.
struct Username {
  std::string_view text;
};

struct Url {
  std::string_view text;
};

Wanted wanted_of(Service service, const std::optional<Username>& username, const std::optional<Url>& url);

// TEXT, or a BLOB, which is given back as one. Empty only as the blob x'': an empty text is a password that got lost
// on its way (under cron, standard input is /dev/null).
struct SecretArgument {
  Secret bytes;
  bool is_blob;
};

// Unix milliseconds.
struct Expiry {
  int64_t ms;
};

// Text, maybe empty.
struct HiddenText {
  Secret bytes;
};

template <>
struct From<Service> {
  static Service get(const Argument& a);
};

template <>
struct From<Username> {
  static Username get(const Argument& a);
};

template <>
struct From<Url> {
  static Url get(const Argument& a);
};

template <>
struct From<SecretArgument> {
  static SecretArgument get(const Argument& a);
};

template <>
struct From<Expiry> {
  static Expiry get(const Argument& a);
};

template <>
struct From<HiddenText> {
  static HiddenText get(const Argument& a);
};

Value cred_set(Call& call, Service service, Username username, SecretArgument secret, std::optional<Url> url,
               std::optional<HiddenText> note, std::optional<HiddenText> totp, std::optional<Expiry> expires);
Value cred_get(Call& call, Service service, std::optional<Username> username, std::optional<Url> url);
Value cred_decrypt(Call& call, int64_t credential_id);
Value cred_note(Call& call, Service service, std::optional<Username> username, std::optional<Url> url);
Value cred_json(Call& call, Service service, std::optional<Username> username, std::optional<Url> url);
Value cred_totp(Call& call, Service service, std::optional<Username> username, std::optional<Url> url);
Value cred_hmac(Call& call, Service service, Any message, std::optional<Name> algorithm,
                std::optional<Username> username, std::optional<Url> url);
Value cred_unlock(Call& call, HiddenText passphrase);
Value cred_passphrase(Call& call, std::optional<HiddenText> passphrase);

}  // namespace agentinfra
