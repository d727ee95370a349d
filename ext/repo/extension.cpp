// Repo: what of a repository goes into a prompt, and how much of the prompt it takes.
#include "repo/index/forget.hpp"
#include "repo/index/refresh.hpp"
#include "repo/index/search.hpp"
#include "repo/repo_files.hpp"
#include "repo/repo_pack.hpp"
#include "repo/token_count.hpp"
#include "rooms.hpp"

namespace agentinfra {
namespace {

constexpr Verb kVerbs[] = {
    verb<repo_pack_text>(
        "repo_pack_text", "root, budget, format, query, encoding", Level::daily, Kind::steps,
        "The text of a pack, as markdown (the default), xml or json, of at most budget tokens in all; its last line "
        "has the pack's name, under which it is remembered. budget NULL: setting repo_budget less repo_reserve."),
    verb<repo_pack_delta>(
        "repo_pack_delta", "root, since_pack_id, budget", Level::daily, Kind::steps,
        "What has changed since a pack, to be appended to its text: files that are new in it, have changed, or are "
        "gone. It is a pack itself, to be continued by its own name. budget: of this text; NULL: a quarter of the "
        "pack's. NULL when nothing has changed."),
    verb<token_count>(
        "token_count", "text, encoding", Level::daily, Kind::read,
        "How many tokens a text (or a BLOB: a file as it is) has for a model: 'o200k_base', 'cl100k_base', 'qwen2.5', "
        "the path of a byte-level tokenizer.json, 'llama3' by ratio, any of them with a factor ('o200k_base*1.1'), a "
        "name that a setting encoding.NAME gives to one of these, or 'estimate'. The default is the setting encoding. "
        "Exact where token_encodings says so. NULL for NULL."),
    verb<repo_index>(
        "repo_index", "root", Level::daily, Kind::steps,
        "Brings the index of a folder up to date, for repo_search: reads what has changed since the last time, without "
        "what is ignored, pruned or binary, and keeps its text without secrets, in passages. Returns what it found, as "
        "JSON. Not in a transaction; interrupted, it goes on the next time from where it was. Needs SQLite's FTS5."),
    verb<repo_forget>(
        "repo_forget", "root", Level::expert, Kind::steps,
        "Drops what is kept of a folder, its index and its history, and returns how many files were in the index: "
        "before "
        "a repo_index that is to read all of them again, or when nobody will ask again. Not in a transaction; "
        "interrupted, it goes on the next time. agentinfra_prune drops indexes of folders that are gone."),
};

constexpr TableFunction kTables[] = {
    table_function<repo_pack>(
        "repo_pack", kRepoPackColumns, "root, budget, query, encoding", Level::daily,
        "What matters of a folder, within budget tokens: first the files that go into repo_pack_text's markdown, in "
        "its order, then every file that does not, with the reason. Guidance has score 0, manifests and entry points "
        "10 to 19, recently changed sources 20 to 30; past 50 nothing is packed. query: words that matter more. "
        "mode: full, outline, head (and tail), omitted. redacted: secrets taken out. estimated: 1 where tokens are no "
        "exact count (see token_encodings); they are then taken for as many more as the margin says."),
    table_function<repo_files>(
        "repo_files", kRepoFilesColumns, "root", Level::more,
        "One row for each file below a folder, in the order of their paths, read without git: what is tracked (NULL "
        "without a repository), what git ignores (ignored_by is file:line:pattern), what is noise anyway or holds "
        "credentials by its name (pruned_by), what could not be read (error). A folder that is ignored, pruned, "
        "unreadable or another repository is one row "
        "and is not gone into. Kinds: source, doc, config, data, generated, binary, other; link, directory, "
        "repository, special. A path that is no UTF-8 is a blob."),
    table_function<repo_search>(
        "repo_search", kRepoSearchColumns, "root, query, budget", Level::daily,
        "Passages of a folder that repo_index has seen, which have words of the query in them, the best first (a lower "
        "score is better), no more than budget tokens (the setting search_budget) together. The query is plain words. "
        "tokens: of o200k_base, with a line 'path:first_line-last_line' in front of the content. stale: 1 when the "
        "file has changed since it was indexed or is gone; NULL "
        "when it cannot be told."),
    table_function<token_encodings>(
        "token_encodings", kTokenEncodingsColumns, "encoding", Level::more,
        "What token_count can count, or the encoding named: whether exactly, within which margin 19 counts of 20 lie "
        "(NULL: nobody has measured it), how many tokens the vocabulary has, and where it comes from: the setting, the "
        "file, or why there is none."),
};

}  // namespace

const Room kRepoRoom = {"repo", kVerbs, kTables};

}  // namespace agentinfra
