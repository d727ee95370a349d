#include "repo/tokens/vocabulary.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "os/file.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace agentinfra {

static_assert(std::endian::native == std::endian::little, "vocabulary files are little-endian");
static_assert(sizeof(Vocabulary::Header) == 72);

uint64_t Vocabulary::hash(std::string_view token) { return XXH3_64bits(token.data(), token.size()); }

uint64_t Vocabulary::checksum(std::string_view image) {
  return hash(image.substr(offsetof(Header, checksum) + sizeof(Header::checksum)));
}

std::shared_ptr<const Vocabulary> Vocabulary::map(const std::string& path) {
  const auto fail = [&](const char* what) { throw std::runtime_error(path + ": " + what); };
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) fail(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail("is not a file");
  std::shared_ptr<Vocabulary> vocabulary(new Vocabulary);
  const auto size = static_cast<size_t>(status.st_size);
  if (size < sizeof(Header)) fail("is no vocabulary");
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
  if (memory == MAP_FAILED) fail(std::strerror(errno));
  vocabulary->mapping_ = memory;
  vocabulary->mapped_ = size;
  vocabulary->adopt({static_cast<const char*>(memory), size}, path);
  return vocabulary;
}

std::shared_ptr<const Vocabulary> Vocabulary::of(std::string image) {
  std::shared_ptr<Vocabulary> vocabulary(new Vocabulary);
  vocabulary->owned_ = std::move(image);
  vocabulary->adopt(vocabulary->owned_, "the vocabulary");
  return vocabulary;
}

Vocabulary::~Vocabulary() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_);
}

void Vocabulary::adopt(std::string_view image, const std::string& name) {
  const auto check = [&](bool good, const char* otherwise = "is no vocabulary of this version of agentinfra") {
    if (!good) throw std::runtime_error(name + ": " + otherwise);
  };
  check(image.size() >= sizeof(Header));
  header_ = reinterpret_cast<const Header*>(image.data());
  const Header& h = *header_;
  check(std::memcmp(h.magic, kMagic, sizeof kMagic) == 0);
  check(h.checksum == checksum(image), "is damaged: its checksum is not that of its contents");
  check(std::memchr(h.name, '\0', sizeof h.name) != nullptr);
  check(h.tokens <= kMostTokens && h.mergeable <= h.tokens && std::has_single_bit(h.slots) && h.slots > h.tokens &&
        h.split >= static_cast<uint32_t>(Split::o200k) && h.split <= static_cast<uint32_t>(Split::qwen2));
  const uint64_t words = uint64_t{h.tokens} + 1 + h.slots;
  check(h.bytes <= UINT32_MAX && image.size() == sizeof(Header) + words * 4 + h.bytes);
  starts_ = reinterpret_cast<const uint32_t*>(image.data() + sizeof(Header));
  slots_ = starts_ + h.tokens + 1;
  bytes_ = reinterpret_cast<const char*>(slots_ + h.slots);
}

uint32_t Vocabulary::rank(std::string_view piece) const {
  const Header& h = *header_;
  if (piece.size() > h.longest) return kNoRank;
  const uint64_t hashed = hash(piece);
  const auto tag = static_cast<uint32_t>(hashed >> 52);
  const uint32_t mask = h.slots - 1;
  uint32_t at = static_cast<uint32_t>(hashed) & mask;
  for (uint32_t probes = 0; probes < h.slots; probes++, at = (at + 1) & mask) {
    const uint32_t slot = slots_[at];
    if (slot == 0) return kNoRank;
    if (slot >> kTagShift != tag) continue;
    const uint32_t token = (slot & ((1u << kTagShift) - 1)) - 1;
    if (token >= h.tokens) continue;
    const uint64_t start = starts_[token];
    if (starts_[token + 1] - start == piece.size() && start + piece.size() <= h.bytes &&
        std::memcmp(bytes_ + start, piece.data(), piece.size()) == 0)
      return token;
  }
  return kNoRank;
}

}  // namespace agentinfra
