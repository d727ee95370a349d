#include "credential/broker/token.hpp"

#include <array>
#include <cstdint>

#include "credential/vault/sodium.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kPrefix = "aict_";
constexpr size_t kSelectorBytes = 9, kSecretBytes = 32;
constexpr size_t kSelectorSize = 12, kSecretSize = 43;  // in base64url without padding

Secret random_text(size_t bytes) {
  std::array<unsigned char, kSecretBytes> random;
  std::array<char, kSecretSize + 1> text;
  randombytes_buf(random.data(), bytes);
  sodium_bin2base64(text.data(), text.size(), random.data(), bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  Secret made{std::string_view(text.data())};
  wipe(random.data(), random.size());
  wipe(text.data(), text.size());
  return made;
}

}  // namespace

NewToken make_token() {
  start_sodium();
  NewToken token{Secret(kPrefix), std::string(random_text(kSelectorBytes).view())};
  token.text.append(token.selector);
  token.text.append("_");
  token.text.append(random_text(kSecretBytes).view());
  return token;
}

std::optional<std::string_view> selector_of(std::string_view token) {
  if (token.size() != kPrefix.size() + kSelectorSize + 1 + kSecretSize || !token.starts_with(kPrefix))
    return std::nullopt;
  return token.substr(kPrefix.size(), kSelectorSize);
}

std::string mac_of(const unsigned char* key, std::initializer_list<std::string_view> fields) {
  start_sodium();
  crypto_generichash_state state;
  crypto_generichash_init(&state, key, crypto_generichash_KEYBYTES, kMacBytes);
  for (const std::string_view field : fields) {
    std::array<unsigned char, 8> length;
    for (size_t i = 0; i < length.size(); i++)
      length[i] = static_cast<unsigned char>(uint64_t{field.size()} >> (8 * i));
    crypto_generichash_update(&state, length.data(), length.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(field.data()), field.size());
  }
  std::string mac(kMacBytes, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(mac.data()), mac.size());
  return mac;
}

bool same_mac(std::string_view a, std::string_view b) {
  return a.size() == kMacBytes && b.size() == kMacBytes && sodium_memcmp(a.data(), b.data(), kMacBytes) == 0;
}

}  // namespace agentinfra
