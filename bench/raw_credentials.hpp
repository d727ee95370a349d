// The floor that credentials stand on: lookup, unwrap and decrypt in C over raw SQL, and a row of an audit.
#pragma once

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "harness.hpp"

namespace bench {

constexpr int kCredentials = 10'000;
constexpr int kStep = 7919;  // prime: no order that a cache could like
constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                 kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
inline constexpr const char* kBound =
    "a hundred bytes of associated data, as many as the names and uuids of a credential are together.....";

inline std::string service(int i) { return "service-" + std::to_string(i % kCredentials); }

inline void bind_text(const Prepared& statement, int index, const std::string& text) {
  sqlite3_bind_text(statement.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

inline const unsigned char* bytes_of(const char* text) { return reinterpret_cast<const unsigned char*>(text); }

// What it costs at least: the same in C over raw SQL, with a row of the audit in a transaction of its own.
class RawCredentials {
 public:
  explicit RawCredentials(const Options& options) : db_(fresh_file(options, "raw.db", false), options, false, false) {
    if (sodium_init() < 0) std::exit(1);
    crypto_aead_xchacha20poly1305_ietf_keygen(master_);
    db_.run(
        "CREATE TABLE credentials (id INTEGER PRIMARY KEY, service TEXT NOT NULL UNIQUE, wrapped BLOB, sealed BLOB) "
        "STRICT;"
        "CREATE TABLE audit (seq INTEGER PRIMARY KEY, at_ms INTEGER, action TEXT, credential TEXT, service TEXT,"
        " username TEXT, version INTEGER, pid INTEGER, uid INTEGER, key_id BLOB, mac BLOB) STRICT; BEGIN");
    Prepared insert(db_, "INSERT INTO credentials (service, wrapped, sealed) VALUES (?1, ?2, ?3)");
    for (int i = 0; i < kCredentials; i++) store(insert, i);
    db_.run("COMMIT");
    read_.emplace(db_, "SELECT id, wrapped, sealed FROM credentials WHERE service = ?1");
    write_.emplace(db_,
                   "INSERT INTO audit (at_ms, action, credential, service, username, version, pid, uid, key_id, mac)"
                   " VALUES (1795241079043, 'reveal', '0502e3b89b5c231c333de8b35d7a3ba6', ?1, 'me', 1, 4711, 1000,"
                   "   zeroblob(8), zeroblob(32))");
  }

  double timed(int count) {
    const double start = seconds_now();
    for (int i = 0; i < count; i++) get(service(next_ += kStep));
    return (seconds_now() - start) / count;
  }

  void get(const std::string& name) {
    unsigned char key[32], secret[64];
    bind_text(*read_, 1, name);
    if (sqlite3_step(read_->get()) != SQLITE_ROW) std::exit(1);
    open(master_, *read_, 1, key);
    open(key, *read_, 2, secret);
    sqlite3_reset(read_->get());
    bind_text(*write_, 1, name);
    write_->once();
  }

 private:
  static std::string sealed(const unsigned char* key, const unsigned char* plain, size_t size) {
    std::string box(kNonce + size + kTag, '\0');
    auto* const bytes = reinterpret_cast<unsigned char*>(box.data());
    randombytes_buf(bytes, kNonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + kNonce, nullptr, plain, size, bytes_of(kBound),
                                               std::strlen(kBound), nullptr, bytes, key);
    return box;
  }

  static void open(const unsigned char* key, const Prepared& row, int column, unsigned char* into) {
    const auto* box = static_cast<const unsigned char*>(sqlite3_column_blob(row.get(), column));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(row.get(), column));
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(into, nullptr, nullptr, box + kNonce, size - kNonce,
                                                   bytes_of(kBound), std::strlen(kBound), box, key) != 0)
      std::exit(1);
  }

  void store(const Prepared& insert, int i) {
    unsigned char key[32];
    unsigned char secret[64] = "hunter2";
    randombytes_buf(key, sizeof key);
    const std::string wrapped = sealed(master_, key, sizeof key), content = sealed(key, secret, sizeof secret);
    bind_text(insert, 1, service(i));
    sqlite3_bind_blob(insert.get(), 2, wrapped.data(), static_cast<int>(wrapped.size()), SQLITE_STATIC);
    sqlite3_bind_blob(insert.get(), 3, content.data(), static_cast<int>(content.size()), SQLITE_STATIC);
    insert.once();
  }

  Connection db_;
  std::optional<Prepared> read_, write_;
  unsigned char master_[32];
  int next_ = 0;
};

}  // namespace bench
