#include "repo/tokens/encodings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "os/file.hpp"
#include "os/library.hpp"
#include "repo/tokens/vocabulary_builder.hpp"

namespace agentinfra {
namespace {

// With what stands in when the vocabulary is not there: the estimate of o200k_base times a factor, and its margin, as
// measured on the files that estimate.hpp speaks of.
struct Known {
  std::string_view name;
  double factor, margin;
};
constexpr std::array kVocabularies = {Known{"o200k_base", 1, 0.13}, Known{"cl100k_base", 0.985, 0.14},
                                      Known{"qwen2.5", 1.035, 0.19}};
constexpr std::string_view kEstimate = "estimate";
constexpr size_t kLargestTokenizerJson = 64 << 20;
constexpr double kLargestFactor = 100;

// Models whose vocabulary is not free to pass on. The factor is the largest measured, so that budgets hold.
struct ByRatio {
  std::string_view name, base;
  double factor, margin;
};
constexpr std::array kByRatio = {ByRatio{"llama3", "o200k_base", 1.025, 0.04}};  // measured: 0.985 to 1.025

std::vector<std::string> share_folders() {
  if (const char* folder = std::getenv("AGENTINFRA_SHARE"); folder != nullptr && *folder != '\0') return {folder};
  const std::string here = library_folder();
  if (here.empty()) return {};
  return {here, here + "/share/agentinfra", here + "/../share/agentinfra", here + "/../../share/agentinfra"};
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

// "1.25"; 0 for what is no such number. (std::from_chars would make the library need libm, strtod goes by the locale.)
double decimal(std::string_view text) {
  double value = 0, scale = 1;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
    if (after_point) scale *= 10;
  }
  return value / scale;
}

Encoding exact(const std::string& name, std::shared_ptr<const Vocabulary> vocabulary, const std::string& source) {
  const int64_t tokens = vocabulary->tokens();
  return {name, Tokenizer(std::move(vocabulary)), 0, tokens, source};
}

// Throws when there is none that can be relied on.
Encoding find_vocabulary(const std::string& name) {
  const auto folders = share_folders();
  for (const std::string& folder : folders) {
    const std::string file = folder + "/" + name + ".vocab";
    if (access(file.c_str(), F_OK) != 0) continue;
    auto vocabulary = Vocabulary::map(file);
    if (vocabulary->name() != name) throw std::runtime_error(file + ": is of " + std::string(vocabulary->name()));
    return exact(name, std::move(vocabulary), file);
  }
  throw std::runtime_error("there is no " + name + ".vocab in " + joined(folders));
}

Encoding find_or_estimate(const Known& known) try {
  return find_vocabulary(std::string(known.name));
} catch (const std::runtime_error& why) {
  return {std::string(known.name), Tokenizer().times(known.factor), known.margin, std::nullopt,
          std::string("estimated: ") + why.what()};
}

Encoding load_path(const std::string& path) {
  if (path.ends_with(".vocab")) return exact(path, Vocabulary::map(path), path);
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  const int error = fd ? read_all(fd.get(), kLargestTokenizerJson, text) : errno;
  if (error != 0) throw std::runtime_error(path + ": " + std::strerror(error));
  try {
    return exact(path, Vocabulary::of(vocabulary_of_tokenizer_json(text)), path);
  } catch (const std::runtime_error& what) {
    throw std::runtime_error(path + ": " + what.what());
  }
}

}  // namespace

std::vector<std::string> Encodings::names() {
  std::vector<std::string> names;
  for (const Known& known : kVocabularies) names.emplace_back(known.name);
  for (const ByRatio& model : kByRatio) names.emplace_back(model.name);
  names.emplace_back(kEstimate);
  return names;
}

bool Encodings::is_path(std::string_view name) { return name.ends_with(".json") || name.ends_with(".vocab"); }

const Encoding& Encodings::get(std::string_view name) {
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  Encoding encoding = load(std::string(name));
  return loaded_.emplace(name, std::move(encoding)).first->second;
}

// NAME, or NAME*FACTOR.
Encoding Encodings::load(const std::string& name) {
  const size_t star = name.rfind('*');
  if (star == std::string::npos || is_path(name)) return load_named(name);
  const double factor = decimal(std::string_view(name).substr(star + 1));
  if (!(factor > 0 && factor <= kLargestFactor))
    throw std::runtime_error("the factor in '" + name + "' must be a number above 0 and at most 100");
  Encoding encoding = get(name.substr(0, star));
  encoding.name = name;
  encoding.tokenizer = encoding.tokenizer.times(factor);
  encoding.margin = std::nullopt;
  return encoding;
}

Encoding Encodings::load_named(const std::string& name) {
  if (is_path(name)) return load_path(name);
  for (const Known& known : kVocabularies)
    if (known.name == name) return find_or_estimate(known);
  if (name == kEstimate)
    return {name, Tokenizer(), kVocabularies[0].margin, std::nullopt, "estimated: no vocabulary is used"};
  for (const ByRatio& model : kByRatio) {
    if (model.name != name) continue;
    Encoding encoding = get(model.base);
    encoding.name = name;
    encoding.tokenizer = encoding.tokenizer.times(model.factor);
    encoding.margin = *encoding.margin + model.margin;
    return encoding;
  }
  throw std::runtime_error("there is no encoding '" + name + "'; there are " + joined(names()) +
                           ", and the path of a tokenizer.json");
}

}  // namespace agentinfra
