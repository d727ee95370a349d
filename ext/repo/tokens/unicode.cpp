#include "repo/tokens/unicode.hpp"

#include <cstring>

#include "base/utf8.hpp"

namespace agentinfra {
namespace {

// The next byte that is not ASCII. Most text has none: eight at a time.
const char* skip_ascii(const char* p, const char* end) {
  for (; end - p >= 8; p += 8) {
    uint64_t eight;
    std::memcpy(&eight, p, 8);
    if ((eight & 0x8080808080808080u) != 0) break;
  }
  while (p < end && static_cast<unsigned char>(*p) < 0x80) p++;
  return p;
}

// The first byte of what is no UTF-8, or `end`.
const char* skip_well_formed(const char* p, const char* end) {
  while ((p = skip_ascii(p, end)) < end) {
    const CodePoint c = decode(p, end);
    if (c.broken) break;
    p += c.size;
  }
  return p;
}

}  // namespace

std::string_view well_formed(std::string_view text, std::string& storage) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* bad = skip_well_formed(p, end);
  if (bad == end) return text;
  storage.clear();
  for (; bad < end; bad = skip_well_formed(p, end)) {
    storage.append(p, bad);
    append_utf8(storage, kReplacement);
    p = bad + decode(bad, end).size;
  }
  storage.append(p, bad);
  return storage;
}

}  // namespace agentinfra
