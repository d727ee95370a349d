#include "os/library.hpp"

#include <dlfcn.h>

#include <climits>
#include <cstdlib>
#include <cstring>

namespace agentinfra {
namespace {

const char kWithin = 0;  // an address in this library

}  // namespace

std::string library_folder() {
  Dl_info info{};
  if (dladdr(&kWithin, &info) == 0 || info.dli_fname == nullptr) return {};
  // Of a program, Linux tells only by which name it was called.
  const char* name = std::strchr(info.dli_fname, '/') != nullptr ? info.dli_fname : "/proc/self/exe";
  char path[PATH_MAX];
  if (realpath(name, path) == nullptr) return {};
  const std::string file = path;
  return file.substr(0, file.rfind('/'));
}

}  // namespace agentinfra
