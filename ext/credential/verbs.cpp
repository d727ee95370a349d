#include "credential/verbs.hpp"

#include "credential/vault/hmac.hpp"
#include "credential/vault/totp.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr size_t kShortestPassphrase = 12;  // bytes

[[noreturn]] void refuse(const Argument& a, const std::string& must) {
  throw SqlError(std::string(a.name()) + " " + must);  // and not what was got
}

std::string_view text_of(const Argument& a) {
  if (a.null() || sqlite3_value_type(a.value) != SQLITE_TEXT) refuse(a, "must be text");
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(a.value));
  if (bytes == nullptr) throw std::bad_alloc();
  const std::string_view text(bytes, static_cast<size_t>(sqlite3_value_bytes(a.value)));
  if (!valid_utf8(text)) refuse(a, "must be valid UTF-8");
  return text;
}

Store store_for(Call& call) { return Store(call.session, Actor::this_process(), now_ms(call)); }

Value secret_of(std::optional<Revealed> found) {
  if (!found) return {};
  return SecretValue{std::move(found->content.secret), found->content.is_blob};
}

// RFC 8259: quotes, backslashes and control characters are escaped.
void append_json(Secret& to, std::string_view text) {
  to.append("\"");
  for (const char c : text) {
    const char escaped[] = {'\\', c};
    if (c == '"' || c == '\\')
      to.append({escaped, 2});
    else if (static_cast<unsigned char>(c) < 0x20)
      to.append("\\u00" + to_hex({&c, 1}));
    else
      to.append({&c, 1});
  }
  to.append("\"");
}

}  // namespace

Wanted wanted_of(Service service, const std::optional<Username>& username, const std::optional<Url>& url) {
  Wanted wanted{service.text};
  if (username) wanted.username = username->text;
  if (url) wanted.url = url->text;
  return wanted;
}

Service From<Service>::get(const Argument& a) {
  const std::string_view text = text_of(a);
  if (const auto fault = fault_of_name(text)) refuse(a, *fault);
  return {text};
}

Username From<Username>::get(const Argument& a) {
  if (a.null()) return {""};
  const std::string_view text = text_of(a);
  if (const auto fault = fault_of_name(text); fault && !text.empty()) refuse(a, *fault);
  return {text};
}

Url From<Url>::get(const Argument& a) {
  const std::string_view text = text_of(a);
  if (text.size() > kLongestUrl) refuse(a, "must be at most " + std::to_string(kLongestUrl) + " bytes");
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse(a, "must be one line without control characters");
  return {text};
}

SecretArgument From<SecretArgument>::get(const Argument& a) {
  if (!a.null() && sqlite3_value_type(a.value) == SQLITE_BLOB) {
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(a.value));
    return {Secret({bytes ? bytes : "", static_cast<size_t>(sqlite3_value_bytes(a.value))}), true};
  }
  if (a.null()) refuse(a, "must not be NULL");
  if (sqlite3_value_type(a.value) != SQLITE_TEXT) refuse(a, "must be text or a blob, not a number: put it in quotes");
  const std::string_view text = text_of(a);
  if (text.empty()) refuse(a, "must not be empty (is standard input empty? where it is meant, give the blob x'')");
  return {Secret(text), false};
}

Expiry From<Expiry>::get(const Argument& a) {
  try {
    return {From<Instant>::get(a).ms};
  } catch (const SqlError&) {
    refuse(a, "must be Unix milliseconds, from 0 to " + std::to_string(kLastInstantMs));
  }
}

HiddenText From<HiddenText>::get(const Argument& a) { return {Secret(text_of(a))}; }

Value cred_set(Call& call, Service service, Username username, SecretArgument secret, std::optional<Url> url,
               std::optional<HiddenText> note, std::optional<HiddenText> totp, std::optional<Expiry> expires) {
  NewCredential credential{
      .service = service.text, .username = username.text, .secret = &secret.bytes, .is_blob = secret.is_blob};
  if (url) credential.url = url->text;
  if (note) credential.note = &note->bytes;
  if (totp) credential.totp = &totp->bytes;
  if (expires) credential.expires_ms = expires->ms;
  return store_for(call).set(credential).version;
}

Value cred_get(Call& call, Service service, std::optional<Username> username, std::optional<Url> url) {
  return secret_of(store_for(call).reveal(Action::reveal, wanted_of(service, username, url)));
}

Value cred_decrypt(Call& call, int64_t credential_id) {
  return secret_of(store_for(call).reveal(Action::reveal, credential_id));
}

Value cred_note(Call& call, Service service, std::optional<Username> username, std::optional<Url> url) {
  auto found = store_for(call).reveal(Action::reveal, wanted_of(service, username, url));
  if (!found || found->content.note.empty()) return {};
  return std::move(found->content.note);
}

Value cred_json(Call& call, Service service, std::optional<Username> username, std::optional<Url> url) {
  const auto found = store_for(call).reveal(Action::reveal, wanted_of(service, username, url));
  if (!found) return {};
  if (found->content.is_blob)
    throw SqlError("the secret of " + found->row.name() + " is a blob, which JSON cannot hold: SELECT cred_get()");
  Secret json("{\"username\":");
  append_json(json, found->row.username);
  json.append(",\"password\":");
  append_json(json, found->content.secret.view());
  json.append(",\"url\":");
  append_json(json, found->row.url);
  json.append("}");
  return json;
}

Value cred_totp(Call& call, Service service, std::optional<Username> username, std::optional<Url> url) {
  const auto found = store_for(call).reveal(Action::use, wanted_of(service, username, url));
  if (!found) return {};
  if (found->content.totp.empty())
    throw SqlError(found->row.name() +
                   " has no totp: store one by cred_set(service, username, secret, url, note, totp)");
  return read_totp(found->content.totp.view()).code(now_ms(call) / 1000);
}

Value cred_hmac(Call& call, Service service, Any message, std::optional<Name> algorithm,
                std::optional<Username> username, std::optional<Url> url) {
  const auto hash = hash_named(algorithm ? algorithm->text : "sha256");
  if (!hash) throw SqlError("algorithm must be sha1, sha256 or sha512");
  const auto found = store_for(call).reveal(Action::use, wanted_of(service, username, url));
  if (!found) return {};
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(message.value));
  return to_hex(hmac(*hash, found->content.secret.view(),
                     {bytes ? bytes : "", static_cast<size_t>(sqlite3_value_bytes(message.value))}));
}

Value cred_unlock(Call& call, HiddenText passphrase) {
  unlock(call.session, passphrase.bytes.view());
  return int64_t{1};
}

Value cred_passphrase(Call& call, std::optional<HiddenText> passphrase) {
  call.session.require_alone("it replaces the key file");
  if (passphrase && passphrase->bytes.size() < kShortestPassphrase)
    throw SqlError("passphrase must have at least " + std::to_string(kShortestPassphrase) + " bytes");
  KeyFileLock lock(key_source(call.session).path, kKeyFilePatienceMs);
  protect_keyring(call.session, lock, passphrase ? passphrase->bytes.view() : "");
  return int64_t{1};
}

}  // namespace agentinfra
