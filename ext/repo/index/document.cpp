#include "repo/index/document.hpp"

#include "os/hash.hpp"
#include "repo/index/passages.hpp"
#include "repo/index/words.hpp"
#include "repo/outline/outline.hpp"
#include "repo/redact/redact.hpp"
#include "repo/tokens/unicode.hpp"
#include "repo/walk/kind.hpp"

namespace agentinfra {
namespace {

constexpr size_t kMostPassages = 65'536;  // of a file: their rowids leave 16 bits for it

FileKind kind_of_path(std::string_view path) { return kind_of(path.substr(path.rfind('/') + 1)); }

IndexedPassage make_passage(std::string_view path, std::string_view text, const Passage& p, std::string_view outline,
                            const Tokenizer& tokenizer) {
  const std::string_view content = text.substr(p.begin, p.end - p.begin);
  std::string shown = heading(path, p.first_line, p.last_line);
  shown += content;
  return {p.first_line,         p.last_line,         tokenizer.count(shown), declarations_of(p, outline),
          inner_words(content), std::string(content)};
}

}  // namespace

std::string heading(std::string_view path, int first_line, int last_line) {
  return std::string(path) + ":" + std::to_string(first_line) + "-" + std::to_string(last_line) + "\n";
}

Document make_document(std::string_view path, std::string_view bytes, const Tokenizer& tokenizer) {
  Document document{.hash = xxh3(bytes), .tokens = {}, .outline = {}, .passages = {}};
  if (bytes.find('\0') != bytes.npos) return document;
  const Redacted redacted = redact(bytes);
  std::string text_storage, path_storage;
  const std::string_view text = well_formed(redacted.text, text_storage);
  const std::string_view shown_path = well_formed(path, path_storage);
  document.redacted = redacted.count;
  document.tokens = tokenizer.count(text);
  if (kind_of_path(path) == FileKind::generated) return document;
  document.outline = outline(path, text);
  for (const Passage& p : cut_passages(text, document.outline)) {
    if (document.passages.size() == kMostPassages) break;
    document.passages.push_back(make_passage(shown_path, text, p, document.outline, tokenizer));
  }
  return document;
}

}  // namespace agentinfra
