// Tokenizers by name.
//
//   Encodings encodings;
//   encodings.get("o200k_base").tokenizer.count(text);
//
// A name is one of
//   o200k_base, cl100k_base, qwen2.5   exact with the vocabulary that is installed; estimated without, and
//                                      with one that is damaged or another encoding's
//   llama3                             by ratio: measured against o200k_base
//   estimate                           no vocabulary at all
//   the path of a tokenizer.json (byte-level BPE) or of a vocabulary file: it ends in .json or .vocab
// and any of them may be followed by a factor: 'o200k_base*1.1' stands for a model that makes 1.1 tokens of one.
//
// Vocabularies are files NAME.vocab (vocabulary.hpp) in the folder that AGENTINFRA_SHARE names; when it names none, in
// the first of these that has one: the folder of the library or program itself, share/agentinfra in it, in the folder
// above it, and in the one above that (/usr/lib/x86_64-linux-gnu: /usr/share/agentinfra).
//
// What was found once, or not found, stays so for the life of this object. Not for two threads at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repo/tokens/tokenizer.hpp"

namespace agentinfra {

constexpr std::string_view kDefaultEncoding = "o200k_base";

struct Encoding {
  std::string name;
  Tokenizer tokenizer;
  std::optional<double> margin;   // 19 counts of 20 are off by at most this share; nothing: nobody has measured it
  std::optional<int64_t> tokens;  // in the vocabulary
  std::string source;             // the file, or why there is none
};

class Encodings {
 public:
  // Throws std::runtime_error with a sentence: an unknown name, a file that is no tokenizer.
  const Encoding& get(std::string_view name);
  // The names there are, without paths.
  static std::vector<std::string> names();
  // Whether a name is a file's.
  static bool is_path(std::string_view name);

 private:
  Encoding load(const std::string& name);
  Encoding load_named(const std::string& name);

  std::map<std::string, Encoding, std::less<>> loaded_;
};

}  // namespace agentinfra
