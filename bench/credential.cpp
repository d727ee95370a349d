// Credentials: what a secret costs that is looked up, unwrapped, decrypted and written down before it leaves.
#include <unistd.h>

#include "raw_credentials.hpp"

namespace bench {
namespace {

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
