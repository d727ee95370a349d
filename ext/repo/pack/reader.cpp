#include "repo/pack/reader.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "repo/redact/redact.hpp"
#include "repo/tokens/unicode.hpp"
#include "repo/walk/prune.hpp"

namespace agentinfra {
namespace {

std::string sentence(int error) {
  switch (error) {
    case EFBIG: return "it has grown over 500 KB";
    case ENOENT: return "it has vanished";
    case ELOOP:
    case ENOTDIR:
    case EINVAL: return "it is no regular file any more";
    default: return std::string("cannot be read: ") + std::strerror(error);
  }
}

}  // namespace

uint64_t xxh3(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string hash_of(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  const uint64_t hash = xxh3(bytes);
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kHex[(hash >> shift) & 15];
  return digits;
}

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
  file.hash = hash_of(bytes);
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
