#include "credential/vault/hmac.hpp"

#include "credential/vault/sha1.hpp"
#include "credential/vault/sodium.hpp"
#include "os/secret.hpp"

namespace agentinfra {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <class Digest>
std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(std::data(digest)), std::size(digest)};
}

// key ^ pad, to the length of a block.
Secret padded(std::string_view key, char pad) {
  Secret block{key};
  block.resize(kSha1Block);
  for (size_t i = 0; i < block.size(); i++) block.data()[i] = static_cast<char>(block.data()[i] ^ pad);
  return block;
}

std::string hmac_sha1(std::string_view key, std::string_view message) {
  const auto short_key = sha1(key);
  if (key.size() > kSha1Block) key = view_of(short_key);
  const auto inner = sha1(padded(key, 0x36).view(), message);
  return std::string(view_of(sha1(padded(key, 0x5c).view(), view_of(inner))));
}

template <class State, auto Init, auto Update, auto Final, size_t Size>
std::string hmac_sha2(std::string_view key, std::string_view message) {
  State state;
  Init(&state, bytes_of(key), key.size());
  Update(&state, bytes_of(message), message.size());
  unsigned char digest[Size];
  Final(&state, digest);
  wipe(&state, sizeof state);
  return std::string(view_of(digest));
}

}  // namespace

std::optional<Hash> hash_named(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (plain == "sha1") return Hash::sha1;
  if (plain == "sha256") return Hash::sha256;
  if (plain == "sha512") return Hash::sha512;
  return std::nullopt;
}

std::string hmac(Hash hash, std::string_view key, std::string_view message) {
  start_sodium();
  switch (hash) {
    case Hash::sha1: return hmac_sha1(key, message);
    case Hash::sha256:
      return hmac_sha2<crypto_auth_hmacsha256_state, crypto_auth_hmacsha256_init, crypto_auth_hmacsha256_update,
                       crypto_auth_hmacsha256_final, crypto_auth_hmacsha256_BYTES>(key, message);
    case Hash::sha512: break;
  }
  return hmac_sha2<crypto_auth_hmacsha512_state, crypto_auth_hmacsha512_init, crypto_auth_hmacsha512_update,
                   crypto_auth_hmacsha512_final, crypto_auth_hmacsha512_BYTES>(key, message);
}

}  // namespace agentinfra
