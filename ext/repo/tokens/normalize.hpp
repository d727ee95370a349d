// Normalization Form C of Unicode (UAX #15), which some tokenizers apply before anything else (Qwen).
//
//   std::string storage;
//   const std::string_view same_or_new = nfc(text, storage);
//
// Text that is in NFC already, and nearly all is, is found out in one pass and not copied. Where it is not, only the
// stretch from a code point that normalization cannot touch to the next such is decomposed, ordered and composed.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

// `text` is well-formed UTF-8.
std::string_view nfc(std::string_view text, std::string& storage);

}  // namespace agentinfra
