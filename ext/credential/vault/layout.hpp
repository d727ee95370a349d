// Lengths and numbers as they lie in records and in what is authenticated: little-endian, every field with its length
// before it, so that no two lists of fields have the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentinfra {

template <class Integer>
std::string little_endian(Integer value) {
  std::string bytes(sizeof value, '\0');
  for (size_t i = 0; i < sizeof value; i++) bytes[i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  return bytes;
}

inline uint64_t number_from(std::string_view little_endian_bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < little_endian_bytes.size(); i++)
    value |= uint64_t{static_cast<unsigned char>(little_endian_bytes[i])} << (8 * i);
  return value;
}

inline std::string length_prefix(size_t size) { return little_endian(static_cast<uint32_t>(size)); }

inline void append_field(std::string& to, std::string_view field) {
  to += length_prefix(field.size());
  to += field;
}

// Takes such bytes apart. What is not there is empty, and finished() is then false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(size_t size) {
    if (size > rest_.size()) return fail();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view prefixed() {
    const std::string_view length = take(4);
    return take(static_cast<size_t>(number_from(length)));
  }

  bool finished() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view fail() {
    failed_ = true;
    rest_ = {};
    return {};
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace agentinfra
