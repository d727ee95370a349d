// convert NAME o200k|cl100k|tokenizer.json IN OUT: makes the vocabulary file of encoding NAME from what a tokenizer is
// published as.
#include <fcntl.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include "os/file.hpp"
#include "repo/tokens/vocabulary_builder.hpp"

namespace {

constexpr size_t kLargest = 64 << 20;

std::string read_file(const std::string& path) {
  const agentinfra::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd || agentinfra::read_all(fd.get(), kLargest, text) != 0) throw std::runtime_error("cannot be read");
  return text;
}

std::string converted(const std::string& name, const std::string& kind, const std::string& text) {
  if (kind == "o200k") return agentinfra::vocabulary_of_tiktoken(text, agentinfra::Split::o200k, name);
  if (kind == "cl100k") return agentinfra::vocabulary_of_tiktoken(text, agentinfra::Split::cl100k, name);
  return agentinfra::vocabulary_of_tokenizer_json(text, name);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: convert NAME o200k|cl100k|tokenizer.json IN OUT\n");
    return 2;
  }
  try {
    const std::string image = converted(argv[1], argv[2], read_file(argv[3]));
    std::ofstream out(argv[4], std::ios::binary);
    out << image << std::flush;
    if (!out) throw std::runtime_error(std::string("cannot write ") + argv[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[3], error.what());
    return 1;
  }
}
