// The text of a pack, piece by piece: a head, a block for each file, a foot with the pack's name.
//
//   const Frame frame(Format::markdown);
//   text = frame.head() + frame.block("src/a.c", "full", content) + frame.foot(name);
//
// Every piece ends with a line end and begins with visible ASCII that is no slash, so that their tokens add up
// (is_safe_cut() in tokenizer.hpp): what a block costs does not depend on what stands around it.
//
// Markdown has a fence longer than any in the content, XML puts content into CDATA, JSON is one array whose last
// element names the pack. JSON gives contents back as they are; XML with a line end before them and one at their end,
// and, as XML has it, LF for CRLF.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

enum class Format { markdown, xml, json };

std::optional<Format> format_of(std::string_view name);
std::string_view to_text(Format format);

// Names are 15 decimal digits: of these most tokenizers make equally many tokens, whatever digits they are.
std::string name_of(uint64_t hash);
constexpr std::string_view kTypicalName = "738291645028374";

class Frame {
 public:
  // `since`: of a text that continues the pack of this name.
  explicit Frame(Format format, std::string since = {}) : format_(format), since_(std::move(since)) {}

  std::string head() const;
  std::string block(std::string_view path, std::string_view mode, std::string_view content) const;
  // A file without content: "gone", "changed, not shown".
  std::string note(std::string_view path, std::string_view what) const;
  std::string foot(std::string_view pack) const;

 private:
  Format format_;
  std::string since_;
};

}  // namespace agentinfra
