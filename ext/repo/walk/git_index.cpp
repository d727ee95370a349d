#include "repo/walk/git_index.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "os/file.hpp"
#include "repo/walk/ascii.hpp"
#include "repo/walk/git.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestIndex = size_t{256} << 20;  // bytes: two million files
constexpr size_t kHeader = 12;
constexpr size_t kBeforeObjectId = 40;  // of an entry: times, device, inode, mode, owner, size
constexpr size_t kMtimeAt = 8, kModeAt = 24, kSizeAt = 36;
constexpr size_t kLongestName = 1 << 16;  // bytes; version 4 could make a small file name a huge one
constexpr uint16_t kExtended = 0x4000;    // in an entry's flags: two more bytes of them follow
constexpr uint32_t kSubmodule = 0160000;
constexpr uint32_t kTypeMask = 0170000;

template <class T>
T big_endian(const char* bytes) {
  T number = 0;
  for (size_t i = 0; i < sizeof(T); i++) number = static_cast<T>((number << 8) | static_cast<unsigned char>(bytes[i]));
  return number;
}

std::string lower(std::string_view name) {
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
  return folded;
}

bool has_beginning(const std::vector<std::string>& sorted, const std::string& beginning) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), beginning);
  return found != sorted.end() && found->starts_with(beginning);
}

// The extension begins with the root: an empty path, NUL, and how many entries its tree has; "-1" when some of them are
// in no tree yet.
bool is_whole_tree(std::string_view extension) {
  return extension.size() > 1 && extension[0] == '\0' && extension[1] != '-';
}

}  // namespace

GitIndex::GitIndex(const Repository& repository, const GitConfig& config)
    : object_id_size_(config.sha256 ? 32 : 20), fold_case_(config.ignore_case) {
  read(repository);
  empty_ = past_end_;
  if (fold_case_) fold();
}

void GitIndex::read(const Repository& repository) {
  const std::string path = repository.git_dir + "/index";
  const int error = read_regular_file(path.c_str(), kLongestIndex, data_);
  if (error == ENOENT) return;
  if (error != 0) throw std::runtime_error("cannot read '" + path + "': " + std::strerror(error));
  const uint32_t version = data_.size() < kHeader ? 0 : big_endian<uint32_t>(&data_[4]);
  if (!data_.starts_with("DIRC") || version < 2 || version > 4)
    throw std::runtime_error("'" + path + "' is no git index of version 2, 3 or 4");
  layout_ = version == 4 ? Layout::compressed : Layout::padded;
  count_ = big_endian<uint32_t>(&data_[8]);
  try {
    if (!check()) list(repository);
  } catch (const std::out_of_range& fault) {
    throw std::runtime_error("'" + path + "' is damaged: " + fault.what());
  }
  rewind();
}

// Goes through all entries, notes the submodules, and looks at what follows: extensions of four letters and a length.
bool GitIndex::check() {
  bool ascending = true;
  std::string previous;
  for (rewind(); !past_end_; next()) {
    ascending = ascending && previous <= name_ && !name_.empty();
    previous = name_;
    if ((mode_ & kTypeMask) == kSubmodule) submodules_.emplace_back(name_);
  }
  while (at_ + 8 + object_id_size_ <= data_.size()) {
    const std::string_view signature = std::string_view(data_).substr(at_, 4);
    if (signature == "link" || signature == "sdir") return false;
    if (signature == "TREE") may_be_staged_ = !is_whole_tree(std::string_view(data_).substr(at_ + 8));
    at_ += 8 + big_endian<uint32_t>(&data_[at_ + 4]);
  }
  if (!ascending) throw std::out_of_range("its names are not in order");
  return true;
}

void GitIndex::list(const Repository& repository) {
  GitOutput listing = run_git(repository.top.empty() ? "/" : repository.top, {"ls-files", "--stage", "-z"},
                              std::chrono::seconds(10), kLongestIndex);
  if (listing.cut) listing.fault = "it is longer than " + std::to_string(kLongestIndex) + " bytes";
  if (!listing.whole)
    throw std::runtime_error("only git can read the split or sparse index of '" + repository.top +
                             "': " + listing.fault);
  data_ = std::move(listing.text);
  layout_ = Layout::listing;
  submodules_.clear();
  for (rewind(); !past_end_; next())
    if ((mode_ & kTypeMask) == kSubmodule) submodules_.emplace_back(name_);
}

void GitIndex::fold() {
  for (; !past_end_; next()) folded_.push_back(lower(name_));
  std::sort(folded_.begin(), folded_.end());
  for (std::string& name : submodules_) name = lower(name);
  std::sort(submodules_.begin(), submodules_.end());
}

void GitIndex::rewind() {
  at_ = layout_ == Layout::listing ? 0 : kHeader;
  left_ = count_;
  unpacked_.clear();
  past_end_ = false;
  next();
}

bool GitIndex::next() {
  if (layout_ == Layout::listing) return past_end_ = !next_listed(), !past_end_;
  if (left_ == 0) return past_end_ = true, false;
  left_--;
  entry_at_ = at_;
  const size_t flags_at = at_ + kBeforeObjectId + object_id_size_;
  if (flags_at + 4 > data_.size()) throw std::out_of_range("it ends within an entry");
  mode_ = big_endian<uint32_t>(&data_[at_ + kModeAt]);
  const bool extended = (big_endian<uint16_t>(&data_[flags_at]) & kExtended) != 0;
  const size_t name_at = flags_at + (extended ? 4 : 2);
  if (!(layout_ == Layout::compressed ? next_compressed(name_at) : next_padded(name_at)))
    throw std::out_of_range("it ends within a name");
  return true;
}

// "100644 <object id> <stage>\t<name>\0"
bool GitIndex::next_listed() {
  const size_t end = data_.find('\0', at_), tab = data_.find('\t', at_);
  if (end == std::string::npos || tab > end) return false;
  mode_ = static_cast<uint32_t>(std::strtoul(&data_[at_], nullptr, 8));
  name_ = std::string_view(data_).substr(tab + 1, end - tab - 1);
  at_ = end + 1;
  return true;
}

// The name, and NULs (one at least) up to a length divisible by eight.
bool GitIndex::next_padded(size_t name_at) {
  const size_t end = data_.find('\0', name_at);
  if (end == std::string::npos) return false;
  name_ = std::string_view(data_).substr(name_at, end - name_at);
  at_ += (end - at_ + 8) & ~size_t{7};
  return true;
}

// How many bytes of the previous name to drop, then what to put there and a NUL. In the number each byte but the last
// has its high bit set, and one is added for each: so every number has one form only.
bool GitIndex::next_compressed(size_t name_at) {
  size_t drop = 0, at = name_at;
  for (bool more = true, first = true; more; first = false) {
    if (at >= data_.size() || drop > kLongestName) return false;
    const auto byte = static_cast<unsigned char>(data_[at++]);
    more = (byte & 0x80) != 0;
    drop = ((drop + (first ? 0 : 1)) << 7) | (byte & 0x7f);
  }
  const size_t end = data_.find('\0', at);
  if (end == std::string::npos || drop > unpacked_.size()) return false;
  unpacked_.resize(unpacked_.size() - drop);
  unpacked_.append(data_, at, end - at);
  if (unpacked_.size() > kLongestName) return false;
  name_ = unpacked_;
  at_ = end + 1;
  return true;
}

void GitIndex::seek(std::string_view name) {
  while (!past_end_ && name_ < name) next();
}

bool GitIndex::has(std::string_view name) {
  if (fold_case_) return std::binary_search(folded_.begin(), folded_.end(), lower(name));
  seek(name);
  return !past_end_ && name_ == name;
}

bool GitIndex::has_below(std::string_view folder) {
  if (fold_case_) return has_beginning(folded_, lower(folder));
  seek(folder);
  return !past_end_ && name_.starts_with(folder);
}

// Git's listing does not say, and where case is folded names alone are kept.
Indexed GitIndex::indexed() const {
  if (layout_ == Layout::listing || fold_case_) return {};
  const char* entry = &data_[entry_at_];
  return {big_endian<uint32_t>(entry + kSizeAt), big_endian<uint32_t>(entry + kMtimeAt),
          big_endian<uint32_t>(entry + kMtimeAt + 4), true};
}

// A size of 0 is what git writes for what it could not be sure of.
Edit Indexed::edit(int64_t bytes_now, int64_t mtime_ns) const {
  constexpr int64_t kSecondNs = 1'000'000'000;
  if (!known) return Edit::no;
  if (bytes != 0 && bytes != static_cast<uint32_t>(bytes_now)) return Edit::yes;
  const bool same = seconds == static_cast<uint32_t>(mtime_ns / kSecondNs) &&
                    (nanoseconds == 0 || nanoseconds == static_cast<uint32_t>(mtime_ns % kSecondNs));
  return same ? Edit::no : Edit::perhaps;
}

bool GitIndex::is_submodule(std::string_view name) const {
  if (submodules_.empty()) return false;
  return fold_case_ ? std::binary_search(submodules_.begin(), submodules_.end(), lower(name))
                    : std::binary_search(submodules_.begin(), submodules_.end(), name);
}

}  // namespace agentinfra
