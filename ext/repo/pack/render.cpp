#include "repo/pack/render.hpp"

#include <algorithm>

namespace agentinfra {
namespace {

constexpr std::string_view kFormats[] = {"markdown", "xml", "json"};

void add_json(std::string& to, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  to += '"';
  for (const char c : text) {
    switch (c) {
      case '"': to += "\\\""; break;
      case '\\': to += "\\\\"; break;
      case '\n': to += "\\n"; break;
      case '\r': to += "\\r"; break;
      case '\t': to += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          to += c;
          break;
        }
        to += "\\u00";
        to += kHex[c >> 4];
        to += kHex[c & 15];
    }
  }
  to += '"';
}

std::string attribute(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    switch (c) {
      case '&': quoted += "&amp;"; break;
      case '<': quoted += "&lt;"; break;
      case '"': quoted += "&quot;"; break;
      default: quoted += c;
    }
  }
  return quoted;
}

// "]]>" would end the section; and XML has neither control characters nor U+FFFE and U+FFFF.
std::string character_data(std::string_view text) {
  constexpr std::string_view kReplaced = "\xEF\xBF\xBD";  // U+FFFD
  std::string data = "<![CDATA[\n";
  for (size_t i = 0; i < text.size(); i++) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (text.substr(i).starts_with("]]>")) {
      data += "]]]]><![CDATA[>";
      i += 2;
    } else if (text.substr(i).starts_with("\xEF\xBF\xBE") || text.substr(i).starts_with("\xEF\xBF\xBF")) {
      data += kReplaced;
      i += 2;
    } else if (c >= 0x20 || c == '\n' || c == '\r' || c == '\t') {
      data += text[i];
    } else {
      data += kReplaced;
    }
  }
  if (!data.ends_with('\n')) data += '\n';
  return data + "]]>";
}

std::string fence_for(std::string_view text) {
  size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(longest + 1, '`');
}

std::string language_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0 || name.size() - dot > 8) return {};
  const std::string_view extension = name.substr(dot + 1);
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return std::all_of(extension.begin(), extension.end(), plain) ? std::string(extension) : std::string();
}

}  // namespace

std::optional<Format> format_of(std::string_view name) {
  for (size_t i = 0; i < std::size(kFormats); i++)
    if (kFormats[i] == name) return static_cast<Format>(i);
  return std::nullopt;
}

std::string_view to_text(Format format) { return kFormats[static_cast<size_t>(format)]; }

std::string name_of(uint64_t hash) {
  std::string name(kTypicalName.size(), '0');
  for (size_t i = name.size(); i-- > 0; hash /= 10) name[i] = static_cast<char>('0' + hash % 10);
  return name;
}

std::string Frame::head() const {
  switch (format_) {
    case Format::markdown: return since_.empty() ? "# Repository\n\n" : "# Changes since pack " + since_ + "\n\n";
    case Format::xml: return since_.empty() ? "<repository>\n" : "<changes since=\"" + since_ + "\">\n";
    case Format::json: break;
  }
  return "[\n";
}

std::string Frame::block(std::string_view path, std::string_view mode, std::string_view content) const {
  std::string block;
  switch (format_) {
    case Format::markdown: {
      const std::string fence = fence_for(content);
      block.append("## ").append(path);
      if (mode != "full") block.append(" (").append(mode).append(")");
      block.append("\n\n").append(fence).append(language_of(path)).append("\n").append(content);
      if (!block.ends_with('\n')) block += '\n';
      return block + fence + "\n\n";
    }
    case Format::xml:
      return "<file path=\"" + attribute(path) + "\" mode=\"" + std::string(mode) + "\">" + character_data(content) +
             "</file>\n";
    case Format::json: break;
  }
  block = "{\"path\": ";
  add_json(block, path);
  block.append(", \"mode\": \"").append(mode).append("\", \"content\": ");
  add_json(block, content);
  return block + "},\n";
}

std::string Frame::note(std::string_view path, std::string_view what) const {
  switch (format_) {
    case Format::markdown: return "## " + std::string(path) + " (" + std::string(what) + ")\n\n";
    case Format::xml: return "<file path=\"" + attribute(path) + "\" mode=\"" + std::string(what) + "\"/>\n";
    case Format::json: break;
  }
  std::string note = "{\"path\": ";
  add_json(note, path);
  return note + ", \"mode\": \"" + std::string(what) + "\"},\n";
}

std::string Frame::foot(std::string_view pack) const {
  const std::string name(pack);
  switch (format_) {
    case Format::markdown: return "<!-- pack " + name + " -->\n";
    case Format::xml: return "<pack> " + name + " </pack>\n" + (since_.empty() ? "</repository>\n" : "</changes>\n");
    case Format::json: break;
  }
  return "{\"pack\": \"" + name + "\"" + (since_.empty() ? "" : ", \"since\": \"" + since_ + "\"") + "}\n]\n";
}

}  // namespace agentinfra
