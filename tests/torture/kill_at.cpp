// A library to be preloaded: kill -9 at any step of a program that changes a file.
//
//   KILL_AT=17 LD_PRELOAD=libkill_at.so agentinfra cred import a.csv       dies before its 17th step
//   KILL_COUNT=steps LD_PRELOAD=libkill_at.so …                            lives, and writes how many there were
//
// A step is a call of libc that creates, writes, syncs, cuts, links, renames or removes a file. What a program does
// between two of them nobody else can see (SQLite's WAL index apart, which is rebuilt), so trying every number there is
// tries every point at which it can die.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> steps{0};

void step() {
  static const char* const at = std::getenv("KILL_AT");
  if (++steps == (at ? std::atol(at) : -1)) kill(getpid(), SIGKILL);
}

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

struct Count {
  ~Count() {
    const char* path = std::getenv("KILL_COUNT");
    FILE* file = path ? std::fopen(path, "w") : nullptr;
    if (!file) return;
    std::fprintf(file, "%ld\n", steps.load());
    std::fclose(file);
  }
} count;

mode_t mode_of(int flags, va_list rest) { return flags & O_CREAT ? va_arg(rest, mode_t) : 0; }

}  // namespace

#define STEP(result, name, parameters, arguments)             \
  extern "C" result name parameters {                         \
    static auto* const real = next<result parameters>(#name); \
    step();                                                   \
    return real arguments;                                    \
  }

STEP(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
STEP(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t at), (fd, bytes, size, at))
STEP(ssize_t, pwrite64, (int fd, const void* bytes, size_t size, off64_t at), (fd, bytes, size, at))
STEP(int, fsync, (int fd), (fd))
STEP(int, fdatasync, (int fd), (fd))
STEP(int, ftruncate, (int fd, off_t size), (fd, size))
STEP(int, ftruncate64, (int fd, off64_t size), (fd, size))
STEP(int, link, (const char* from, const char* to), (from, to))
STEP(int, rename, (const char* from, const char* to), (from, to))
STEP(int, unlink, (const char* path), (path))
STEP(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))

#define OPEN(name)                                                     \
  extern "C" int name(const char* path, int flags, ...) {              \
    static auto* const real = next<int(const char*, int, ...)>(#name); \
    va_list rest;                                                      \
    va_start(rest, flags);                                             \
    const mode_t mode = mode_of(flags, rest);                          \
    va_end(rest);                                                      \
    if (flags & O_CREAT) step();                                       \
    return real(path, flags, mode);                                    \
  }

OPEN(open)
OPEN(open64)
