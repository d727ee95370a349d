#include "repo/redact/redact.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <vector>

#include "repo/redact/assignment.hpp"
#include "repo/redact/formats.hpp"

namespace agentinfra {
namespace {

// Three characters, five bits of each: upper and lower case are the same.
constexpr size_t kKeys = 1 << 15;

constexpr uint32_t add_to_key(uint32_t key, char c) { return (key << 5 | (static_cast<uint8_t>(c) & 31)) % kKeys; }

constexpr uint32_t key_of(std::string_view trigger) {
  return add_to_key(add_to_key(add_to_key(0, trigger[0]), trigger[1]), trigger[2]);
}

using Find = FoundSecret (*)(std::string_view text, size_t at);

struct Form {
  std::string_view trigger;
  Find find;
};

constexpr Form kForms[] = {
    {"eyJ", find_jwt},
    {"-----BEGIN ", find_private_key},
    {"://", find_url_password},
    {"Basic ", find_basic_credentials},
    {"Bearer ", find_bearer_token},
    {"8Q~", find_azure_client_secret},
};

// For each key, what may begin with it.
class Triggers {
 public:
  Triggers() {
    for (const auto& form : kForms) known_.set(key_of(form.trigger));
    for (const auto& format : key_formats()) known_.set(key_of(format.prefix));
    for (const auto& name : secret_names()) known_.set(key_of(name.word));
  }

  // Where the next one begins, at or after `at`; the end of the text when there is none.
  size_t next(std::string_view text, size_t at) const {
    uint32_t key = 0;
    for (size_t i = at; i < text.size(); i++) {
      key = add_to_key(key, text[i]);
      if (known_[key] && i >= at + 2) return i - 2;
    }
    return text.size();
  }

 private:
  std::bitset<kKeys> known_;
};

FoundSecret find_form(std::string_view text, size_t at, uint32_t key) {
  for (const auto& form : kForms)
    if (key_of(form.trigger) == key)
      if (const auto found = form.find(text, at)) return found;
  for (const auto& format : key_formats())
    if (key_of(format.prefix) == key)
      if (const auto found = find_key(text, at, format)) return found;
  return {};
}

FoundSecret find_at(std::string_view text, size_t at) {
  const uint32_t key = key_of(text.substr(at, 3));
  if (const auto found = find_form(text, at, key)) return found;
  for (const auto& name : secret_names()) {
    if (key_of(name.word) != key) continue;
    const auto found = find_assigned(text, at, name);
    if (!found) continue;
    // The value may say itself what it is.
    const size_t value = found->begin;
    const auto form = value + 3 <= text.size() ? find_form(text, value, key_of(text.substr(value, 3))) : std::nullopt;
    return form ? form : found;
  }
  return {};
}

void append_redacted(std::string& to, std::string_view secret, std::string_view kind) {
  const size_t first_line = std::min(secret.find_first_not_of("\r\n"), secret.size());
  to.append(secret.substr(0, first_line)).append("[REDACTED:").append(kind).append("]");
  for (const char c : secret.substr(first_line))
    if (c == '\r' || c == '\n') to.push_back(c);
}

}  // namespace

Redacted redact(std::string_view text) {
  static const Triggers triggers;
  Redacted result = {{}, 0};
  size_t kept = 0;
  for (size_t at = triggers.next(text, 0); at < text.size(); at = triggers.next(text, at)) {
    const auto found = find_at(text, at);
    // A secret may begin before its trigger; what has been replaced is not read again.
    if (!found || found->begin < kept) {
      at++;
      continue;
    }
    result.text.append(text.substr(kept, found->begin - kept));
    append_redacted(result.text, text.substr(found->begin, found->end - found->begin), found->kind);
    result.count++;
    at = kept = found->end;
  }
  result.text.append(text.substr(kept));
  return result;
}

}  // namespace agentinfra
