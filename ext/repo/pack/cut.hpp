// The head and the tail of a text: what is left of it when neither the whole nor an outline will do.
//
//   cut_text(text, 1000)   // about 1000 bytes: three quarters from its beginning, one from its end, at line ends
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

std::string cut_text(std::string_view text, size_t bytes);

}  // namespace agentinfra
