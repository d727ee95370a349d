#ifdef __APPLE__
#define __STDC_WANT_LIB_EXT1__ 1
#endif
#include "os/secret.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace agentinfra {
namespace {

// In front of the bytes, which so stay aligned as malloc() aligns.
union Header {
  size_t capacity;  // bytes behind the header
  std::max_align_t align;
};

constexpr size_t kSmallest = 64;

Header* header_of(void* data) { return static_cast<Header*>(data) - 1; }

}  // namespace

void wipe(void* bytes, size_t size) {
  if (size == 0) return;
#ifdef __APPLE__
  memset_s(bytes, size, 0, size);
#else
  explicit_bzero(bytes, size);
#endif
}

Secret Secret::of_size(size_t size) {
  Secret secret;
  secret.resize(size);
  return secret;
}

void Secret::destroy(void* released) noexcept {
  if (released == nullptr) return;
  Header* const header = header_of(released);
  wipe(header, sizeof(Header) + header->capacity);
  std::free(header);
}

void Secret::reserve(size_t size) {
  const size_t capacity = data_ == nullptr ? 0 : header_of(data_)->capacity;
  if (size < capacity) return;  // one byte more is the NUL's
  const size_t larger = std::max({kSmallest, capacity * 2, size + 1});
  auto* const header = static_cast<Header*>(std::malloc(sizeof(Header) + larger));
  if (header == nullptr) throw std::bad_alloc();
  header->capacity = larger;
  auto* const bytes = reinterpret_cast<char*>(header + 1);
  if (size_ > 0) std::memcpy(bytes, data_, size_);
  bytes[size_] = '\0';
  destroy(data_);
  data_ = bytes;
}

void Secret::append(std::string_view bytes) {
  reserve(size_ + bytes.size());
  if (!bytes.empty()) std::memcpy(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  data_[size_] = '\0';
}

void Secret::resize(size_t size) {
  reserve(size);
  if (size > size_)
    std::memset(data_ + size_, 0, size - size_);
  else
    wipe(data_ + size, size_ - size);
  size_ = size;
  data_[size_] = '\0';
}

}  // namespace agentinfra
