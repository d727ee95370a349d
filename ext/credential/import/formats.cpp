#include "credential/import/formats.hpp"

#include <algorithm>
#include <iterator>

namespace agentinfra {
namespace {

// What tells the exports apart. Who has more of its own stands first: the columns of some are among those of others.
struct Known {
  std::string_view format;
  std::array<std::string_view, 7> columns;
};
constexpr Known kKnown[] = {
    {"firefox", {"url", "username", "password", "httprealm", "formactionorigin"}},
    {"bitwarden", {"type", "name", "login_uri", "login_username", "login_password"}},
    {"keepassxc", {"group", "title", "username", "password", "url"}},
    {"lastpass", {"url", "username", "password", "extra", "name", "grouping"}},
    {"1password", {"title", "username", "password", "favorite", "archived", "tags"}},
    {"apple", {"title", "url", "username", "password"}},
    {"chrome", {"name", "url", "username", "password"}},
    {"chrome", {"origin_url", "username_value", "password_value"}},  // before 2018
    {"agentinfra", {"service", "username", "password"}},             // what our own exporters write
};

constexpr std::string_view kFirefoxsOwn = "is Firefox's own, not a login";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// `name` is lower case.
bool is(std::string_view text, std::string_view name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) { return lower(a) == b; });
}

bool has(std::span<const std::string_view> header, std::string_view name) {
  return std::any_of(header.begin(), header.end(), [&](std::string_view column) { return is(column, name); });
}

// Nothing where it is none of them.
const Known* known_by(std::span<const std::string_view> header) {
  const auto fits = [&](const Known& known) {
    return std::all_of(known.columns.begin(), known.columns.end(),
                       [&](std::string_view column) { return column.empty() || has(header, column); });
  };
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown), fits);
  return known == std::end(kKnown) ? nullptr : known;
}

std::string known_names() {
  std::string names;
  for (const Known& known : kKnown) {
    if (names.ends_with(known.format)) continue;
    names += (names.empty() ? "" : ", ") + std::string(known.format);
  }
  return names;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

// Bitwarden joins the URIs of an item with commas, which URIs may have themselves: only before a scheme it is one.
size_t end_of_first_uri(std::string_view uris) {
  for (size_t comma = uris.find(','); comma != uris.npos; comma = uris.find(',', comma + 1)) {
    std::string_view next = uris.substr(comma + 1);
    next = next.substr(0, next.find(','));
    const std::string_view scheme = next.substr(0, next.find("://"));
    if (scheme.size() < next.size() && scheme.find_first_of("/?#@ ") == scheme.npos) return comma;
  }
  return uris.size();
}

// Apple's titles are "github.com (ada)" where nobody has chosen another.
std::string_view without_user(std::string_view title, std::string_view username) {
  const size_t added = username.size() + 3;
  const bool has_user = !username.empty() && title.size() > added && title.ends_with(')') &&
                        title.substr(title.size() - added).starts_with(" (") &&
                        title.substr(title.size() - added + 2).starts_with(username);
  return has_user ? title.substr(0, title.size() - added) : title;
}

bool has_entity(std::string_view text) {
  constexpr std::string_view kEntities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  return std::any_of(std::begin(kEntities), std::end(kEntities),
                     [&](std::string_view entity) { return text.find(entity) != text.npos; });
}

bool has_password(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == url.npos) return false;
  const std::string_view authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
  const size_t at = authority.rfind('@');
  return at != authority.npos && authority.substr(0, at).find(':') != authority.npos;
}

void add_line(Secret& note, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  if (!note.empty()) note.append("\n");
  note.append(label);
  note.append(text);
}

}  // namespace

constexpr ExportFormat::Column ExportFormat::kColumns[] = {
    {"service", kService},
    {"name", kService},
    {"title", kService},
    {"url", kUrl},
    {"website", kUrl},
    {"login_uri", kUrl},
    {"origin_url", kUrl},
    {"username", kUsername},
    {"login_username", kUsername},
    {"username_value", kUsername},
    {"password", kPassword},
    {"login_password", kPassword},
    {"password_value", kPassword},
    {"totp", kTotp},
    {"login_totp", kTotp},
    {"otpauth", kTotp},
    {"note", kNote},
    {"notes", kNote},
    {"extra", kNote},
    {"type", kType},
    {"fields", kFields},
    // what somebody has written
    {"httprealm", kIntoNote},
    {"formactionorigin", kIntoNote},
    {"folder", kIntoNote},
    {"collections", kIntoNote},
    {"archiveddate", kIntoNote},
    {"archived", kIntoNote},
    {"tags", kIntoNote},
    {"group", kIntoNote},
    {"grouping", kIntoNote},
    // what programs made for themselves
    {"guid", kLeftOut},
    {"timecreated", kLeftOut},
    {"timelastused", kLeftOut},
    {"timepasswordchanged", kLeftOut},
    {"favorite", kLeftOut},
    {"reprompt", kLeftOut},
    {"icon", kLeftOut},
    {"last modified", kLeftOut},
    {"created", kLeftOut},
    {"fav", kLeftOut},
};

std::string_view host_of(std::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const size_t user = url.rfind('@'); user != url.npos) url.remove_prefix(user + 1);
  return url;
}

ExportFormat ExportFormat::detect(std::span<const std::string_view> header) {
  if (const Known* known = known_by(header)) return ExportFormat(known->format, header);
  throw CsvError("its first line is the header of none of these: " + known_names());
}

ExportFormat ExportFormat::named(std::string_view name, std::span<const std::string_view> header) {
  const auto* known =
      std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& one) { return one.format == name; });
  if (known == std::end(kKnown)) throw CsvError("format must be one of " + known_names());
  const Known* const other = known_by(header);
  if (other != nullptr && other->format != name)
    throw CsvError("its first line is the header of " + std::string(other->format) + ", not of " +
                   std::string(known->format));
  return ExportFormat(known->format, header);
}

ExportFormat::ExportFormat(std::string_view name, std::span<const std::string_view> header)
    : name_(name), width_(header.size()) {
  for (size_t i = 0; i < header.size(); i++) {
    const auto* column = std::find_if(std::begin(kColumns), std::end(kColumns),
                                      [&](const Column& known) { return is(header[i], known.name); });
    if (column == std::end(kColumns)) {
      unknown_.push_back(i);
    } else if (column->role == kIntoNote) {
      into_note_.push_back({column->name, i});
    } else if (column->role != kLeftOut) {
      if (at_[column->role])
        throw CsvError("it has two columns for the same, one of them " + std::string(column->name));
      at_[column->role] = i;
    }
  }
  if (!at_[kPassword] || (!at_[kService] && !at_[kUrl]))
    throw CsvError("its first line is no header with a password, and a name or a url");
}

std::string_view ExportFormat::get(const CsvReader& record, Role role) const {
  return at_[role] ? record.fields()[*at_[role]] : std::string_view();
}

ExportRow ExportFormat::read(const CsvReader& record) const {
  ExportRow row;
  row.line = record.line();
  if (!record.fault().empty()) {
    row.verdict = ExportRow::failed;
    row.reason = record.fault();
  } else if (record.fields().size() != width_) {
    row.verdict = ExportRow::failed;
    row.reason =
        record.fields().size() < width_ ? "has fewer fields than the header" : "has more fields than the header";
  } else {
    read_login(record, row);
  }
  return row;
}

void ExportFormat::read_login(const CsvReader& record, ExportRow& row) const {
  row.service = get(record, kService);
  row.username = get(record, kUsername);
  row.url = get(record, kUrl);
  row.password = get(record, kPassword);
  row.totp = get(record, kTotp);
  read_note(record, row);
  if (name_ == "apple") row.service = without_user(row.service, row.username);
  if (is_blank(row.service)) row.service = host_of(row.url);
  row.reason = reason_to_skip(record, row);
  if (row.reason.empty()) return read_labels(record, row), warn(record, row);
  row.verdict = ExportRow::skipped;
  row.holds_more = row.reason != kFirefoxsOwn && !(row.password.empty() && row.totp.empty() && row.note.empty());
}

void ExportFormat::read_note(const CsvReader& record, ExportRow& row) const {
  add_line(row.note, "", get(record, kNote));
  add_line(row.note, "", get(record, kFields));
  if (name_ != "bitwarden") return;
  const std::string_view uris = row.url;
  row.url = uris.substr(0, end_of_first_uri(uris));
  if (row.url.size() < uris.size()) add_line(row.note, "further URIs: ", uris.substr(row.url.size() + 1));
}

// "group: Root/Mail". Not what says nothing: KeePassXC's root, which every entry is in, and a form's own origin.
void ExportFormat::read_labels(const CsvReader& record, ExportRow& row) const {
  for (const auto& [column, at] : into_note_) {
    const std::string_view text = record.fields()[at];
    const bool is_root = column == "group" && text.find('/') == text.npos;
    const bool is_origin = column == "formactionorigin" && row.url.starts_with(text);
    if (is_root || is_origin || is(text, "false")) continue;
    add_line(row.note, std::string(column == "httprealm" ? "realm" : column) + ": ", text);
    if (column == "group" && text.find("/Recycle Bin") != text.npos)
      row.warnings.push_back("lies in the recycle bin, and is imported all the same");
  }
}

std::string_view ExportFormat::reason_to_skip(const CsvReader& record, const ExportRow& row) const {
  const std::string_view type = get(record, kType);
  if (name_ == "bitwarden" && type != "login") return "is not a login, but a note, a card or an identity";
  if (name_ == "lastpass" && row.url == "http://sn") return "is not a login, but a secure note";
  if (name_ == "lastpass" && row.url == "http://group") return "is a folder";
  if (name_ == "firefox" && row.url.starts_with("chrome://FirefoxAccounts")) return kFirefoxsOwn;
  if (row.password.empty()) return "has no password";
  if (is_blank(row.service)) return "has no name and no url";
  return {};
}

void ExportFormat::warn(const CsvReader& record, ExportRow& row) const {
  row.holds_more = std::any_of(unknown_.begin(), unknown_.end(), [&](size_t i) { return !record.fields()[i].empty(); });
  if (row.holds_more) row.warnings.push_back("has something in a column that is not known, and that is not stored");
  if (name_ == "lastpass" && (has_entity(row.password) || has_entity(row.username) || has_entity(row.note.view())))
    row.warnings.push_back("has an entity like &amp;, which may have been a single character: stored as it stands");
  if (has_password(row.url)) row.warnings.push_back("has a password inside its url, and urls are stored readable");
}

}  // namespace agentinfra
