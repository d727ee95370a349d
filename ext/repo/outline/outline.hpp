// What a file declares, without its bodies: what is left of it in a pack when the whole does not fit.
//
//   outline("src/point.hpp", text);   // "3: namespace geometry\n5: struct Point\n6:   double norm() const;\n"
//
// One declaration a line, in the order of the file, each as its line number, a colon, and the declaration as it is
// written, cut before its body and at 160 bytes.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

// Empty when the language is not known from the path, or nothing is declared.
std::string outline(std::string_view path, std::string_view text);

}  // namespace agentinfra
