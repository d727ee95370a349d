#include "repo/pack/reader.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "os/hash.hpp"
#include "repo/redact/redact.hpp"
#include "repo/tokens/unicode.hpp"
#include "repo/walk/prune.hpp"

namespace agentinfra {
namespace {

std::string sentence(int error) {
  switch (error) {
    case EFBIG: return "over 500 KB";
    case ENOENT: return "it has vanished";
    case ELOOP:
    case ENOTDIR:
    case EINVAL: return "it is no regular file any more";
    default: return std::string("cannot be read: ") + std::strerror(error);
  }
}

}  // namespace

Reader::Reader(const std::string& folder) : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!folder_) throw std::runtime_error("cannot open " + folder + ": " + std::strerror(errno));
}

int Reader::read_bytes(const std::string& path, std::string& into) const {
  UniqueFd file;
  if (const int error = open_regular_file_below(folder_.get(), path, file); error != 0) return error;
  return read_all(file.get(), kLargestFile, into);
}

bool Reader::read_raw(const std::string& path, std::string& into) const {
  into.clear();
  return read_bytes(path, into) == 0 && std::memchr(into.data(), 0, into.size()) == nullptr;
}

FileText Reader::read(const std::string& path) const {
  FileText file;
  std::string bytes;
  if (const int error = read_bytes(path, bytes); error != 0) {
    file.fault = sentence(error);
    return file;
  }
  file.hash = hex_digits(xxh3(bytes));
  if (std::memchr(bytes.data(), 0, bytes.size()) != nullptr) {
    file.fault = "binary";
    return file;
  }
  std::string repaired;
  Redacted redacted = redact(well_formed(bytes, repaired));
  file.text = std::move(redacted.text);
  file.redacted = redacted.count;
  if (file.text.empty()) file.fault = "empty";
  return file;
}

}  // namespace agentinfra
