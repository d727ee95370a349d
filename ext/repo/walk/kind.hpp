// What a file is for, by its name alone.
//
//   kind_of("src/walk.cpp")   // FileKind::source
//   kind_of("README")         // FileKind::doc
//
// No content is read: a walk of 15,000 files has no time for it, and who reads contents sees what is binary anyway.
// A name that says nothing is `other`.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentinfra {

enum class FileKind : uint8_t {
  source,     // code, markup, styles, scripts, build rules
  doc,        // for people to read
  config,     // settings, manifests
  data,       // tables and records
  generated,  // made by a tool: lock files, source maps, minified code
  binary,     // pictures, archives, objects
  other,      // the name does not tell
  // What is no regular file:
  link,
  directory,
  repository,  // the folder of another repository, or a submodule
  special,     // FIFO, socket, device
};

std::string_view to_text(FileKind kind);

// Of a regular file; `name` is its last component.
FileKind kind_of(std::string_view name);

}  // namespace agentinfra
