// What a secret leaves in the memory of the process that it was given to.
//
//   memory EXTENSION DATABASE SECRET KEY     (both in hex, every byte ^ 0x5a, so that they do not stand in argv)
//
// Prints one line for each moment: its name, how often the secret is in memory, how often the master key is. All
// writable memory of the process is looked through, as a core dump would have it; where it is locked, too.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

constexpr unsigned char kMask = 0x5a;
constexpr size_t kWindow = 1 << 20;

std::string masked_from_hex(const char* hex) {
  std::string bytes;
  for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex, 2), nullptr, 16));
  return bytes;
}

// How often what is masked stands in `bytes`, unmasked.
int count_in(const unsigned char* bytes, size_t size, const std::string& masked) {
  int found = 0;
  for (size_t i = 0; i + masked.size() <= size; i++) {
    size_t j = 0;
    while (j < masked.size() &&
           static_cast<unsigned char>(bytes[i + j] ^ kMask) == static_cast<unsigned char>(masked[j]))
      j++;
    found += j == masked.size();
  }
  return found;
}

class Memory {
 public:
  Memory() : fd_(open("/proc/self/mem", O_RDONLY)) {
    window_ =
        static_cast<unsigned char*>(mmap(nullptr, kWindow, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }

  int count(const std::string& masked) {
    int found = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      uintptr_t from = 0, to = 0;
      char mode[5] = "";
      if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, mode) != 3 || mode[0] != 'r') continue;
      if (from <= address() && address() < to) continue;
      found += count_in_region(from, to, masked);
    }
    std::memset(window_, 0, kWindow);
    return found;
  }

 private:
  uintptr_t address() const { return reinterpret_cast<uintptr_t>(window_); }

  int count_in_region(uintptr_t from, uintptr_t to, const std::string& masked) {
    int found = 0;
    for (uintptr_t at = from; at < to; at += kWindow - masked.size() + 1) {
      const ssize_t n = pread(fd_, window_, std::min<size_t>(kWindow, to - at), static_cast<off_t>(at));
      if (n <= 0) break;
      found += count_in(window_, static_cast<size_t>(n), masked);
      if (at + static_cast<size_t>(n) >= to) break;
    }
    return found;
  }

  int fd_;
  unsigned char* window_;
};

sqlite3_stmt* prepared(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK) return statement;
  std::fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
  std::exit(1);
}

void step(sqlite3* db, sqlite3_stmt* statement) {
  if (sqlite3_step(statement) == SQLITE_ROW) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string secret = masked_from_hex(argv[3]), key = masked_from_hex(argv[4]);
  Memory memory;
  const auto report = [&](const char* moment) {
    std::printf("%s %d %d\n", moment, memory.count(secret), memory.count(key));
  };
  sqlite3* db = nullptr;
  sqlite3_open(argv[2], &db);
  sqlite3_enable_load_extension(db, 1);
  sqlite3_load_extension(db, argv[1], nullptr, nullptr);
  report("loaded");

  sqlite3_stmt* get = prepared(db, "SELECT cred_get('a')");
  step(db, get);
  if (sqlite3_column_text(get, 0) == nullptr) return 1;
  report("row");
  sqlite3_reset(get);
  report("reset");
  sqlite3_finalize(get);
  report("finalized");
  for (const char* sql : {"SELECT length(cred_json('a'))", "SELECT cred_get('a') = 'x', cred_decrypt(1) IS NULL",
                          "SELECT cred_hmac('a', 'x')", "SELECT count(cred_decrypt(credential_id)) FROM credentials"}) {
    sqlite3_stmt* other = prepared(db, sql);
    step(db, other);
    sqlite3_finalize(other);
  }
  report("others");
  sqlite3_stmt* rotate = prepared(db, "SELECT cred_set('b', 'me', fd_text(0)), cred_verify()");
  step(db, rotate);
  sqlite3_finalize(rotate);
  report("stored");
  if (sqlite3_close(db) != SQLITE_OK) return 1;
  report("closed");
}
