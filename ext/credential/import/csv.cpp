#include "credential/import/csv.hpp"

#include <cstring>
#include <string>

namespace agentinfra {

CsvReader::CsvReader(std::span<char> text) : text_(text) {
  const std::string_view all(text.data(), text.size());
  if (all.starts_with("\xff\xfe") || all.starts_with("\xfe\xff"))
    throw CsvError("it is UTF-16: save it as UTF-8 and import that");
  if (all.find('\n') == all.npos && all.find('\r') < all.size() - 1)
    throw CsvError("its line ends are CR only: save it with LF or CRLF");
  if (all.starts_with("\xef\xbb\xbf")) at_ = 3;
}

bool CsvReader::at_line_end() const {
  if (at_end() || text_[at_] == '\n') return true;
  return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
}

void CsvReader::take_line_end() {
  if (!at_end() && text_[at_] == '\r') at_++;
  if (!at_end() && text_[at_] == '\n') at_++;
  next_line_++;
}

bool CsvReader::next() {
  while (!at_end() && at_line_end()) take_line_end();
  if (at_end()) return false;
  fields_.clear();
  fault_ = {};
  line_ = next_line_;
  for (;;) {
    fields_.push_back(field());
    if (fields_.size() > kMostFields)
      throw CsvError("line " + std::to_string(line_) + " has more than " + std::to_string(kMostFields) + " fields");
    if (at_line_end()) break;
    at_++;  // the comma
  }
  take_line_end();
  return true;
}

// From here to the comma or the line's end.
std::string_view CsvReader::field() {
  const bool quoted = !at_end() && text_[at_] == '"';
  const size_t begin = at_;
  size_t size = quoted ? unquote() : 0;
  const size_t rest = at_;
  while (!at_line_end() && text_[at_] != ',') {
    if (text_[at_] == '"' && !quoted) doubt("has a quote inside a field that is not quoted");
    if (text_[at_] == '\r') doubt("has a carriage return that ends no line");
    at_++;
  }
  if (quoted && at_ > rest) doubt("has text after a closing quote");
  if (!quoted) size = at_ - begin;
  const std::string_view field(text_.data() + begin, size);
  if (field.find('\0') != field.npos) doubt("has a NUL byte");
  return field;
}

// Moves what stands between the quotes to where the first one is. Returns its size; at_ is behind the closing quote.
size_t CsvReader::unquote() {
  char* const begin = text_.data() + at_;
  char* to = begin;
  for (at_++;; at_++) {
    if (at_end()) throw CsvError("line " + std::to_string(line_) + " opens a quote that is never closed");
    if (text_[at_] == '"') {
      at_++;
      if (at_end() || text_[at_] != '"') break;
    }
    if (text_[at_] == '\n') next_line_++;
    *to++ = text_[at_];
  }
  return static_cast<size_t>(to - begin);
}

}  // namespace agentinfra
