// Bytes that must not stay behind.
//
//   Secret password(field);                   // copies; the original is the caller's to wipe
//   password.append("!");
//   return password;                          // moves
//
// A Secret is wiped before its memory goes back, also what it leaves when it grows. It can only be moved; copy() says
// aloud that there are two. A NUL follows the bytes, so that text can be given to SQLite as it lies (sqlite/value.hpp).
//
// It is ordinary memory: it may be swapped out, and a core dump taken while it lives has it. Locked pages cost 14 µs
// each time; what lives long (the keyring) has those.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace agentinfra {

// Overwrites memory in a way that the compiler may not leave out.
void wipe(void* bytes, size_t size);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) { append(bytes); }
  static Secret of_size(size_t size);  // zeros

  Secret(Secret&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Secret() { destroy(data_); }

  Secret copy() const { return Secret(view()); }

  char* data() { return data_; }
  const char* data() const { return data_ != nullptr ? data_ : ""; }
  unsigned char* bytes() { return reinterpret_cast<unsigned char*>(data_); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data(), size_}; }

  void append(std::string_view bytes);
  void resize(size_t size);  // new bytes are zero

  // Gives the bytes away; whoever gets them calls destroy(), which wipes them first.
  char* release() {
    size_ = 0;
    return std::exchange(data_, nullptr);
  }
  static void destroy(void* released) noexcept;

 private:
  void reserve(size_t size);

  char* data_ = nullptr;  // preceded by its capacity
  size_t size_ = 0;
};

}  // namespace agentinfra
