#include "repo/walk/git_config.hpp"

#include <algorithm>

#include "os/file.hpp"
#include "repo/walk/ascii.hpp"
#include "repo/walk/glob.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestConfig = 4 << 20;  // bytes; git's own are a few KB
constexpr size_t kLeastCost = 4096;         // bytes a file counts for, however short

bool is_name(int c) {
  const auto byte = static_cast<unsigned char>(c);
  return c >= 0 && (is_lower(byte) || is_upper(byte) || (c >= '0' && c <= '9') || c == '-');
}

// Paths in a configuration begin with ~/ for the home directory.
std::string expanded(const std::string& path, const std::string& home) {
  return path.starts_with("~/") && !home.empty() ? home + path.substr(1) : path;
}

std::string folder_of(const std::string& file) { return file.substr(0, file.rfind('/') + 1); }  // with the slash

// A slash at the end stands for everything below.
std::string completed(std::string_view pattern) { return std::string(pattern) + (pattern.ends_with('/') ? "**" : ""); }

}  // namespace

bool is_true(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(), to_lower);
  return value == "true" || value == "yes" || value == "on" ||
         (!value.empty() && value != "0" && value != "no" && value.find_first_not_of("0123456789") == value.npos);
}

// One file and what it includes.
class GitConfigFiles {
 public:
  GitConfigFiles(GitConfig& config, const ConfigContext& context) : config_(config), context_(context) {}

  void read(const std::string& path, int deeper = 10) {
    std::string text;
    const size_t most = std::min(kLongestConfig, config_.bytes_left_);
    if (most == 0 || read_regular_file(path.c_str(), most, text) != 0) return;
    config_.bytes_left_ -= std::min(std::max(text.size(), kLeastCost), config_.bytes_left_);
    for (GitConfigReader line(text); line.next();) set(line.name(), line.value(), path, deeper);
  }

  // `file`: the one it stands in; empty when it is in none.
  void set(std::string_view name, const std::string& value, const std::string& file, int deeper) {
    if (name == "core.excludesfile") config_.excludes_file = expanded(value, context_.home);
    if (name == "core.ignorecase") config_.ignore_case = is_true(value);
    if (name == "extensions.worktreeconfig") config_.worktree_config = is_true(value);
    if (name == "extensions.objectformat") config_.sha256 = value == "sha256";
    if (deeper > 0 && includes(name, file)) include(expanded(value, context_.home), file, deeper - 1);
  }

 private:
  void include(const std::string& path, const std::string& file, int deeper) {
    if (path.starts_with('/'))
      read(path, deeper);
    else if (!file.empty())
      read(folder_of(file) + path, deeper);
  }

  // include.path, or "includeif.CONDITION.path" where the condition holds.
  bool includes(std::string_view name, const std::string& file) const {
    if (name == "include.path") return true;
    constexpr std::string_view kBefore = "includeif.", kAfter = ".path";
    if (!name.starts_with(kBefore) || !name.ends_with(kAfter) || name.size() < kBefore.size() + kAfter.size())
      return false;
    const std::string_view condition = name.substr(kBefore.size(), name.size() - kBefore.size() - kAfter.size());
    const auto after = [&](std::string_view word) { return completed(condition.substr(word.size())); };
    for (const std::string_view word : {"gitdir:", "gitdir/i:"})
      if (condition.starts_with(word)) return is_git_dir(after(word), file, word == "gitdir/i:");
    constexpr std::string_view kBranch = "onbranch:";
    return condition.starts_with(kBranch) && !context_.branch.empty() &&
           Glob(after(kBranch), Glob::Mode::path).matches(context_.branch);
  }

  // Below the file's own folder for ./, anywhere unless it is absolute.
  bool is_git_dir(std::string pattern, const std::string& file, bool fold_case) const {
    std::string_view git_dir = context_.git_dir;
    if (git_dir.empty()) return false;
    pattern = expanded(pattern, real_path(context_.home));
    if (pattern.starts_with("./")) {
      const std::string folder = folder_of(real_path(file));
      if (file.empty() || !git_dir.starts_with(folder)) return false;
      pattern.erase(0, 2), git_dir.remove_prefix(folder.size());
    } else {
      pattern = pattern.starts_with('/') ? pattern.substr(1) : "**/" + pattern;
      git_dir.remove_prefix(1);
    }
    return Glob(pattern, Glob::Mode::path, fold_case).matches(git_dir);
  }

  GitConfig& config_;
  const ConfigContext& context_;
};

void GitConfig::read(const std::string& path, const ConfigContext& context) {
  GitConfigFiles(*this, context).read(path);
}

void GitConfig::set(std::string_view name, const std::string& value, const ConfigContext& context) {
  GitConfigFiles(*this, context).set(name, value, "", 10);
}

GitConfigReader::GitConfigReader(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
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
