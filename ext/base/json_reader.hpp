// A strict JSON reader (RFC 8259) that hands out a document piece by piece and builds nothing.
//
//   JsonReader json(text);
//   json.object([&](std::string_view key) {
//     if (key == "type") type = json.string();
//     else json.skip();
//   });
//   json.finish();
//
// The callback of object() and array() takes exactly one value. What is not JSON, or not of the type that was asked
// for, throws std::runtime_error with the byte where it was found. Nesting is limited, so no document can exhaust the
// stack.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

class JsonReader {
 public:
  static constexpr int kDeepest = 64;

  explicit JsonReader(std::string_view text) : text_(text) {}

  template <class Each>
  void object(Each each) {
    members('{', '}', [&] {
      const std::string key = string();
      expect(':');
      each(std::string_view(key));
    });
  }
  template <class Each>
  void array(Each each) {
    members('[', ']', each);
  }
  std::string string() {
    std::string value;
    string(value);
    return value;
  }
  // The same, appended piece by piece to something of the caller's: a secret need not pass through a std::string.
  template <class Into>
  void string(Into& into) {
    if (!take('"')) fail("expected a string");
    for (;;) {
      into.append(plain_piece());
      if (text_[at_++] == '"') return;
      into.append(std::string_view(escape()));
    }
  }
  uint32_t natural();  // a whole number below 2^32
  bool boolean();
  bool take_null();  // true: there was null, and it is read
  // '{', '[', '"', 't', 'f', 'n', or of a number its first character.
  char kind();
  void skip();    // one value of any type
  void finish();  // nothing may follow

  [[noreturn]] void fail(const std::string& what) const;

 private:
  template <class Each>
  void members(char open, char close, Each each) {
    expect(open);
    if (++depth_ > kDeepest) fail("is nested too deeply");
    if (kind() != close) {
      do each();
      while (take(','));
    }
    expect(close);
    depth_--;
  }
  void space();
  bool take(char c);
  void expect(char c);
  void word(std::string_view expected);
  void number();
  unsigned hex4();
  std::string_view plain_piece();  // up to the quote or the backslash at which it stops
  std::string escape();

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace agentinfra
