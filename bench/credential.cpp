// Credentials: what a secret costs that is looked up, unwrapped, decrypted and written down before it leaves.
#include <sodium.h>
#include <unistd.h>

#include <cstring>

#include "harness.hpp"

namespace bench {
namespace {

constexpr int kCredentials = 10'000;
constexpr int kStep = 7919;  // prime: no order that a cache could like
constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                 kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr const char* kBound =
    "a hundred bytes of associated data, as many as the names and uuids of a credential are together.....";

std::string service(int i) { return "service-" + std::to_string(i % kCredentials); }

void bind_text(const Prepared& statement, int index, const std::string& text) {
  sqlite3_bind_text(statement.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

const unsigned char* bytes_of(const char* text) { return reinterpret_cast<const unsigned char*>(text); }

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

  Connection db_;
  std::optional<Prepared> read_, write_;
  unsigned char master_[32];
  int next_ = 0;
};

class Credentials {
 public:
  explicit Credentials(const Options& options)
      : file_(without_key(fresh_file(options, "credentials.db", true))), db_(file_, options) {
    db_.run("BEGIN");
    Prepared set(db_, "SELECT cred_set(?1, 'me', 'hunter2')");
    for (int i = 0; i < kCredentials; i++) {
      bind_text(set, 1, service(i));
      set.once();
    }
    db_.run("COMMIT");
    get_.emplace(db_, "SELECT cred_get(?1)");
  }

  double timed(int count) {
    const double start = seconds_now();
    for (int i = 0; i < count; i++) {
      bind_text(*get_, 1, service(next_ += kStep));
      get_->once();
    }
    return (seconds_now() - start) / count;
  }

  double rotation() {
    const double start = seconds_now();
    db_.run("SELECT cred_rotate()");
    return seconds_now() - start;
  }

  const std::string& file() const { return file_; }

 private:
  static std::string without_key(std::string file) {
    unlink((file + ".key").c_str());
    return file;
  }

  std::string file_;
  Connection db_;
  std::optional<Prepared> get_;
  int next_ = 0;
};

Row get(RawCredentials& raw, Credentials& ours, const Options& options) {
  const int count = options.quick ? 200 : 2000, rounds = options.quick ? 3 : 15;
  const Compared c = side_by_side(
      rounds, [&] { return raw.timed(count); }, [&] { return ours.timed(count); });
  return {"cred_get, 10,000 credentials",
          "lookup, decrypt, raw audit row " + micros(c.floor_s),
          micros(c.ours_s),
          times(1 / c.ratio),
          "≤ 2×",
          c.ratio >= 0.5};
}

Row one_liner(Credentials& ours, const Options& options) {
  const std::string normal =
      "PRAGMA synchronous = NORMAL";  // else the audit's row is synced: the disk's time, not ours
  const std::vector<std::string> plain = {
      "sqlite3", "-bail", ours.file(), "-cmd", normal, "SELECT username FROM credentials WHERE service = 'service-17'"};
  const std::vector<std::string> get = {"sqlite3",
                                        "-bail",
                                        ours.file(),
                                        "-cmd",
                                        ".load " + options.extension,
                                        "-cmd",
                                        normal,
                                        "SELECT cred_get('service-17')"};
  const Compared c = side_by_side(
      options.quick ? 5 : 61, [&] { return run_command(plain, options.folder); },
      [&] { return run_command(get, options.folder); });
  return {"one-liner: sqlite3 … cred_get",
          "sqlite3 with a plain SELECT " + millis(c.floor_s),
          millis(c.ours_s),
          times(1 / c.ratio),
          "≤ 1.5×",
          1 / c.ratio <= 1.5};
}

Row rotation(Credentials& ours, const Options& options) {
  std::vector<double> seconds;
  for (int i = 0; i < (options.quick ? 1 : 5); i++) seconds.push_back(ours.rotation());
  const double s = median(seconds);
  return {"cred_rotate, 10,000 credentials", "–", millis(s), "–", "≤ 250 ms", s <= 0.25};
}

}  // namespace

Rows bench_credential(const Options& options) {
  RawCredentials raw(options);
  Credentials ours(options);
  return {get(raw, ours, options), one_liner(ours, options), rotation(ours, options)};
}

}  // namespace bench
