#include "generate.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "git.hpp"

namespace oracle {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kNames = {
    "a",        "b",     "ab",     "abc", "foo", "Foo",  "foobar", "bar",  "foo.c", "bar.c",        "x.o",
    "lib",      "a b",   "trail ", "#x",  "!x",  "\\x",  "[a]",    "*",    "a\nb",  "q?",           "\xff\xfe",
    "\xc3\xa9", ".x",    "a-c",    "-",   "]",   "data", "tab\t",  "cr\r", "build", "node_modules", "1",
    "Z9_",      "a.b.c", "...",    "v\v"};

const std::vector<std::string> kClasses = {"alnum", "alpha", "blank", "cntrl", "digit",  "graph",    "lower",
                                           "print", "punct", "space", "upper", "xdigit", "nonsense", ""};

std::string escaped(const std::string& name, Dice& dice) {
  std::string out;
  for (const char c : name) {
    if (c == '\n') return "a?b";  // no rule can spell it
    const bool special = std::string("*?[\\#! ").find(c) != std::string::npos;
    if (special ? !dice.one_in(4) : dice.one_in(12)) out += '\\';
    out += c;
  }
  return out;
}

std::string bracket(Dice& dice, char c) {
  std::string out = "[";
  if (dice.one_in(3)) out += dice.one_in(2) ? "!" : "^";
  for (size_t members = 1 + dice.below(3); members > 0; members--) {
    switch (dice.below(8)) {
      case 0: out += "[:" + dice.pick(kClasses) + ":]"; break;
      case 1:
        out += std::string(1, static_cast<char>('A' + dice.below(40))) + "-" + static_cast<char>('P' + dice.below(40));
        break;
      case 2: out += dice.one_in(2) ? "a-c" : "A-C"; break;
      case 5: out += "a-b-"; break;  // the second dash is a dash
      case 3: out += std::string("\\") + c; break;
      case 4: out += std::string(1, "]-[:!^/\\,"[dice.below(9)]); break;
      default: out += c;
    }
  }
  return dice.one_in(12) ? out : out + "]";
}

// A name with something of it made wild.
std::string component(Dice& dice, const std::string& name) {
  switch (dice.below(10)) {
    case 0: return "*";
    case 1: return dice.one_in(3) ? "***" : "**";
    case 2: return name.substr(0, dice.below(name.size() + 1)) + dice.pick<std::string>({"*", "*", "**", "***"});
    case 3: return "*" + name.substr(dice.below(name.size() + 1));
    case 4: {
      const size_t at = dice.below(name.size());
      return name.substr(0, at) + bracket(dice, name[at]) + name.substr(at + 1);
    }
    case 5: {
      const size_t at = dice.below(name.size());
      return name.substr(0, at) + "?" + name.substr(at + 1);
    }
    case 6: return "*" + name.substr(name.size() / 2) + "*";
    default: return escaped(name, dice);
  }
}

// Bytes that mean something, in any order.
std::string noise(Dice& dice) {
  constexpr char kMeaning[] = "ab*?[]!-^\\/ .#:c\t1";
  std::string out;
  for (size_t length = 1 + dice.below(9); length > 0; length--) out += kMeaning[dice.below(sizeof kMeaning - 1)];
  return out;
}

// A path of the tree, or one that is likely to be in it, made wild. `paths` are relative to the folder of the rule.
std::string rule(Dice& dice, const std::vector<std::string>& paths) {
  if (dice.one_in(8)) return noise(dice);
  std::vector<std::string> names;
  if (!paths.empty() && dice.one_in(2)) {
    names = split(dice.pick(paths), '/');
    names.erase(names.begin(), names.begin() + static_cast<ptrdiff_t>(dice.below(names.size())));
  } else {
    for (size_t components = 1 + (dice.one_in(2) ? dice.below(3) : 0); components > 0; components--)
      names.push_back(dice.pick(kNames));
  }
  std::string line = dice.one_in(4) ? "!" : "";
  if (dice.one_in(4)) line += "/";
  for (size_t i = 0; i < names.size(); i++) {
    if (i > 0) line += dice.one_in(12) ? dice.pick<std::string>({"\\/", "?", "[/]", "[!a]", "[.-0]", "*"}) : "/";
    line += dice.one_in(5) ? dice.pick<std::string>({"**/", "**\\/", "***/"}) : "";
    line += component(dice, names[i]);
  }
  if (dice.one_in(3)) line += "/";
  if (dice.one_in(8)) line += dice.one_in(2) ? "/**" : "/*";
  if (dice.one_in(10)) line += std::string(1 + dice.below(3), ' ');
  if (dice.one_in(16)) line += "\\ ";
  if (dice.one_in(30)) line += "\\";
  return line;
}

std::string rules(Dice& dice, size_t most, const std::vector<std::string>& paths) {
  std::string text = dice.one_in(8) ? "\xEF\xBB\xBF" : "";
  const bool carriage_returns = dice.one_in(6);
  for (size_t lines = dice.below(most + 1); lines > 0; lines--) {
    std::string line = rule(dice, paths);
    if (dice.one_in(12)) line = dice.one_in(2) ? "# " + line : "";
    text += line + (carriage_returns && !dice.one_in(4) ? "\r\n" : "\n");
  }
  if (dice.one_in(20)) text += std::string("foo\0.c\n", 7);
  if (dice.one_in(4) && !text.empty()) text.pop_back();
  return text;
}

void make_repository(const std::string& folder) { run(folder, {"git", "init", "-q"}); }

}  // namespace

Scene::Scene(std::string folder) : folder_(std::move(folder)), top_(folder_ + "/top") {
  for (const char* part : {"/top", "/home", "/xdg/git"}) fs::create_directories(folder_ + part);
  make_repository(top_);
}

void Scene::new_tree(Dice& dice) {
  for (const auto& entry : fs::directory_iterator(top_))
    if (entry.path().filename() != ".git") fs::remove_all(entry.path());
  fs::remove(top_ + "/.git/index");
  folders_ = {top_};
  files_.clear();
  rule_files_.clear();
  for (size_t i = 0; i < 24; i++) {
    const std::string path = dice.pick(folders_) + "/" + dice.pick(kNames);
    if (fs::create_directory(path)) folders_.push_back(path);
  }
  for (size_t i = 0; i < 110; i++) {
    const std::string path = dice.pick(folders_) + "/" + dice.pick(kNames);
    if (fs::exists(fs::symlink_status(path))) continue;
    if (dice.one_in(20))
      fs::create_symlink(dice.one_in(2) ? "." : "nowhere", path);
    else if (dice.one_in(40))
      mkfifo(path.c_str(), 0600);
    else
      std::ofstream(path) << "x";
    files_.push_back(path);
  }
  if (dice.one_in(3)) {  // a repository within, and what looks like one
    const std::string& at = dice.pick(folders_);
    if (at != top_) make_repository(at);
    const std::string& other = dice.pick(folders_);
    if (other != top_ && !fs::exists(other + "/.git")) std::ofstream(other + "/.git") << "gitdir: nowhere\n";
  }
}

void Scene::new_rules(Dice& dice) {
  for (const auto& path : rule_files_) fs::remove(path);
  rule_files_.clear();
  write_rules(top_ + "/.gitignore", rules(dice, 14, below(top_)));
  for (size_t i = dice.below(5); i > 0; i--) {
    const std::string path = dice.pick(folders_) + "/.gitignore";
    if (!fs::exists(fs::symlink_status(path)))
      write_rules(path, rules(dice, 6, below(path.substr(0, path.rfind('/')))));
  }
  if (dice.one_in(12)) {  // a link, which git refuses
    const std::string path = dice.pick(folders_) + "/.gitignore";
    if (!fs::exists(fs::symlink_status(path))) fs::create_symlink("../.gitignore", path), rule_files_.push_back(path);
  }
  if (dice.one_in(2)) write_rules(top_ + "/.git/info/exclude", rules(dice, 5, below(top_)));
  if (dice.one_in(2)) write_rules(folder_ + "/xdg/git/ignore", rules(dice, 5, below(top_)));
  std::string config = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
  folds_case_ = dice.one_in(6);
  if (folds_case_) config += "\tIgnoreCase\n";
  if (dice.one_in(3)) {
    config += "[CORE] excludesFile = \"~/my ignore\" ; mine\n";
    write_rules(folder_ + "/home/my ignore", rules(dice, 5, below(top_)));
  }
  std::ofstream(top_ + "/.git/config") << config;
}

void Scene::new_index(Dice& dice) {
  fs::remove(top_ + "/.git/index");
  if (dice.one_in(2)) return;
  std::string input;
  for (const auto& path : files_)
    if (dice.one_in(4) && !fs::is_fifo(fs::symlink_status(path))) input += path.substr(top_.size() + 1) + '\0';
  run(top_, {"git", "update-index", "--add", "-z", "--index-version", dice.one_in(2) ? "2" : "4", "--stdin"}, input);
  if (dice.one_in(10)) run(top_, {"git", "update-index", "--split-index"});
}

std::vector<std::string> Scene::below(const std::string& folder) const {
  std::vector<std::string> paths;
  for (const auto& path : files_)
    if (path.starts_with(folder + "/")) paths.push_back(path.substr(folder.size() + 1));
  return paths;
}

void Scene::write_rules(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  rule_files_.push_back(path);
}

std::string Scene::rules_for_people() const {
  std::ostringstream out;
  for (const auto& path : rule_files_) {
    std::ifstream file(path, std::ios::binary);
    out << path.substr(folder_.size()) << ":\n";
    for (std::string line; std::getline(file, line);) out << "    " << visible(line) << "\n";
  }
  return out.str();
}

}  // namespace oracle
