// Makes vocabulary files (vocabulary.hpp) from what tokenizers are published as.
//
//   Vocabulary::of(vocabulary_of_tiktoken(text, Split::o200k, "o200k_base"))
//
// `name` is the encoding's; a tokenizer.json that is used as it lies there needs none. Both throw std::runtime_error
// with a sentence when the text is not what it should be.
//
// **.tiktoken**: a line a token, base64 and rank. A token's rank is also the order of the merge that makes it.
//
// **tokenizer.json** (Hugging Face), byte-level BPE only, with a split that split.hpp knows and no normalizer but NFC.
// There a merge is of two given tokens, not of two given byte strings. The file format knows strings only, and that is
// enough: when a merge of a and b into t comes up, no lower merge applies to either, nor did any cross their outer
// edges; so inside them merging went on as if t had been alone. Hence (a, b) → t ever happens only if t on its own, by
// the merges before, becomes a and b. Merges for which that is not so are dead and left out; of the others there is one
// for each t, and wherever a string merges into t its parts are a and b. (`ignore_merges` adds the tokens that no merge
// makes.) Special tokens are left out: in text that is counted they are text.
#pragma once

#include <string>
#include <string_view>

#include "repo/tokens/split.hpp"

namespace agentinfra {

std::string vocabulary_of_tiktoken(std::string_view text, Split split, const std::string& name);
std::string vocabulary_of_tokenizer_json(std::string_view text, const std::string& name = {});

}  // namespace agentinfra
