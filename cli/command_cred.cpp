// agentinfra cred: secrets for processes with no fingers, from a terminal and from pipes.
#include "command_cred.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "message.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp = R"help(agentinfra cred WORD … [--db FILE] [--json]

  add SERVICE USER         stores a secret: asked for twice without echo on a terminal, else all of standard input
                           but one line end at its end. USER may be '' where there is none. The first one makes the
                           key file, FILE.key: keep a copy of it apart from the backups of FILE
      --exact              standard input as it is, with its last line end
      --empty              an empty secret; nothing is read
      --url URL            part of the credential's name, and readable, as SERVICE and USER are
      --note FILE, --totp FILE
                           a note, a TOTP secret (base32 or otpauth://), read from FILE; '-': asked for on the terminal
      --expires WHEN       a date (2027-01-31, UTC) or a time from now ('+90 days'), after which it is not given out
  list [PATTERN]           service, user, url, version, dates; nothing secret. PATTERN is a GLOB of services
  get SERVICE [USER]       prints the secret and a line end, on a terminal as well: that is what get is for
      -n                   without the line end
      --json               {"username":…,"password":…,"url":…}
  totp SERVICE [USER]      prints the one-time password of this moment
  rm SERVICE [USER]        deletes a credential and all its versions, and says if something kept the bytes in the file
                           (get, totp and rm: --url URL where USER has several)
  import FILE              the CSV export of Chrome, Edge, Brave, Firefox, Apple, Bitwarden, 1Password, KeePassXC or
                           LastPass, known by its header; then FILE is overwritten and deleted, unless a row of it was
                           not stored. '-' is standard input. Copies in backups and spare blocks of an SSD remain
      --format NAME        read it as that: chrome, firefox, apple, bitwarden, 1password, keepassxc, lastpass, agentinfra
  rotate [--deep]          a new master key for everything; --deep encrypts everything anew
  passphrase               puts the key file under a passphrase, or another: asked for twice on a terminal, else all of
                           standard input but one line end at its end
      --remove             under none
  verify [HEAD]            is all as it was written: every secret, the whole audit? HEAD, of an earlier answer and kept
                           elsewhere: and does the audit still go through it?

For agents that must not read FILE themselves, a broker (docs/broker.md):
  grant AGENT PATTERN      lets AGENT ask for the services that match a GLOB; prints its token the first time
      --while-running      only while it has a live run
      --for SECONDS        no longer than that
      --uid USER           only from processes of the user of this number
  token AGENT              prints a new token; the old one is void
  revoke AGENT [PATTERN]   ends one grant, or all of them and the token
  serve [SOCKET]           answers at SOCKET until SIGTERM, for this user; SOCKET: else AGENTINFRA_CRED_SOCKET
      --group NAME         and for this group
      --ensure             sees to it that one answers there, in the background. For a crontab line
  fetch SERVICE [USER]     asks the broker, with the token in AGENTINFRA_CRED_TOKEN; prints the secret as get does
      --socket SOCKET      else AGENTINFRA_CRED_SOCKET

A key file under a passphrase: it is asked for on a terminal; else
  --passphrase-fd N        is read from this descriptor (every word but list and fetch; run --cred as well), or from the
                           file that AGENTINFRA_PASSPHRASE_FILE names: your own, 0600, no link. For cron and units

Secrets are never taken from the command line, where ps and the shell's history show them. For a command, better than
get: agentinfra run AGENT --cred GITHUB_TOKEN=github.com -- COMMAND

  agentinfra cred add github.com ada
  pass show github | head -1 | agentinfra cred add github.com ada --url https://github.com
  agentinfra cred import ~/Downloads/'Chrome Passwords.csv'
  printf 'Authorization: Bearer %s' "$(agentinfra cred get api.example.org)" | curl -H @- …

Exit codes: 0 done, 1 failed (no such credential; a row that failed; something is not as it was), 2 wrong options.
)help";

struct Word {
  std::string_view name;
  int (*execute)(CredInvocation invocation);
};

Database open_database(const Invocation& invocation) {
  Database database = Database::open(database_path(invocation.database));
  database.leave_checkpoint_to_others();
  database.wait_when_busy();
  return database;
}

int list(CredInvocation invocation) {
  bool json = false;
  Options options;
  options.text("--db", invocation.database).flag("--json", json);
  const Words words = options.parse(invocation.arguments);
  if (words.before.size() > 1) throw UsageError("list takes one PATTERN, got also '" + words.before[1] + "'");
  const std::string pattern = words.before.empty() ? "*" : words.before[0];
  Database database = open_database(invocation);
  const Statement statement = database.prepare(
      "SELECT service, username, url, version, strftime('%Y-%m-%dT%H:%M:%SZ', updated_ms / 1000, 'unixepoch') AS "
      "updated,"
      " strftime('%Y-%m-%dT%H:%M:%SZ', expires_ms / 1000, 'unixepoch') AS expires"
      " FROM credentials WHERE service GLOB :pattern ORDER BY service, username, url",
      {{"pattern", pattern}});
  bool more = database.step(statement.get());
  if (!more && !json) {
    print(words.before.empty() ? "there are no credentials\n" : "no service is like '" + pattern + "'\n");
    return kOk;
  }
  Renderer renderer(json ? Format::kJson : Format::kBox, true);
  renderer.begin(statement.get());
  for (; more; more = database.step(statement.get())) renderer.row(statement.get());
  renderer.end();
  return kOk;
}

/// One step: there is a row, and it is not NULL.
void require_found(Database& database, sqlite3_stmt* answer, const CredentialName& name) {
  if (database.step(answer) && sqlite3_column_type(answer, 0) != SQLITE_NULL) return;
  throw DatabaseError(SQLITE_NOTFOUND, "there is no credential " + name.shown());
}

/// get, totp and rm: which credential, and how the answer is wanted.
struct Question {
  CredentialName name;
  std::string url;  // empty: whatever it is
  bool json = false, exact = false;

  Question(CredInvocation& invocation, bool has_exact) {
    Options options;
    invocation.add_options(options);
    options.text("--url", url).flag("--json", json);
    if (has_exact) options.flag("-n", exact);
    name = CredentialName::of(options.parse(invocation.arguments));
  }

  Statement ask(Database& database, const char* sql) const {
    return database.prepare(sql, {{"service", name.service}, {"username", text_or_null(name.username)}, {"url", url}});
  }
};

/// Past every buffer that nobody would wipe.
void print_secret(Database& database, sqlite3_stmt* answer, const Question& question) {
  require_found(database, answer, question.name);
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(answer, 0));
  const std::string_view secret(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(answer, 0)));
  write_secret(secret, question.exact);
}

int get(CredInvocation invocation) {
  const Question question(invocation, true);
  Database database = open_for_credentials(invocation);
  const Statement answer =
      question.ask(database, question.json ? "SELECT cred_json(:service, :username, nullif(:url, ''))"
                                           : "SELECT cred_get(:service, :username, nullif(:url, ''))");
  print_secret(database, answer.get(), question);
  return kOk;
}

int totp(CredInvocation invocation) {
  const Question question(invocation, false);
  Database database = open_for_credentials(invocation);
  const Statement answer = question.ask(
      database, question.json ? "SELECT '{\"totp\":\"' || cred_totp(:service, :username, nullif(:url, '')) || '\"}'"
                              : "SELECT cred_totp(:service, :username, nullif(:url, ''))");
  print_secret(database, answer.get(), question);
  return kOk;
}

/// What a verb says as JSON: as it is, or a line for each thing that it says.
void print_report(Database& database, const std::string& report, bool json) {
  if (json) return print(report + "\n");
  const Statement members = database.prepare(
      "SELECT member.key || ': ' || CASE member.type WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no'"
      "   WHEN 'array' THEN element.value ELSE member.value END"
      " FROM json_each(:report) AS member"
      " LEFT JOIN json_each(iif(member.type = 'array', member.value, '[]')) AS element"
      " WHERE member.type <> 'null' AND (member.type <> 'array' OR element.value IS NOT NULL)",
      {{"report", report}});
  while (database.step(members.get())) {
    print(std::string(reinterpret_cast<const char*>(sqlite3_column_text(members.get(), 0))) + "\n");
  }
}

int remove(CredInvocation invocation) {
  const Question question(invocation, false);
  Database database = open_for_credentials(invocation);
  const Statement answer = question.ask(database, "SELECT cred_delete(:service, :username, nullif(:url, ''))");
  require_found(database, answer.get(), question.name);
  const std::string report = reinterpret_cast<const char*>(sqlite3_column_text(answer.get(), 0));
  print_report(database, report, question.json);
  return kOk;
}

int rotate(CredInvocation invocation) {
  bool json = false, deep = false;
  Options options;
  invocation.add_options(options);
  options.flag("--json", json).flag("--deep", deep);
  options.parse(invocation.arguments).none();
  Database database = open_for_credentials(invocation);
  const Cell report = database.text(deep ? "SELECT cred_rotate('deep')" : "SELECT cred_rotate()");
  print_report(database, report.value_or("{}"), json);
  return kOk;
}

int verify(CredInvocation invocation) {
  bool json = false;
  Options options;
  invocation.add_options(options);
  const Words words = options.flag("--json", json).parse(invocation.arguments);
  const std::string head = words.before.empty() ? "" : words.only("HEAD");
  Database database = open_for_credentials(invocation);
  const std::string report = database.text("SELECT cred_verify(nullif(:head, ''))", {{"head", head}}).value_or("{}");
  print_report(database, report, json);
  return database.integer("SELECT json_extract(:report, '$.ok')", {{"report", report}}) == 1 ? kOk : kFailed;
}

constexpr std::array kWords{Word{"add", cred_add},
                            Word{"list", list},
                            Word{"get", get},
                            Word{"totp", totp},
                            Word{"rm", remove},
                            Word{"import", cred_import},
                            Word{"rotate", rotate},
                            Word{"verify", verify},
                            Word{"grant", cred_grant},
                            Word{"token", cred_token},
                            Word{"revoke", cred_revoke},
                            Word{"serve", cred_serve},
                            Word{"fetch", cred_fetch},
                            Word{"passphrase", cred_passphrase}};

int execute(Invocation invocation) {
  std::string names;
  for (const Word& word : kWords) names += (names.empty() ? "" : ", ") + std::string(word.name);
  if (invocation.arguments.empty()) throw UsageError("one of these must follow: " + names);
  const std::string first = invocation.arguments.front();
  for (const Word& word : kWords) {
    if (word.name != first) continue;
    invocation.arguments.erase(invocation.arguments.begin());
    return word.execute({std::move(invocation), PassphraseSource()});
  }
  throw UsageError("there is no cred '" + first + "'; there are " + names);
}

}  // namespace

CredentialName CredentialName::of(const Words& words) {
  if (words.after) throw UsageError("starts nothing: there must be no --");
  if (words.before.empty() || words.before[0].empty()) throw UsageError("SERVICE is missing");
  if (words.before.size() > 2) throw UsageError("takes SERVICE and USER, got also '" + words.before[2] + "'");
  CredentialName name{words.before[0], std::nullopt};
  if (words.before.size() == 2) name.username = words.before[1];
  return name;
}

std::string CredentialName::shown() const {
  return "'" + service + (username && !username->empty() ? "/" + *username : "") + "'";
}

Database open_for_credentials(const CredInvocation& invocation) {
  Database database = open_database(invocation);
  invocation.passphrase.unlock(database);
  return database;
}

void write_secret(std::string_view secret, bool exact) {
  for (std::string_view rest : {secret, std::string_view(exact ? "" : "\n")}) {
    while (!rest.empty()) {
      const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw std::runtime_error(std::string("stdout: ") + std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

const Command kCredCommand{"cred", "secrets: add, list, get, import, rotate … (run --cred hands them over)", kHelp,
                           execute};

}  // namespace agentinfra::cli
