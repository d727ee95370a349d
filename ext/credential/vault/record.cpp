#include "credential/vault/record.hpp"

#include <algorithm>
#include <cstring>

#include "credential/vault/layout.hpp"
#include "credential/vault/sodium.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kMagic = "AI";
constexpr char kVersion = 1, kXChaCha20Poly1305 = 1;
constexpr std::string_view kDomain = "agentinfra credential v1";

static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Header and binding. The nonce is authenticated by being the nonce.
std::string authenticated(std::string_view record, std::string_view associated) {
  std::string all(record.substr(0, kHeaderBytes - kNonceBytes));
  all += associated;
  return all;
}

void check_layout(std::string_view record) {
  if (record.size() < kHeaderBytes + kTagBytes || !record.starts_with(kMagic))
    throw RecordError("it is not an encrypted record, or was cut off");
  if (record[2] != kVersion || record[3] != kXChaCha20Poly1305)
    throw RecordError("it is a record of format " + std::to_string(static_cast<unsigned char>(record[2])) + "." +
                      std::to_string(static_cast<unsigned char>(record[3])) + ", and this library knows 1.1");
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char c : bytes) (hex += kDigits[c >> 4]) += kDigits[c & 15];
  return hex;
}

KeyId id_of_key(const unsigned char* key) {
  unsigned char subkey[crypto_kdf_BYTES_MIN];
  crypto_kdf_derive_from_key(subkey, sizeof subkey, 0, "agentinf", key);
  KeyId id;
  std::copy_n(subkey, id.size(), id.begin());
  return id;
}

DataKey::DataKey() {
  start_sodium();
  randombytes_buf(bytes_, sizeof bytes_);
  id_ = id_of_key(bytes_);
}

DataKey::DataKey(std::string_view bytes) {
  if (bytes.size() != sizeof bytes_) throw RecordError("what it wraps is not a key");
  std::memcpy(bytes_, bytes.data(), sizeof bytes_);
  id_ = id_of_key(bytes_);
}

std::string associated_data(Purpose purpose, const Binding& binding) {
  std::string data;
  data.reserve(192);
  append_field(data, kDomain);
  append_field(data, purpose == Purpose::wrapped_key ? "wrapped key" : "content");
  append_field(data, binding.store);
  append_field(data, binding.credential);
  append_field(data, binding.service);
  append_field(data, binding.username);
  append_field(data, binding.url);
  append_field(data, little_endian(binding.version));
  return data;
}

std::string seal(NamedKey key, std::string_view associated, std::string_view plaintext) {
  start_sodium();
  std::string record;
  record.reserve(kHeaderBytes + plaintext.size() + kTagBytes);
  (record += kMagic) += kVersion;
  record += kXChaCha20Poly1305;
  record += to_view(key.id);
  record.resize(kHeaderBytes + plaintext.size() + kTagBytes);
  auto* const bytes = reinterpret_cast<unsigned char*>(record.data());
  unsigned char* const nonce = bytes + kHeaderBytes - kNonceBytes;
  randombytes_buf(nonce, kNonceBytes);
  const std::string with = authenticated(record, associated);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + kHeaderBytes, nullptr, bytes_of(plaintext), plaintext.size(),
                                             bytes_of(with), with.size(), nullptr, nonce, key.bytes);
  return record;
}

Secret open_sealed(NamedKey key, std::string_view associated, std::string_view record) {
  start_sodium();
  if (key_id_of(record) != key.id) throw RecordError("it was made with another key");
  const std::string with = authenticated(record, associated);
  const std::string_view nonce = record.substr(kHeaderBytes - kNonceBytes, kNonceBytes);
  const std::string_view sealed = record.substr(kHeaderBytes);
  Secret plaintext = Secret::of_size(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.bytes(), nullptr, nullptr, bytes_of(sealed), sealed.size(),
                                                 bytes_of(with), with.size(), bytes_of(nonce), key.bytes) != 0)
    throw RecordError("it was altered, or belongs to another row, name or version");
  return plaintext;
}

KeyId key_id_of(std::string_view record) {
  check_layout(record);
  KeyId id;
  std::copy_n(record.begin() + 4, id.size(), id.begin());
  return id;
}

}  // namespace agentinfra
