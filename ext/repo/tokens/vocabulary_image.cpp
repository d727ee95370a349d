#include "repo/tokens/vocabulary_image.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>

#include "repo/tokens/vocabulary.hpp"

namespace agentinfra {
namespace {

template <class T>
void append_raw(std::string& to, const T* first, size_t count) {
  to.append(reinterpret_cast<const char*>(first), count * sizeof(T));
}

std::vector<uint32_t> hash_table(const std::vector<std::string>& tokens) {
  std::vector<uint32_t> slots(std::bit_ceil(tokens.size() * 3 / 2 + 2));
  const size_t mask = slots.size() - 1;
  for (uint32_t token = 0; token < tokens.size(); token++) {
    const uint64_t hash = Vocabulary::hash(tokens[token]);
    size_t at = hash & mask;
    while (slots[at] != 0) at = (at + 1) & mask;
    slots[at] = (token + 1) | static_cast<uint32_t>(hash >> 52) << Vocabulary::kTagShift;
  }
  return slots;
}

}  // namespace

std::string vocabulary_image(const VocabularyParts& parts) {
  if (parts.tokens.size() > Vocabulary::kMostTokens)
    throw std::runtime_error("has " + std::to_string(parts.tokens.size()) + " tokens; at most " +
                             std::to_string(Vocabulary::kMostTokens) + " are supported");
  Vocabulary::Header header{};
  if (parts.name.size() >= sizeof header.name)
    throw std::runtime_error("the name '" + parts.name + "' has more than " + std::to_string(sizeof header.name - 1) +
                             " bytes");
  parts.name.copy(header.name, sizeof header.name - 1);
  std::memcpy(header.magic, Vocabulary::kMagic, sizeof header.magic);
  header.tokens = static_cast<uint32_t>(parts.tokens.size());
  header.mergeable = static_cast<uint32_t>(parts.mergeable);
  header.split = static_cast<uint32_t>(parts.split);
  header.normalize = parts.normalize;

  std::string bytes;
  std::vector<uint32_t> starts = {0};
  for (const std::string& token : parts.tokens) {
    bytes += token;
    starts.push_back(static_cast<uint32_t>(bytes.size()));
    header.longest = std::max(header.longest, static_cast<uint32_t>(token.size()));
  }
  const std::vector<uint32_t> slots = hash_table(parts.tokens);
  header.slots = static_cast<uint32_t>(slots.size());
  header.bytes = bytes.size();

  std::string image;
  append_raw(image, &header, 1);
  append_raw(image, starts.data(), starts.size());
  append_raw(image, slots.data(), slots.size());
  image += bytes;
  header.checksum = Vocabulary::checksum(image);
  std::memcpy(image.data(), &header, sizeof header);

  const auto vocabulary = Vocabulary::of(image);
  for (uint32_t token = 0; token < parts.tokens.size(); token++)
    if (parts.tokens[token].empty() || vocabulary->rank(parts.tokens[token]) != token)
      throw std::runtime_error("token " + std::to_string(token) + " is empty or there twice");
  for (int byte = 0; byte < 256; byte++)
    if (const char c = static_cast<char>(byte); vocabulary->rank({&c, 1}) == Vocabulary::kNoRank)
      throw std::runtime_error("byte " + std::to_string(byte) + " is not a token");
  return image;
}

}  // namespace agentinfra
