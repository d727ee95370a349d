#include "repo/encoding_of.hpp"

#include <algorithm>
#include <map>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

constexpr const char* kDefault = "encoding";
constexpr std::string_view kPrefix = "encoding.";

constexpr const char* kValue = "SELECT typeof(value) = 'text', value FROM main.settings WHERE key = :key";
constexpr const char* kNames =
    "SELECT substr(key, 10) FROM main.settings WHERE key > 'encoding.' AND key < 'encoding/' ORDER BY key";

constexpr int64_t kKnownUs = 10'000;

// What names have been found to mean, "" being the default: a look at the settings costs more than to count a line.
struct Meanings {
  int64_t changes = -1;  // of this connection, after which they are looked up again
  int64_t until_us = 0;  // monotonic
  std::map<std::string, Encoding, std::less<>> known = {};
};

// Nothing where there is no such setting.
std::optional<std::string> value_of(Session& session, const std::string& key) try {
  return session.patiently([&]() -> std::optional<std::string> {
    auto q = session.query(kValue);
    q.bind(key);
    if (!q.step()) return std::nullopt;
    if (q.integer(0) == 0) throw SqlError("the setting " + key + " must be text, the name of an encoding");
    return q.string(1);
  });
} catch (const NoSchema&) {
  return std::nullopt;
}

const Encoding& built_in(Session& session, const std::string& name) { return session.kept<Encodings>().get(name); }

Encoding by_setting(Session& session, const std::string& key, const std::string& meaning) try {
  return built_in(session, meaning);
} catch (const std::runtime_error& error) {
  throw SqlError("the setting " + key + ": " + error.what());
}

// NAME, or NAME*FACTOR, where NAME may be a setting's.
Encoding encoding_named(Session& session, const std::string& name) {
  if (Encodings::is_path(name)) return built_in(session, name);
  const size_t name_end = std::min(name.find('*'), name.size());
  const std::string key = std::string(kPrefix) + name.substr(0, name_end);
  const auto meaning = value_of(session, key);
  if (!meaning) return built_in(session, name);
  Encoding encoding = by_setting(session, key, *meaning + name.substr(name_end));
  encoding.name = name;
  encoding.source = "setting " + key + ", " + *meaning + ": " + encoding.source;
  return encoding;
}

Encoding default_encoding(Session& session) {
  const auto name = value_of(session, kDefault);
  if (!name) return built_in(session, std::string(kDefaultEncoding));
  try {
    return encoding_named(session, *name);
  } catch (const std::runtime_error& error) {
    throw SqlError(std::string("the setting ") + kDefault + ": " + error.what());
  }
}

}  // namespace

const Encoding& encoding_of(Session& session, std::optional<Name> name) {
  auto& meanings = session.kept<Meanings>();
  const int64_t changes = sqlite3_total_changes64(session.db()), now_us = monotonic_us();
  if (changes != meanings.changes || now_us >= meanings.until_us) meanings = {changes, now_us + kKnownUs};
  const std::string_view wanted = name ? name->text : "";
  if (const auto found = meanings.known.find(wanted); found != meanings.known.end()) return found->second;
  Encoding encoding = name ? encoding_named(session, std::string(wanted)) : default_encoding(session);
  return meanings.known.emplace(wanted, std::move(encoding)).first->second;
}

std::vector<Encoding> named_encodings(Session& session) {
  std::vector<std::string> names = Encodings::names();
  try {
    for (auto q = session.query(kNames); q.step();)
      if (std::find(names.begin(), names.end(), q.text(0)) == names.end()) names.push_back(q.string(0));
  } catch (const NoSchema&) {
    // only what is built in
  }
  std::vector<Encoding> encodings;
  for (const std::string& name : names) encodings.push_back(encoding_named(session, name));
  return encodings;
}

}  // namespace agentinfra
