// The writer of vocabulary files: vocabulary.hpp says what is in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repo/tokens/split.hpp"

namespace agentinfra {

struct VocabularyParts {
  std::string name;                 // of the encoding
  std::vector<std::string> tokens;  // by rank
  size_t mergeable = 0;             // the first that no merge makes
  Split split = Split::o200k;
  bool normalize = false;
};

// Throws std::runtime_error when a token is empty or there twice, when there are too many, when a byte is none, or
// when the name is too long.
std::string vocabulary_image(const VocabularyParts& parts);

}  // namespace agentinfra
