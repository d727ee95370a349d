// agentinfra init: makes the operations room: folder, file, schema. Or migrates an older one.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "command.hpp"
#include "database.hpp"
#include "options.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp = R"help(agentinfra init [--db FILE] [--json]

Creates the database or brings an older one up to date (a backup is made first): SELECT agentinfra_init().
The folder of the default path is created too; that of another path must exist. Safe to repeat.

  agentinfra init
  agentinfra init --db /srv/agents/agent_state.db

Exit codes: 0 ready, 1 failed, 2 wrong options.
)help";

/// mkdir -p with mode 0700, as the XDG specification wants it.
void make_folders(const std::string& file) {
  for (std::size_t slash = file.find('/', 1); slash != std::string::npos; slash = file.find('/', slash + 1)) {
    const std::string folder = file.substr(0, slash);
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      throw std::runtime_error("cannot create the folder " + folder + ": " + std::strerror(errno));
    }
  }
}

int execute(Invocation invocation) {
  bool json = false;
  Options options;
  options.text("--db", invocation.database).flag("--json", json);
  options.parse(invocation.arguments).none();

  const std::string path = database_path(invocation.database);
  if (path == default_database_path()) make_folders(path);
  umask(0077);  // agentinfra_init() sets 0600; not even for a moment should others read it
  const auto version = Database::create(path).integer("SELECT agentinfra_init()");
  const std::string schema = std::to_string(version.value_or(0));
  print(json ? "{\"db\":" + json_string(path) + ",\"schema\":" + schema + "}\n"
             : "agentinfra: " + path + " is ready (schema " + schema + ")\n");
  return kOk;
}

}  // namespace

const Command kInitCommand{"init", "create the database, or migrate an older one", kHelp, execute};

}  // namespace agentinfra::cli
