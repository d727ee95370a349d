#include "context.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

#include "database.hpp"
#include "descriptor.hpp"
#include "message.hpp"
#include "options.hpp"

namespace agentinfra::cli {
namespace {

/// A new folder that only we can look into; empty, and errno, when it cannot be made there.
std::string make_private_folder(const std::string& where) {
  std::string path = where + "/agentinfra-context.XXXXXX";
  return mkdtemp(path.data()) ? path : "";
}

/// Under cron XDG_RUNTIME_DIR is not set; after an su it may be somebody else's.
std::string make_private_folder() {
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  std::string folder = runtime.starts_with('/') ? make_private_folder(runtime) : "";
  return folder.empty() ? make_private_folder("/tmp") : folder;
}

/// False, and errno, where not all of it got there.
bool write_new_file(const std::string& path, std::string_view text) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return false;
  while (!text.empty()) {
    const ssize_t size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void say_unwritten(std::string_view about, int error) {
  say(about, "--context: the file for it could not be written: " + std::generic_category().message(error) +
                 "; AGENTINFRA_CONTEXT is not set");
}

}  // namespace

PackOrder parse_pack_order(const std::string& value) {
  const std::size_t colon = value.rfind(':');
  PackOrder order{value.substr(0, colon), 0};
  const char* const end = value.data() + value.size();
  const char* const digits = colon == std::string::npos ? end : value.data() + colon + 1;
  const auto parsed = std::from_chars(digits, end, order.budget);
  if (order.root.empty() || parsed.ec != std::errc() || parsed.ptr != end || order.budget <= 0)
    throw UsageError("--context must be ROOT:BUDGET, a folder and a number of tokens, got '" + value + "'");
  return order;
}

std::string with_pack(std::string_view about, const std::string& database, const PackOrder& order,
                      const std::string& prompt) try {
  // A connection of its own: what packing keeps in memory, a history and a vocabulary, goes with it.
  Database packing = Database::open(database);
  packing.leave_checkpoint_to_others();
  const Cell pack =
      packing.text("SELECT repo_pack_text(:root, :budget)", {{"root", Bytes{order.root}}, {"budget", order.budget}});
  return pack.value_or("") + (prompt.empty() ? "" : "\n") + prompt;
} catch (const std::exception& error) {
  say(about, "--context: no pack of " + order.root + ": " + error.what());
  return prompt;
}

std::optional<ContextFile> ContextFile::write(std::string_view about, std::string_view text) {
  ContextFile file(make_private_folder());
  if (!file.folder_.empty() && write_new_file(file.path(), text)) return file;
  say_unwritten(about, errno);
  return std::nullopt;
}

ContextFile::ContextFile(ContextFile&& other) noexcept : folder_(std::exchange(other.folder_, "")) {}

std::string ContextFile::path() const { return folder_ + "/context.md"; }

void ContextFile::remove() const {
  if (folder_.empty()) return;
  unlink(path().c_str());
  rmdir(folder_.c_str());  // not where somebody has put something beside it
}

}  // namespace agentinfra::cli
