// convert o200k|cl100k|tokenizer.json IN OUT: makes a vocabulary file from what a tokenizer is published as.
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

std::string converted(const std::string& kind, const std::string& text) {
  if (kind == "o200k") return agentinfra::vocabulary_of_tiktoken(text, agentinfra::Split::o200k);
  if (kind == "cl100k") return agentinfra::vocabulary_of_tiktoken(text, agentinfra::Split::cl100k);
  return agentinfra::vocabulary_of_tokenizer_json(text);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: convert o200k|cl100k|tokenizer.json IN OUT\n");
    return 2;
  }
  try {
    const std::string image = converted(argv[1], read_file(argv[2]));
    std::ofstream out(argv[3], std::ios::binary);
    out << image << std::flush;
    if (!out) throw std::runtime_error(std::string("cannot write ") + argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[2], error.what());
    return 1;
  }
}
