#include "repo/redact/redact.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <vector>

#include "repo/redact/assignment.hpp"
#include "repo/redact/formats.hpp"
#include "repo/redact/keys.hpp"

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

// The value of a name may say itself what it is.
FoundSecret find_named(std::string_view text, size_t at, const SecretName& name) {
  const auto found = find_assigned(text, at, name);
  if (!found) return {};
  for (const auto& format : key_formats())
    if (const auto key = find_key(text, found->begin, format)) return key;
  const auto jwt = find_jwt(text, found->begin);
  return jwt ? jwt : found;
}

constexpr Form kForms[] = {
    {"eyJ", find_jwt},
    {"-----BEGIN ", find_private_key},
    {"://", find_url_password},
    {"Basic ", find_basic_credentials},
    {"Bearer ", find_bearer_token},
    {"8Q~", find_azure_client_secret},
    {"e-Lines: ", find_putty_key},
    {"oks/", find_discord_webhook},
    {":AA", find_telegram_token},
    {"\"auth", find_stored_auth},
    {"_auth", find_stored_auth},
};

// What reads the text where a trigger is: one of the three.
struct Reader {
  uint32_t key;
  size_t trigger_at;  // within what it looks for
  Find form;
  const KeyFormat* format;
  const SecretName* name;

  FoundSecret read(std::string_view text, size_t at) const {
    if (form != nullptr) return form(text, at);
    if (at < trigger_at) return {};
    return format != nullptr ? find_key(text, at - trigger_at, *format) : find_named(text, at - trigger_at, *name);
  }
};

class Readers {
 public:
  Readers() {
    for (const auto& form : kForms) all_.push_back({key_of(form.trigger), 0, form.find, nullptr, nullptr});
    for (const auto& format : key_formats())
      all_.push_back({key_of(format.prefix.substr(format.trigger_at)), format.trigger_at, nullptr, &format, nullptr});
    for (const auto& name : secret_names())
      all_.push_back({key_of(name.word.substr(name.trigger_at)), name.trigger_at, nullptr, nullptr, &name});
    // Those of one key stay in their order, the most specific first.
    std::stable_sort(all_.begin(), all_.end(), [](const Reader& a, const Reader& b) { return a.key < b.key; });
    for (const auto& reader : all_) known_.set(reader.key);
  }

  // Where the next trigger begins, at or after `at`; the end of the text when there is none.
  size_t next(std::string_view text, size_t at) const {
    uint32_t key = 0;
    for (size_t i = at; i < text.size(); i++) {
      key = add_to_key(key, text[i]);
      if (known_[key] && i >= at + 2) return i - 2;
    }
    return text.size();
  }

  FoundSecret find(std::string_view text, size_t at) const {
    const uint32_t key = key_of(text.substr(at, 3));
    auto reader = std::lower_bound(all_.begin(), all_.end(), key,
                                   [](const Reader& r, uint32_t wanted) { return r.key < wanted; });
    for (; reader != all_.end() && reader->key == key; reader++)
      if (const auto found = reader->read(text, at)) return found;
    return {};
  }

 private:
  std::vector<Reader> all_;
  std::bitset<kKeys> known_;
};

void append_redacted(std::string& to, std::string_view secret, std::string_view kind) {
  const size_t first_line = std::min(secret.find_first_not_of("\r\n"), secret.size());
  to.append(secret.substr(0, first_line)).append("[REDACTED:").append(kind).append("]");
  for (const char c : secret.substr(first_line))
    if (c == '\r' || c == '\n') to.push_back(c);
}

}  // namespace

Redacted redact(std::string_view text) {
  static const Readers readers;
  Redacted result = {{}, 0};
  size_t kept = 0;
  for (size_t at = readers.next(text, 0); at < text.size(); at = readers.next(text, at)) {
    const auto found = readers.find(text, at);
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
