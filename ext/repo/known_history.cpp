#include "repo/known_history.hpp"

#include <map>

#include "os/file.hpp"
#include "repo/folder.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr const char* kFind = "SELECT files FROM main.repo_histories WHERE root = :root AND head = :head";

constexpr const char* kKeep =
    "INSERT INTO main.repo_histories (root, head, files, read_ms) VALUES (:root, :head, :files, :now_ms)"
    " ON CONFLICT (root) DO UPDATE SET head = excluded.head, files = excluded.files, read_ms = excluded.read_ms";

struct Known {
  History history;
  bool on_record;
};

// By folder.
struct Histories {
  std::map<std::string, Known> known;
};

std::optional<History> find_on_record(Session& session, const std::string& folder, const std::string& head) try {
  const Value root = text_or_blob(folder);
  auto q = session.query(kFind);
  q.bind(root, head);
  if (!q.step()) return std::nullopt;
  return History::from_bytes(head, q.blob(0));
} catch (const SqlError& error) {
  if (error.code() == SQLITE_INTERRUPT || error.code() == SQLITE_NOMEM) throw;
  return std::nullopt;  // it would only have saved time
}

Known read(Session& session, const std::string& folder, const Head& head) {
  if (!head.commit.empty())
    if (auto found = find_on_record(session, folder, head.name())) return {std::move(*found), true};
  return {History::read(folder, head), false};
}

}  // namespace

const History& history_of(Session& session, const std::string& root) {
  const std::string folder = real_path(root);
  const Head head = find_head(folder);
  auto& known = session.kept<Histories>().known;
  const auto found = known.find(folder);
  if (!head.commit.empty() && found != known.end() && found->second.history.head == head.name())
    return found->second.history;
  return known.insert_or_assign(folder, read(session, folder, head)).first->second.history;
}

void keep_history(Call& call, const std::string& root) {
  const std::string folder = real_path(root);
  auto& known = call.session.kept<Histories>().known;
  const auto found = known.find(folder);
  if (found == known.end() || found->second.on_record || found->second.history.head.empty()) return;
  const History& history = found->second.history;
  const Value key = text_or_blob(folder);
  const Value files = Blob{history.to_bytes()};
  call.session.patiently(
      [&] { call.session.query(kKeep).bind(key, std::string_view(history.head), files, now_ms(call)).run(); });
  found->second.on_record = true;
}

}  // namespace agentinfra
