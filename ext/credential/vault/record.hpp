// The encrypted record: docs/vault-format.md, in code.
//
//   magic "AI" | version 1 | algorithm 1 | key id, 8 bytes | nonce, 24 bytes | ciphertext | tag, 16 bytes
//
// XChaCha20-Poly1305-IETF. The header is authenticated together with what the record is bound to, its nonce is random,
// and its key id, which is derived from the key, commits to the key. Nothing here knows where records lie.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "os/secret.hpp"

namespace agentinfra {

constexpr size_t kKeyBytes = 32;
constexpr size_t kKeyIdBytes = 8;
constexpr size_t kNonceBytes = 24;
constexpr size_t kTagBytes = 16;
constexpr size_t kHeaderBytes = 4 + kKeyIdBytes + kNonceBytes;

using KeyId = std::array<unsigned char, kKeyIdBytes>;

std::string to_hex(std::string_view bytes);
inline std::string_view to_view(const KeyId& id) { return {reinterpret_cast<const char*>(id.data()), id.size()}; }

// The id of a key: the first 8 bytes of its subkey 0. It says nothing about the key.
KeyId id_of_key(const unsigned char* key);

// A key under the name that records call it by.
struct NamedKey {
  const KeyId& id;
  const unsigned char* bytes;
};

// A key of its own for one version of a credential, wiped at the end.
class DataKey {
 public:
  DataKey();                                 // random
  explicit DataKey(std::string_view bytes);  // unwrapped; throws when it is not 32 bytes
  DataKey(const DataKey&) = delete;
  ~DataKey() { wipe(bytes_, sizeof bytes_); }

  NamedKey named() const { return {id_, bytes_}; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_), sizeof bytes_}; }

 private:
  unsigned char bytes_[kKeyBytes];
  KeyId id_;
};

// What a record is bound to: it opens nowhere else.
struct Binding {
  std::string_view store;       // uuid of the file
  std::string_view credential;  // uuid
  std::string_view service, username, url;
  int64_t version;
};

enum class Purpose { wrapped_key, content };

std::string associated_data(Purpose purpose, const Binding& binding);

// A record that does not open, and why.
class RecordError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string seal(NamedKey key, std::string_view associated, std::string_view plaintext);

// Throws RecordError.
Secret open_sealed(NamedKey key, std::string_view associated, std::string_view record);

// The id of the key that opens a record. Throws RecordError when it is none.
KeyId key_id_of(std::string_view record);

}  // namespace agentinfra
