// A vocabulary: which byte strings are tokens, and in which order pairs of them merge.
//
//   const auto vocabulary = Vocabulary::map("/usr/share/agentinfra/o200k_base.vocab");
//   vocabulary->rank(" the");      // 290; kNoRank for what is no token
//
// The file is used as it lies on disk: it is mapped, its checksum is verified, and nothing is built. The checksum costs
// what reading the pages costs: half a millisecond for 4 MB that are in memory; and all processes share them.
//
// The format, little-endian, version 2 (vocabulary_image.cpp writes it):
//
//   Header       72 bytes, below
//   uint32_t     starts[tokens + 1]: where each token begins in bytes[]; tokens are in the order of their ranks
//   uint32_t     slots[slots]: a hash table, open addressing with linear probing, at most 2/3 full. A slot is 0 when it
//                is free, else (token + 1) | tag << 20; hash is XXH3_64bits of the token, its low bits choose the slot
//                and its top 12 bits are the tag
//   char         bytes[]
//
// A token's rank is its place. Tokens from `mergeable` on come from no merge: a piece that equals one is that token,
// and otherwise they do not exist.
//
// Invariants
//  1. Every byte is a token, so that every text has a tokenization.
//  2. What a lookup reads lies within the file, whatever the file says: the checksum finds damage, not malice, and who
//     makes a file can make a count wrong, not a crash.
//
// A mapped file must not be shortened in place, which would kill its readers: replace it by a rename, as an installer
// does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "repo/tokens/split.hpp"

namespace agentinfra {

class Vocabulary {
 public:
  static constexpr uint32_t kNoRank = UINT32_MAX;
  static constexpr uint32_t kMostTokens = (1u << 20) - 2;  // what a slot can hold
  static constexpr uint32_t kTagShift = 20;

  struct Header {
    char magic[8];
    uint64_t checksum;  // XXH3_64bits of all that follows
    char name[24];      // of the encoding, ended by NUL; "" when it is nobody's in particular
    uint32_t tokens, mergeable;
    uint32_t slots;      // a power of two
    uint32_t longest;    // token, in bytes
    uint32_t split;      // a Split
    uint32_t normalize;  // 1: text is brought into NFC first
    uint64_t bytes;
  };
  static constexpr char kMagic[8] = {'A', 'I', 'V', 'O', 'C', 'A', 'B', 2};

  // Throws std::runtime_error with a sentence when the file cannot be opened, is no vocabulary, or has been damaged.
  static std::shared_ptr<const Vocabulary> map(const std::string& path);
  static std::shared_ptr<const Vocabulary> of(std::string image);

  Vocabulary(const Vocabulary&) = delete;
  ~Vocabulary();

  // The rank of a piece that is a token; kNoRank when it is none.
  uint32_t rank(std::string_view piece) const;
  // The same for what two neighbours would merge into.
  uint32_t merge_rank(std::string_view joined) const {
    const uint32_t found = rank(joined);
    return found < header_->mergeable ? found : kNoRank;
  }

  std::string_view name() const { return header_->name; }
  Split split() const { return static_cast<Split>(header_->split); }
  bool normalizes() const { return header_->normalize != 0; }
  uint32_t tokens() const { return header_->tokens; }

  static uint64_t hash(std::string_view token);
  // What an image's header should say.
  static uint64_t checksum(std::string_view image);

 private:
  Vocabulary() = default;
  void adopt(std::string_view image, const std::string& name);

  std::string owned_;  // the image, when it is not mapped
  void* mapping_ = nullptr;
  size_t mapped_ = 0;
  const Header* header_ = nullptr;
  const uint32_t* starts_ = nullptr;
  const uint32_t* slots_ = nullptr;
  const char* bytes_ = nullptr;
};

}  // namespace agentinfra
