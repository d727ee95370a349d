#include "os/memory.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace agentinfra {
namespace {

constexpr int64_t kMiB = 1024 * 1024;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// The number that scanf finds by `format` in one of the first lines of a file.
std::optional<int64_t> number_in(const char* path, const char* format) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path, "re"));
  char line[256];
  for (int i = 0; file && i < 8 && std::fgets(line, sizeof line, file.get()) != nullptr; i++) {
    long long number = 0;
    if (std::sscanf(line, format, &number) == 1) return number;
  }
  return std::nullopt;
}

}  // namespace

// A container sees the whole machine in /proc/meminfo, and its own limit in the files of its control group (version 2,
// mounted as the root of its namespace).
std::optional<int64_t> available_memory_mib() {
  auto available = number_in("/proc/meminfo", "MemAvailable: %lld kB");
  if (available) *available /= 1024;
  const auto limit = number_in("/sys/fs/cgroup/memory.max", "%lld");
  const auto used = number_in("/sys/fs/cgroup/memory.current", "%lld");
  if (!limit || !used) return available;
  const int64_t left = std::max<int64_t>(0, *limit - *used) / kMiB;
  return available ? std::min(*available, left) : left;
}

}  // namespace agentinfra
