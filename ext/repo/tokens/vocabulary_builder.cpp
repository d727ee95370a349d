#include "repo/tokens/vocabulary_builder.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "base/json_reader.hpp"
#include "repo/tokens/unicode.hpp"
#include "repo/tokens/vocabulary_image.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestToken = 256;  // bytes

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

std::string base64_decoded(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) refuse("is not base64: " + std::string(text));
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return bytes;
}

// ---- tokenizer.json

struct TokenizerJson {
  std::unordered_set<std::string> vocabulary;               // as bytes
  std::vector<std::pair<std::string, std::string>> merges;  // as bytes
  std::optional<Split> split;
  bool byte_level = false;
  bool normalize = false;
  bool ignore_merges = false;
};

// Byte-level tokenizers write a byte as a character that can be seen: itself, or, for the 68 that cannot, one from
// U+0100 on.
std::string bytes_of_visible(std::string_view visible) {
  static const auto kByteOf = [] {
    std::array<int, 256 + 68> byte_of{};
    byte_of.fill(-1);
    size_t next = 256;
    for (size_t b = 0; b < 256; b++) {
      const bool seen = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b != 0xad);
      byte_of[seen ? b : next++] = static_cast<int>(b);
    }
    return byte_of;
  }();
  std::string bytes;
  for (const char *p = visible.data(), *end = p + visible.size(); p < end;) {
    const CodePoint c = decode(p, end);
    if (c.value >= kByteOf.size() || kByteOf[c.value] < 0)
      refuse("is not byte-level: token '" + std::string(visible) + "' has a character that stands for no byte");
    bytes += static_cast<char>(kByteOf[c.value]);
    p += c.size;
  }
  if (bytes.size() > kLongestToken) refuse("has a token of more than " + std::to_string(kLongestToken) + " bytes");
  return bytes;
}

void read_normalizer(JsonReader& json, TokenizerJson& into) {
  if (json.take_null()) return;
  json.object([&](std::string_view key) {
    if (key != "type") return json.skip();
    const std::string type = json.string();
    if (type != "NFC") refuse("has the normalizer " + type + "; only NFC is supported");
    into.normalize = true;
  });
}

void read_pre_tokenizer(JsonReader& json, TokenizerJson& into) {
  std::string type;
  bool prefix_space = false, own_regex = true, inverted = false;
  json.object([&](std::string_view key) {
    if (key == "type")
      type = json.string();
    else if (key == "pretokenizers")
      json.array([&] { read_pre_tokenizer(json, into); });
    else if (key == "add_prefix_space")
      prefix_space = json.boolean();
    else if (key == "use_regex")
      own_regex = json.boolean();
    else if (key == "invert")
      inverted = json.boolean();
    else if (key == "behavior") {
      if (const std::string behavior = json.string(); behavior != "Isolated") refuse("splits by " + behavior);
    } else if (key == "pattern")
      json.object([&](std::string_view) {
        const std::string regex = json.string();
        if (into.split) refuse("splits by more than one regular expression");
        into.split = split_of_regex(regex);
        if (!into.split) refuse("splits by a regular expression that is none of those supported: " + regex);
      });
    else
      json.skip();
  });
  if (type == "ByteLevel") {
    if (prefix_space || own_regex) refuse("has a ByteLevel pre-tokenizer with add_prefix_space or use_regex");
    into.byte_level = true;
  } else if ((type != "Sequence" && type != "Split") || inverted) {
    refuse("has the pre-tokenizer " + type + (inverted ? ", inverted" : "") + ", which is not supported");
  }
}

std::pair<std::string, std::string> read_merge(JsonReader& json) {
  if (json.kind() == '"') {
    const std::string both = json.string();
    const size_t space = both.find(' ');
    if (space == std::string::npos) json.fail("a merge is two tokens");
    return {bytes_of_visible(std::string_view(both).substr(0, space)),
            bytes_of_visible(std::string_view(both).substr(space + 1))};
  }
  std::vector<std::string> tokens;
  json.array([&] { tokens.push_back(bytes_of_visible(json.string())); });
  if (tokens.size() != 2) json.fail("a merge is two tokens");
  return {tokens[0], tokens[1]};
}

void read_model(JsonReader& json, TokenizerJson& into) {
  std::string type = "BPE";
  json.object([&](std::string_view key) {
    if (key == "type")
      type = json.string();
    else if (key == "vocab")
      json.object([&](std::string_view token) {
        into.vocabulary.insert(bytes_of_visible(token));
        json.skip();
      });
    else if (key == "merges")
      json.array([&] { into.merges.push_back(read_merge(json)); });
    else if (key == "ignore_merges")
      into.ignore_merges = json.boolean();
    else if (key == "byte_fallback") {
      if (json.boolean()) refuse("has byte_fallback: it is not byte-level");
    } else if (key == "continuing_subword_prefix" || key == "end_of_word_suffix") {
      if (!json.take_null() && !json.string().empty()) refuse("has a " + std::string(key));
    } else if (key == "dropout") {
      if (!json.take_null()) refuse("has dropout");
    } else
      json.skip();
  });
  if (type != "BPE") refuse("is a tokenizer of type " + type + "; only byte-level BPE is supported");
}

TokenizerJson read_tokenizer_json(std::string_view text) {
  TokenizerJson read;
  JsonReader json(text);
  json.object([&](std::string_view key) {
    if (key == "normalizer")
      read_normalizer(json, read);
    else if (key == "pre_tokenizer" && json.kind() == '{')
      read_pre_tokenizer(json, read);
    else if (key == "model")
      read_model(json, read);
    else
      json.skip();
  });
  json.finish();
  if (!read.split || !read.byte_level) refuse("has no Split and ByteLevel pre-tokenizers");
  return read;
}

using Ranks = std::unordered_map<std::string_view, size_t>;

// What a token becomes on its own by the merges so far is exactly these two.
bool becomes(std::string_view token, std::string_view first, std::string_view second, const Ranks& ranks) {
  std::vector<std::string_view> parts;
  for (size_t i = 0; i < token.size(); i++) parts.push_back(token.substr(i, 1));
  const auto rank_at = [&](size_t i) {
    const auto found = ranks.find({parts[i].data(), parts[i].size() + parts[i + 1].size()});
    return found == ranks.end() ? SIZE_MAX : found->second;
  };
  for (;;) {
    size_t lowest = SIZE_MAX, at = 0;
    for (size_t i = 0; i + 1 < parts.size(); i++)
      if (const size_t rank = rank_at(i); rank < lowest) lowest = rank, at = i;
    if (lowest == SIZE_MAX) break;
    parts[at] = {parts[at].data(), parts[at].size() + parts[at + 1].size()};
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
  return parts.size() == 2 && parts[0] == first && parts[1] == second;
}

}  // namespace

std::string vocabulary_of_tiktoken(std::string_view text, Split split, const std::string& name) {
  VocabularyParts parts;
  parts.name = name;
  while (!text.empty()) {
    const size_t line_end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, line_end);
    text.remove_prefix(std::min(line_end + 1, text.size()));
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || line.substr(space + 1) != std::to_string(parts.tokens.size()))
      refuse("line " + std::to_string(parts.tokens.size() + 1) + " is not a token and its rank");
    parts.tokens.push_back(base64_decoded(line.substr(0, space)));
  }
  parts.mergeable = parts.tokens.size();
  parts.split = split;
  return vocabulary_image(parts);
}

std::string vocabulary_of_tokenizer_json(std::string_view text, const std::string& name) {
  TokenizerJson json = read_tokenizer_json(text);
  VocabularyParts parts;
  parts.name = name;
  parts.split = *json.split;
  parts.normalize = json.normalize;
  parts.tokens.reserve(json.vocabulary.size() + 256);  // so that what `ranks` views stays
  for (int byte = 0; byte < 256; byte++)
    if (const std::string token(1, static_cast<char>(byte)); json.vocabulary.contains(token))
      parts.tokens.push_back(token);
  Ranks ranks;
  for (const auto& [first, second] : json.merges) {
    const std::string token = first + second;
    if (!json.vocabulary.contains(token)) refuse("merges into a token that is not in its vocabulary");
    if (ranks.contains(token) || !becomes(token, first, second, ranks)) continue;
    parts.tokens.push_back(token);
    ranks.emplace(parts.tokens.back(), parts.tokens.size() - 1);
  }
  parts.mergeable = parts.tokens.size();
  if (json.ignore_merges)
    for (const std::string& token : json.vocabulary)
      if (token.size() > 1 && !ranks.contains(token)) parts.tokens.push_back(token);
  return vocabulary_image(parts);
}

}  // namespace agentinfra
