// context.hpp: what `--context ROOT:BUDGET` gives an agent: a pack of the folder ROOT in at most BUDGET tokens
// (repo_pack_text), and below it the lines of run_prompt(). What is new in every run stands last: models' caches keep
// what prompts begin with.
//
//   const PackOrder order = parse_pack_order("/srv/site:40000");             // a UsageError: exit 2
//   const std::string text = with_pack("hook", database_path, order, lines); // never throws: without a pack, the lines
//   const auto file = ContextFile::write("run", text);                       // nothing where it cannot be written
//
// The file is its owner's alone (0600, in a folder of its own with 0700, below $XDG_RUNTIME_DIR, else /tmp): a pack may
// hold what is nobody else's business. It goes when the ContextFile does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra::cli {

struct PackOrder {
  std::string root;
  std::int64_t budget;
};

/// The last colon divides: a folder's name may have some.
PackOrder parse_pack_order(const std::string& value);

/// The pack and `prompt`. A pack that fails is said, `about` whom, and changes nothing else.
std::string with_pack(std::string_view about, const std::string& database, const PackOrder& order,
                      const std::string& prompt);

class ContextFile {
 public:
  /// Says why when there is none.
  static std::optional<ContextFile> write(std::string_view about, std::string_view text);
  ContextFile(ContextFile&& other) noexcept;
  ContextFile& operator=(ContextFile&&) = delete;
  ~ContextFile() { remove(); }

  std::string path() const;
  /// For the Guardian: where we are killed, somebody else does it.
  void remove() const;

 private:
  explicit ContextFile(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;  // empty once it is another's
};

}  // namespace agentinfra::cli
