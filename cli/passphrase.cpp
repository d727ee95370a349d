#include "passphrase.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "os/file.hpp"
#include "secret_input.hpp"

namespace agentinfra::cli {
namespace {

constexpr const char* kVariable = "AGENTINFRA_PASSPHRASE_FILE";
constexpr std::string_view kNeedsOne = " is under a passphrase";  // in cred_unlock()'s sentence

[[noreturn]] void refuse(const std::string& sentence) { throw DatabaseError(SQLITE_AUTH, sentence); }

/// "the key file /path", where that is under a passphrase which nobody has given yet.
std::optional<std::string> locked_key_file(Database& database) try {
  database.integer("SELECT cred_unlock('')");
  return std::nullopt;
} catch (const DatabaseError& error) {
  const std::string_view sentence = error.what();
  const std::size_t end = sentence.find(kNeedsOne), begin = sentence.find("the key file ");
  if (end == sentence.npos || begin > end) return std::nullopt;  // what else is wrong, the verbs say themselves
  return std::string(sentence.substr(begin, end - begin));
}

/// What is wrong with a file that has a secret in it; empty when nothing is.
std::string fault_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return std::strerror(errno);
  if (status.st_uid != geteuid())
    return "belongs to user " + std::to_string(status.st_uid) + ", not to " + std::to_string(geteuid());
  if ((status.st_mode & 0077) != 0) return "can be used by others: chmod 600, and take another passphrase";
  if (status.st_nlink != 1) return "has " + std::to_string(status.st_nlink) + " names (hard links), not one";
  return "";
}

Secret read_passphrase_file(const std::string& path) {
  const std::string name = std::string(kVariable) + ": " + path + " ";
  UniqueFd file;
  const int error = open_regular_file(AT_FDCWD, path.c_str(), O_NOFOLLOW, file);
  if (error == ELOOP) refuse(name + "is a symbolic link: name the file itself");
  if (error == EINVAL) refuse(name + "is not a regular file");
  if (error != 0) refuse(name + "cannot be opened: " + std::strerror(error));
  if (const std::string fault = fault_of(file.get()); !fault.empty()) refuse(name + fault);
  return read_secret(file.get(), false);
}

/// Does somebody see what we ask? Not under cron; and a pipe into us still has a person at its side.
bool has_terminal() { return stdin_is_terminal() || isatty(STDERR_FILENO) == 1; }

}  // namespace

void PassphraseSource::add_option(Options& options) { options.descriptor("--passphrase-fd", fd_); }

std::optional<Secret> PassphraseSource::find(Database& database) const {
  const auto key_file = locked_key_file(database);
  if (!key_file) return std::nullopt;
  Secret passphrase;
  if (fd_ >= 0) {
    passphrase = read_secret(static_cast<int>(fd_), false);
    if (fd_ > STDERR_FILENO) close(static_cast<int>(fd_));
  } else if (const std::string path = environment(kVariable); !path.empty()) {
    passphrase = read_passphrase_file(path);
  } else if (terminal_ == Terminal::ask && has_terminal()) {
    passphrase = ask_for_secret("Passphrase of " + *key_file, false);
  } else {
    refuse(*key_file + " is under a passphrase: give it by --passphrase-fd N, or by a file (0600) that " + kVariable +
           " names");
  }
  if (passphrase.empty()) refuse("the passphrase that was given for " + *key_file + " is empty");
  return passphrase;
}

void PassphraseSource::unlock(Database& database) const {
  if (const auto passphrase = find(database)) cli::unlock(database, *passphrase);
}

void unlock(Database& database, const Secret& passphrase) {
  database.integer("SELECT cred_unlock(:passphrase)", {{"passphrase", Sensitive{passphrase.view()}}});
}

}  // namespace agentinfra::cli
