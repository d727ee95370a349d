#include "errand.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "descriptor.hpp"
#include "supervisor.hpp"

namespace agentinfra::cli {
namespace {

/// A file in memory that holds `text`: unlike a pipe it takes all of it at once, read or not.
Descriptor file_with(std::string_view text) {
  Descriptor file(memfd_create("errand", MFD_CLOEXEC));
  if (!file) throw std::system_error(errno, std::generic_category(), "memfd_create");
  while (!text.empty()) {
    const ssize_t size = write(file.get(), text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw std::system_error(errno, std::generic_category(), "write");
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string in_seconds(std::chrono::milliseconds time) {
  const auto whole = std::to_string(time.count() / 1000);
  return time.count() % 1000 == 0 ? whole + " s" : std::to_string(time.count()) + " ms";
}

}  // namespace

std::string ErrandRunner::run(const Errand& errand) {
  const Descriptor input = file_with(errand.input);
  Supervise order{errand.command};
  order.leave_children = true;
  order.input = input.get();
  order.output = errand.output;
  order.limit = errand.limit;
  const Ended ended = supervise(order, signals_);
  interrupted_ = interrupted_ || ended.interrupted;
  if (!ended.start_failure.empty()) return ended.start_failure;
  if (ended.timed_out) return "it took longer than " + in_seconds(errand.limit) + " and was ended";
  return ended.exit_code == 0 ? "" : "it ended with exit code " + std::to_string(ended.exit_code);
}

}  // namespace agentinfra::cli
