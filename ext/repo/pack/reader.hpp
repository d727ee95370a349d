// Files of a tree, as text for a model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/file.hpp"

namespace agentinfra {

struct FileText {
  std::string text;  // well-formed, without secrets
  std::string hash;  // XXH3 of the bytes, 16 hexadecimal digits
  int redacted = 0;
  std::string fault;  // why there is no text: "binary", "it has vanished"
};

class Reader {
 public:
  explicit Reader(const std::string& folder);

  FileText read(const std::string& path) const;
  // The bytes; false when there is nothing to read.
  bool read_raw(const std::string& path, std::string& into) const;

 private:
  int read_bytes(const std::string& path, std::string& into) const;

  UniqueFd folder_;
};

}  // namespace agentinfra
