// The encoding that a caller means: encodings (tokens/encodings.hpp) as the settings of the file have them.
//
//   INSERT INTO settings (key, value, doc) VALUES ('encoding.mistral', 'o200k_base*1.15', 'Measured on our pages.');
//   SELECT token_count(body, 'mistral'), token_count(body, 'mistral*1.1') FROM pages;
//   UPDATE settings SET value = 'qwen2.5' WHERE key = 'encoding';             -- what is meant when none is named
//
// A setting encoding.NAME says what NAME stands for: an encoding that is built in or a path, with a factor or without.
// It goes before what is built in, so that what has been measured on one's own texts may replace a ratio of ours; what
// it names itself is always built in. A file without our schema has no settings: then o200k_base is meant.
//
// The index (index/repo_index.hpp) does not ask here: it counts in o200k_base whatever is set, so that a setting cannot
// make it stale.
#pragma once

#include <vector>

#include "repo/tokens/encodings.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

// Throws a sentence; where a setting is at fault it names the setting. The reference holds until the next call. What
// other connections set is seen within 10 ms.
const Encoding& encoding_of(Session& session, std::optional<Name> name);

// All that have a name.
std::vector<Encoding> named_encodings(Session& session);

}  // namespace agentinfra
