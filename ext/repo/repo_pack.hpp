// Packs (pack/pack.hpp), as SQL.
//
//   SELECT path, mode, tokens, reason FROM repo_pack('.', 8000, 'lock leases');
//   SELECT repo_pack_text('.', 40000, 'xml');            -- ends with the pack's name: 738291645028374
//   SELECT repo_pack_delta('.', '738291645028374');                -- later: what has changed, to be appended; NULL:
//   nothing
//
// Texts are remembered in table repo_packs under their names: what they told of which file. A delta is a pack as well,
// and the next one is asked for by its name.
//
// History is read once for each commit: the verbs keep it in table repo_histories (known_history.hpp).
#pragma once

#include "repo/folder.hpp"
#include "sqlite/table_function.hpp"

namespace agentinfra {

// In tokens.
struct Budget {
  int64_t tokens;
};

template <>
struct From<Budget> {
  static Budget get(const Argument& a);
};

std::unique_ptr<Rows> repo_pack(Call& call, Folder root, std::optional<Budget> budget,
                                std::optional<std::string_view> query, std::optional<Name> encoding);
Value repo_pack_text(Call& call, Folder root, std::optional<Budget> budget, std::optional<Name> format,
                     std::optional<std::string_view> query, std::optional<Name> encoding);
Value repo_pack_delta(Call& call, Folder root, Name since_pack_id, std::optional<Budget> budget);

inline constexpr char kRepoPackColumns[] =
    "rank INTEGER, path TEXT, score REAL, tokens INTEGER, mode TEXT, reason TEXT, hash TEXT, content TEXT, "
    "redacted INTEGER, estimated INTEGER";

}  // namespace agentinfra
