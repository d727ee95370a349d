#include "credential/vault/keyring.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

#include "credential/vault/sodium.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kFirstLine = "agentinfra-keyring 1";
constexpr size_t kMostKeys = 4096;
constexpr size_t kChecksumBytes = 8;
enum Subkey : uint64_t { kWrap = 1, kAudit = 2, kToken = 3 };  // 0 is the id

[[noreturn]] void refuse(size_t line, const std::string& why) {
  throw std::runtime_error("line " + std::to_string(line) + " of the key file " + why);
}

void derive(MasterKey& key) {
  key.id = id_of_key(key.master);
  key.retired = false;
  for (auto [subkey, number] : {std::pair{key.wrap, kWrap}, {key.audit, kAudit}, {key.token, kToken}})
    crypto_kdf_derive_from_key(subkey, kKeyBytes, number, "agentinf", key.master);
}

void retire(MasterKey& key) {
  key.retired = true;
  wipe(key.master, kKeyBytes);
  wipe(key.wrap, kKeyBytes);
}

void append_hex(Secret& to, const unsigned char* bytes, size_t size) {
  const size_t at = to.size();
  to.resize(at + 2 * size + 1);
  sodium_bin2hex(to.data() + at, 2 * size + 1, bytes, size);
  to.resize(at + 2 * size);
}

std::string checksum_of(std::string_view text) {
  unsigned char sum[crypto_generichash_BYTES_MIN];
  crypto_generichash(sum, sizeof sum, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return to_hex({reinterpret_cast<const char*>(sum), kChecksumBytes});
}

// The next word of a line: up to one space.
std::string_view next_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool read_hex(std::string_view word, unsigned char* into, size_t size) {
  size_t got = 0;
  return word.size() == 2 * size && sodium_hex2bin(into, size, word.data(), word.size(), nullptr, &got, nullptr) == 0 &&
         got == size;
}

template <class Integer>
bool read_number(std::string_view word, Integer& into) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
  return error == std::errc() && end == word.data() + word.size();
}

// "key ID CREATED_MS KEY" or "retired ID CREATED_MS AUDIT TOKEN".
void read_key(std::string_view line, size_t number, MasterKey& key) {
  const std::string_view word = next_word(line);
  KeyId id;
  if ((word != "key" && word != "retired") || !read_hex(next_word(line), id.data(), id.size()) ||
      !read_number(next_word(line), key.created_ms))
    refuse(number, "is not one of a keyring");
  if (word == "key") {
    if (!read_hex(next_word(line), key.master, kKeyBytes) || !line.empty()) refuse(number, "is not one of a keyring");
    derive(key);
    if (key.id != id) refuse(number, "was altered: the key does not fit its id");
    return;
  }
  if (!read_hex(next_word(line), key.audit, kKeyBytes) || !read_hex(next_word(line), key.token, kKeyBytes) ||
      !line.empty())
    refuse(number, "is not one of a keyring");
  key.id = id;
  retire(key);
}

constexpr const char* kRestore = ": restore it from where it is kept";

// The lines between the first and the last, which are checked.
std::vector<std::string_view> key_lines(std::string_view text) {
  if (text.empty()) throw std::runtime_error(std::string("the key file is empty") + kRestore);
  if (text.find('\r') != text.npos)
    throw std::runtime_error(
        "the key file has carriage returns: an editor or a transfer changed its line ends; take them out (tr -d "
        "'\\r'), or restore it");
  std::vector<std::string_view> lines;
  size_t from = 0;
  for (size_t end; (end = text.find('\n', from)) != text.npos; from = end + 1)
    lines.push_back(text.substr(from, end - from));
  if (lines.empty() || lines[0] != kFirstLine) refuse(1, "is not '" + std::string(kFirstLine) + "'");
  for (size_t i = 1; i < lines.size(); i++)
    if (lines[i].starts_with("end ") && (i + 1 < lines.size() || from != text.size()))
      throw std::runtime_error("the key file goes on after line " + std::to_string(i + 1) +
                               ", its 'end': delete what follows");
  if (lines.size() < 3 || from != text.size() || !lines.back().starts_with("end "))
    throw std::runtime_error(std::string("the key file was cut off, its last line is not 'end'") + kRestore);
  const size_t checked = static_cast<size_t>(lines.back().data() - text.data());
  if (lines.back().substr(4) != checksum_of(text.substr(0, checked)))
    throw std::runtime_error(std::string("the key file was altered, its checksum does not fit") + kRestore);
  lines.pop_back();
  lines.erase(lines.begin());
  if (lines.size() > kMostKeys)
    throw std::runtime_error("the key file has more than " + std::to_string(kMostKeys) + " keys");
  return lines;
}

}  // namespace

void Keyring::Free::operator()(MasterKey* keys) const { sodium_free(keys); }

Keyring::Keyring(size_t count) : count_(count) {
  start_sodium();
  keys_.reset(static_cast<MasterKey*>(sodium_allocarray(count, sizeof(MasterKey))));
  if (keys_ == nullptr) throw std::bad_alloc();
  std::memset(static_cast<void*>(keys_.get()), 0, count * sizeof(MasterKey));
}

Keyring Keyring::generate(int64_t now_ms) {
  Keyring ring(1);
  randombytes_buf(ring.keys_[0].master, kKeyBytes);
  ring.keys_[0].created_ms = now_ms;
  derive(ring.keys_[0]);
  return ring;
}

Keyring Keyring::from_text(std::string_view text) {
  start_sodium();
  const auto lines = key_lines(text);
  Keyring ring(lines.size());
  for (size_t i = 0; i < lines.size(); i++) read_key(lines[i], i + 2, ring.keys_[i]);
  if (ring.current().retired) refuse(2, "must be the current key, not a retired one");
  return ring;
}

Secret Keyring::to_text() const {
  Secret text{kFirstLine};
  text.append("\n");
  for (size_t i = 0; i < count_; i++) {
    const MasterKey& key = keys_[i];
    text.append(key.retired ? "retired " : "key ");
    text.append(to_hex(to_view(key.id)) + " " + std::to_string(key.created_ms) + " ");
    append_hex(text, key.retired ? key.audit : key.master, kKeyBytes);
    if (key.retired) {
      text.append(" ");
      append_hex(text, key.token, kKeyBytes);
    }
    text.append("\n");
  }
  text.append("end " + checksum_of(text.view()) + "\n");
  return text;
}

const MasterKey* Keyring::find(std::string_view id) const {
  const auto* found =
      std::find_if(keys_.get(), keys_.get() + count_, [&](const MasterKey& k) { return to_view(k.id) == id; });
  return found == keys_.get() + count_ ? nullptr : found;
}

size_t Keyring::unretired() const {
  return static_cast<size_t>(std::count_if(keys_.get(), keys_.get() + count_, [](auto& k) { return !k.retired; }));
}

Keyring Keyring::copy() const {
  Keyring ring(count_);
  std::copy_n(keys_.get(), count_, ring.keys_.get());
  return ring;
}

Keyring Keyring::with_new_key(int64_t now_ms) const {
  if (count_ >= kMostKeys)
    throw std::runtime_error("the key file has " + std::to_string(count_) + " keys already, the most there may be");
  Keyring ring(count_ + 1);
  std::copy_n(keys_.get(), count_, ring.keys_.get() + 1);
  ring.keys_[0] = generate(now_ms).keys_[0];
  return ring;
}

Keyring Keyring::with_old_keys_retired() const {
  Keyring ring = copy();
  for (size_t i = 1; i < count_; i++) retire(ring.keys_[i]);
  return ring;
}

// ---- under a passphrase

namespace {

struct PassphraseKey {
  unsigned char bytes[kKeyBytes];
  ~PassphraseKey() { wipe(bytes, sizeof bytes); }
};

void derive(PassphraseKey& key, std::string_view passphrase, const unsigned char* salt, PassphraseCost cost) {
  if (crypto_pwhash(key.bytes, kKeyBytes, passphrase.data(), passphrase.size(), salt, cost.passes,
                    cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::runtime_error("the passphrase needs " + std::to_string(cost.memory_kib / 1024) +
                             " MiB of memory to be checked, and there is not so much");
}

void check(PassphraseCost cost) {
  using C = PassphraseCost;
  if (cost.passes < C::kLeastPasses || cost.passes > C::kMostPasses || cost.memory_kib < C::kLeastKib ||
      cost.memory_kib > C::kMostKib)
    throw std::runtime_error("the key file asks for " + std::to_string(cost.passes) + " passes over " +
                             std::to_string(cost.memory_kib) + " KiB; allowed are " + std::to_string(C::kLeastPasses) +
                             " to " + std::to_string(C::kMostPasses) + " and " + std::to_string(C::kLeastKib) + " to " +
                             std::to_string(C::kMostKib));
}

}  // namespace

Secret protect(std::string_view keyring_text, std::string_view passphrase, PassphraseCost cost) {
  start_sodium();
  check(cost);
  unsigned char salt[crypto_pwhash_SALTBYTES];
  randombytes_buf(salt, sizeof salt);
  PassphraseKey key;
  derive(key, passphrase, salt, cost);
  const std::string first = std::string(kFirstLine) + " argon2id " + std::to_string(cost.passes) + " " +
                            std::to_string(cost.memory_kib) + " " +
                            to_hex({reinterpret_cast<const char*>(salt), sizeof salt});
  Secret file{first};
  file.append("\n" + to_hex(seal({id_of_key(key.bytes), key.bytes}, first, keyring_text)) + "\n");
  return file;
}

bool is_protected(std::string_view file_text) { return file_text.starts_with(std::string(kFirstLine) + " argon2id "); }

Secret unprotect(std::string_view file_text, std::string_view passphrase) {
  start_sodium();
  const size_t end = file_text.find('\n');
  if (!is_protected(file_text) || end == file_text.npos || file_text.back() != '\n')
    throw std::runtime_error("the key file was cut off");
  const std::string_view first = file_text.substr(0, end);
  std::string_view words = first.substr(kFirstLine.size() + std::strlen(" argon2id "));
  PassphraseCost cost;
  unsigned char salt[crypto_pwhash_SALTBYTES];
  if (!read_number(next_word(words), cost.passes) || !read_number(next_word(words), cost.memory_kib) ||
      !read_hex(next_word(words), salt, sizeof salt) || !words.empty())
    refuse(1, "does not say how the passphrase is used");
  check(cost);
  const std::string_view hex = file_text.substr(end + 1, file_text.size() - end - 2);
  std::string record(hex.size() / 2, '\0');
  if (!read_hex(hex, reinterpret_cast<unsigned char*>(record.data()), record.size())) refuse(2, "is not hexadecimal");
  PassphraseKey key;
  derive(key, passphrase, salt, cost);
  try {
    return open_sealed({id_of_key(key.bytes), key.bytes}, first, record);
  } catch (const RecordError&) {
    throw std::runtime_error("the passphrase is wrong, or the key file was altered");
  }
}

}  // namespace agentinfra
