// The keys of a file of credentials, and how they lie in a key file.
//
//   Keyring ring = Keyring::generate(now_ms);             // one new key
//   create_key_file(path, ring.to_text().view());         // key_file.hpp
//   seal(ring.current().wrapping(), …)                    // what is stored from now on
//   if (const MasterKey* k = ring.find(key_id_of(record))) …
//
// A master key is never used itself: from it come subkeys that wrap data keys, MAC the audit and hash tokens. The first
// key is the current one; others open what has not been rewrapped yet. A retired key is gone but for its audit and
// token subkeys, from which it cannot be had back: old audit rows can still be checked.
//
// As text, a line each:
//
//   agentinfra-keyring 1
//   key ID CREATED_MS KEY                      (hex)
//   retired ID CREATED_MS AUDIT TOKEN
//   end CHECKSUM                               (of all that is above: a torn file is no keyring)
//
// With a passphrase (Argon2id) the text lies sealed in another file, see protect().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "credential/vault/record.hpp"

namespace agentinfra {

struct MasterKey {
  KeyId id;
  int64_t created_ms;
  bool retired;  // master and wrap are zeros
  unsigned char master[kKeyBytes];
  unsigned char wrap[kKeyBytes];
  unsigned char audit[kKeyBytes];
  unsigned char token[kKeyBytes];

  NamedKey wrapping() const { return {id, wrap}; }
};

// Can be moved only. Its keys lie in guarded pages that are not swapped out where the system lets us, and are wiped.
class Keyring {
 public:
  static Keyring generate(int64_t now_ms);
  // Throws std::runtime_error with a sentence that names no key.
  static Keyring from_text(std::string_view text);
  Secret to_text() const;

  const MasterKey& current() const { return keys_[0]; }
  const MasterKey* find(std::string_view id) const;
  const MasterKey* find(const KeyId& id) const { return find(to_view(id)); }
  size_t size() const { return count_; }
  size_t unretired() const;

  Keyring with_new_key(int64_t now_ms) const;  // it is the current one
  Keyring with_old_keys_retired() const;       // all but the current one
  Keyring copy() const;

 private:
  struct Free {
    void operator()(MasterKey* keys) const;
  };
  explicit Keyring(size_t count);

  std::unique_ptr<MasterKey[], Free> keys_;
  size_t count_;
};

// How dear a guess of the passphrase is. Read from a file, both are bounded: below, so that nobody makes it cheap;
// above, so that nobody makes us stand still.
struct PassphraseCost {
  static constexpr uint64_t kLeastPasses = 2, kMostPasses = 16;
  static constexpr uint64_t kLeastKib = 19 * 1024, kMostKib = 1024 * 1024;
  uint64_t passes = 3;
  uint64_t memory_kib = 64 * 1024;
};

// agentinfra-keyring 1 argon2id PASSES KIB SALT
// RECORD                                       (hex; bound to the line above)
Secret protect(std::string_view keyring_text, std::string_view passphrase, PassphraseCost cost = {});
bool is_protected(std::string_view file_text);
// Throws std::runtime_error: a wrong passphrase and an altered file look the same.
Secret unprotect(std::string_view file_text, std::string_view passphrase);

}  // namespace agentinfra
