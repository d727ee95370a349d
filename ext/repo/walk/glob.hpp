// Shell patterns as gitignore has them, compiled once and matched in bounded time.
//
//   Glob("*.[ch]", Glob::Mode::name).matches("walk.cpp")              // false
//   Glob("docs/**/draft-?.md", Glob::Mode::path).matches("docs/draft-1.md")  // true
//
// `*` and `?` stop at a slash; `**` crosses it, but only as a whole component: leading or in the middle it stands for
// no or any number of components, at the end for at least one, elsewhere it is a `*`. `[!a]` and `[^a]` negate, ranges
// are of bytes, `[[:digit:]]` knows git's twelve ASCII classes. A pattern that cannot be read to its end (`[a`, a
// trailing backslash, an unknown class) never matches. Bytes are bytes: `?` is one of them.
//
// How it works: a `*` that turns out too short is lengthened by a byte, a `**` by a component, and only the last of
// each is ever tried again. That finds every match there is, because a match of what stands before a `*` (or a `**`) is
// never made worse by ending earlier. So a hostile pattern costs time in its length times that of the path, where
// plain backtracking is exponential.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace agentinfra {

class Glob {
 public:
  enum class Mode {
    name,  // one component: the pattern has no slash, and `**` is a `*`
    path,
  };

  Glob(std::string_view pattern, Mode mode, bool fold_case = false);

  // `text` has no trailing or doubled slash; in Mode::name it has none at all. It may be what is left of a path, empty
  // or with a leading slash (ignore.hpp).
  bool matches(std::string_view text) const;

 private:
  using Bytes = std::bitset<256>;

  enum class Op : uint8_t {
    byte,
    any,    // ?
    set,    // […]
    slash,  // ends a component, and with it the reach of a *
    star,   // *
    deep,   // **/
    rest,   // ** at the end
  };

  struct Token {
    Op op;
    unsigned char byte = 0;
    uint32_t set = 0;  // index into sets_
  };

  bool compile(std::string_view pattern, Mode mode);
  size_t compile_stars(std::string_view pattern, size_t at, Mode mode);
  bool takes(const Token& token, unsigned char c) const;

  std::vector<Token> tokens_;
  std::vector<Bytes> sets_;
  bool fold_case_;
  bool readable_;
};

}  // namespace agentinfra
