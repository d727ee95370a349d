#include "repo/walk/git_config.hpp"

#include <algorithm>

#include "os/file.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestConfig = 4 << 20;  // bytes; git's own are a few KB

bool is_name(int c) {
  const auto byte = static_cast<unsigned char>(c);
  return c >= 0 && (is_lower(byte) || is_upper(byte) || (c >= '0' && c <= '9') || c == '-');
}

bool is_true(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(), to_lower);
  return value == "true" || value == "yes" || value == "on" ||
         (!value.empty() && value != "0" && value != "no" && value.find_first_not_of("0123456789") == value.npos);
}

// Paths in a configuration begin with ~/ for the home directory.
std::string expanded(const std::string& path, const std::string& home) {
  return path.starts_with("~/") && !home.empty() ? home + path.substr(1) : path;
}

}  // namespace

void GitConfig::read(const std::string& path, const std::string& home, int includes_left) {
  std::string text;
  if (read_regular_file(path.c_str(), kLongestConfig, text) != 0) return;
  for (GitConfigReader line(text); line.next();) {
    const std::string &name = line.name(), &value = line.value();
    if (name == "core.excludesfile") excludes_file = expanded(value, home);
    if (name == "core.ignorecase") ignore_case = is_true(value);
    if (name == "extensions.worktreeconfig") worktree_config = is_true(value);
    if (name == "extensions.objectformat") sha256 = value == "sha256";
    if (name == "include.path" && includes_left > 0) {
      std::string other = expanded(value, home);
      if (!other.starts_with('/')) other = path.substr(0, path.rfind('/') + 1) + other;
      read(other, home, includes_left - 1);
    }
  }
}

bool GitConfigReader::next() {
  for (;;) {
    while (peek() == '\n' || peek() == '\r' || peek() == ' ' || peek() == '\t') at_++;
    if (peek() < 0) return false;
    if (peek() == '#' || peek() == ';') {
      skip_line();
    } else if (peek() == '[') {
      if (!read_section()) return false;
    } else {
      return read_variable();
    }
  }
}

void GitConfigReader::skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

void GitConfigReader::skip_blanks() {
  while (peek() == ' ' || peek() == '\t') at_++;
}

// [core], [includeIf "gitdir:~/work/"]
bool GitConfigReader::read_section() {
  section_.clear();
  at_++;
  for (; is_name(peek()) || peek() == '.'; at_++) section_ += to_lower(text_[at_]);
  skip_blanks();
  if (peek() == '"') {
    section_ += '.';
    for (at_++; peek() != '"'; at_++) {
      if (peek() == '\\') at_++;
      if (peek() < 0) return false;
      section_ += text_[at_];
    }
    at_++;
  }
  if (peek() != ']') return false;
  at_++;
  return true;
}

// A name alone means true.
bool GitConfigReader::read_variable() {
  name_ = section_ + '.';
  const size_t begin = at_;
  for (; is_name(peek()); at_++) name_ += to_lower(text_[at_]);
  if (at_ == begin) return false;
  skip_blanks();
  value_ = "true";
  if (peek() != '=') return peek() < 0 || peek() == '\n' || peek() == '\r' || peek() == '#' || peek() == ';';
  at_++;
  return read_value();
}

// To the end of the line, less comments and what is blank at both ends; quotes keep both. A backslash at the end goes
// on with the next line.
bool GitConfigReader::read_value() {
  skip_blanks();
  value_.clear();
  size_t kept = 0;  // up to here blanks are part of the value
  bool quoted = false;
  for (; peek() >= 0 && peek() != '\n'; at_++) {
    int c = peek();
    if (!quoted && (c == '#' || c == ';')) {
      skip_line();
      break;
    }
    if (c == '"') {
      quoted = !quoted;
      kept = value_.size();
      continue;
    }
    if (c == '\\') {
      at_++;
      c = peek();
      if (c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') c = text_[++at_];
      if (c == '\n') continue;
      if (c == 'n')
        c = '\n';
      else if (c == 't')
        c = '\t';
      else if (c == 'b')
        c = '\b';
      else if (c != '"' && c != '\\')
        return false;
      value_ += static_cast<char>(c);
      kept = value_.size();
      continue;
    }
    value_ += static_cast<char>(c);
    if (quoted || (c != ' ' && c != '\t' && c != '\r')) kept = value_.size();
  }
  value_.resize(kept);
  return !quoted;
}

}  // namespace agentinfra
