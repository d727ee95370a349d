// Arguments and columns that are paths: bytes, not text.
//
//   std::unique_ptr<Rows> repo_files(Call&, Folder root);      // 'src', or x'ff' where the name is no UTF-8
//   return text_or_blob(path);                                 // and so it comes back
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

// A folder's path: text, or a blob where its bytes are no UTF-8.
struct Folder {
  std::string path;
};

template <>
struct From<Folder> {
  static Folder get(const Argument& a) {
    if (!a.null() && sqlite3_value_type(a.value) == SQLITE_BLOB) {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(a.value));
      return checked(a, {bytes, static_cast<size_t>(sqlite3_value_bytes(a.value))});
    }
    return checked(a, From<std::string_view>::get(a));
  }

 private:
  static Folder checked(const Argument& a, std::string_view path) {
    if (path.empty()) a.refuse("must not be empty");
    if (path.find('\0') != path.npos) a.refuse("must be a path without NUL");
    return {std::string(path)};
  }
};

// Names are bytes on disk: text where they are UTF-8, else a blob, so that nothing is lost.
inline Value text_or_blob(std::string bytes) {
  if (valid_utf8(bytes)) return bytes;
  return Blob{std::move(bytes)};
}

}  // namespace agentinfra
