#include "parser.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "condition.hpp"
#include "literal.hpp"

namespace agentinfra::slt {
namespace {

constexpr std::size_t kAny = SIZE_MAX;  // words
constexpr std::int64_t kMaxTurns = 1'000'000;
constexpr std::int64_t kMaxThreads = 256;
constexpr int kMaxIncludes = 16;  // deep
constexpr std::string_view kSeparator = "----";

/// One state for a file and all it includes.
struct Shared {
  bool has_extension = false;
  std::string unmet_requirement;
  bool stopped = false;  // by halt or an unmet requirement: the rest is not read
  bool record_seen = false;
  int loops = 0;  // open around the current line
  int concurrent_loops = 0;
  int includes = 0;
  std::size_t hash_threshold = 0;
};

/// What stands before a directive and changes it.
struct Prefix {
  bool given = false;
  bool skip = false;
  std::string connection;
  std::vector<Bind> binds;
};

/// The lines below a directive, up to a blank line; those after `----` apart.
struct Body {
  std::string text;
  std::optional<Lines> expected;
};

class Parser {
 public:
  Parser(const std::string& file, Shared& shared) : shared_(shared), at_{file, 0} {}

  std::vector<Item> parse();
  Position end() const { return {at_.file, static_cast<int>(lines_.size())}; }

 private:
  using Handler = std::optional<Action> (Parser::*)();
  struct Directive {
    std::string_view name;
    std::size_t min_words;
    std::size_t max_words;
    Handler handler;
    std::string_view usage;
    bool is_prefix = false;
  };
  static const std::array<Directive, 23> kDirectives;

  std::vector<Item> block(bool in_loop);
  void directive(std::vector<Item>& items);
  const Directive& find_directive() const;
  void check_prefix(const Prefix& prefix, const std::optional<Action>& action) const;

  [[noreturn]] void misused() const { throw Failure("expected: " + std::string(find_directive().usage)); }
  Body body();
  void expected_error(const Body& body, Outcome& outcome) const;
  Outcome outcome() const;

  // One handler a directive. It reads what belongs to it; no action means it is done.
  std::optional<Action> bind();
  std::optional<Action> close() { return Close{words_[1]}; }
  std::optional<Action> connection();
  std::optional<Action> env();
  std::optional<Action> halt();
  std::optional<Action> hash_threshold();
  std::optional<Action> include();
  std::optional<Action> let();
  std::optional<Action> load();
  std::optional<Action> loop();
  std::optional<Action> open();
  std::optional<Action> query();
  std::optional<Action> reconnect() { return Reconnect{}; }
  std::optional<Action> require();
  std::optional<Action> skip();
  std::optional<Action> sleep() { return Sleep{parse_duration(words_[1])}; }
  std::optional<Action> statement();
  std::optional<Action> system();
  std::optional<Action> timeout() { return Timeout{parse_duration(words_[1])}; }

  Shared& shared_;
  Lines lines_;
  std::size_t next_ = 0;
  Prefix pending_;     // for the next directive
  bool skip_ = false;  // the current directive is only read, not done
  // The current directive.
  Position at_;
  std::string line_;
  Words words_;
};

constexpr std::array<Parser::Directive, 23> Parser::kDirectives = {{
    {"statement", 2, kAny, &Parser::statement,
     "statement ok | statement count N | statement error [REGEX] | statement interrupt MS [REGEX]"},
    {"query", 2, kAny, &Parser::query, "query TYPES [nosort|rowsort|valuesort [LABEL]] | query error [REGEX]"},
    {"let", 2, 2, &Parser::let, "let NAME"},
    {"system", 2, kAny, &Parser::system, "system ok | system error [REGEX]"},
    {"load", 1, kAny, &Parser::load, "load [ok | error [REGEX]]"},
    {"open", 3, 6, &Parser::open, "open NAME FILE [readonly] [noload] [create=no]"},
    {"close", 2, 2, &Parser::close, "close NAME"},
    {"reconnect", 1, 1, &Parser::reconnect, "reconnect"},
    {"env", 2, kAny, &Parser::env, "env NAME=VALUE"},
    {"unenv", 2, 2, &Parser::env, "unenv NAME"},
    {"sleep", 2, 2, &Parser::sleep, "sleep MS"},
    {"timeout", 2, 2, &Parser::timeout, "timeout MS"},
    {"hash-threshold", 2, 2, &Parser::hash_threshold, "hash-threshold N"},
    {"require", 2, 2, &Parser::require, "require CONDITION"},
    {"include", 2, 2, &Parser::include, "include FILE"},
    {"halt", 1, 1, &Parser::halt, "halt"},
    {"loop", 4, 4, &Parser::loop, "loop VARIABLE FROM TO"},
    {"concurrentloop", 4, 4, &Parser::loop, "concurrentloop VARIABLE FROM TO"},
    {"foreach", 3, kAny, &Parser::loop, "foreach VARIABLE VALUE..."},
    {"skipif", 2, kAny, &Parser::skip, "skipif CONDITION", true},
    {"onlyif", 2, kAny, &Parser::skip, "onlyif CONDITION", true},
    {"connection", 2, 2, &Parser::connection, "connection NAME", true},
    {"bind", 3, kAny, &Parser::bind, "bind PARAMETER null|int|real|text|blob [VALUE]", true},
}};

/// Whatever is wrong below is thrown as a Failure and gets its place here: the directive at hand.
std::vector<Item> Parser::parse() {
  try {
    std::ifstream in(at_.file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in || std::filesystem::is_directory(at_.file)) throw Failure("cannot read this file");
    lines_ = split_lines(text);
    return block(false);
  } catch (const Failure& failure) {
    throw Malformed(at_, failure.what());
  }
}

/// The items up to the end of the file, or in a loop up to its `endloop`.
std::vector<Item> Parser::block(bool in_loop) {
  const Position opened = at_;
  std::vector<Item> items;
  bool ended = false;
  while (!ended && !shared_.stopped && next_ < lines_.size()) {
    line_ = lines_[next_++];
    at_.line = static_cast<int>(next_);
    words_ = split_words(line_);
    if (words_.empty() || words_[0].starts_with('#')) continue;
    ended = in_loop && words_[0] == "endloop";
    if (!ended) directive(items);
  }
  if (ended && words_.size() > 1) throw Failure("expected: endloop");
  if (in_loop && !ended) throw Malformed(opened, "this loop has no endloop");
  if (pending_.given && !shared_.stopped) throw Failure(line_ + ": nothing follows it");
  return items;
}

void Parser::directive(std::vector<Item>& items) {
  const Directive& directive = find_directive();
  if (words_.size() < directive.min_words || words_.size() > directive.max_words) misused();
  if (directive.is_prefix) {
    (this->*directive.handler)();
    pending_.given = true;
    return;
  }
  const Position at = at_;
  const Prefix prefix = std::exchange(pending_, {});
  skip_ = prefix.skip;
  std::optional<Action> action = (this->*directive.handler)();
  at_ = at;  // a loop has moved it
  check_prefix(prefix, action);
  if (!action || prefix.skip) return;
  shared_.record_seen |= is_record(*action);
  items.push_back({at_, prefix.connection, prefix.binds, std::move(*action)});
}

const Parser::Directive& Parser::find_directive() const {
  const auto* const found = std::ranges::find(kDirectives, words_[0], &Directive::name);
  if (found == kDirectives.end()) throw Failure("unknown directive '" + words_[0] + "'");
  return *found;
}

void Parser::check_prefix(const Prefix& prefix, const std::optional<Action>& action) const {
  const bool binds = action && is_one_of<Statement, Query, Let>(*action);
  if (!prefix.binds.empty() && !binds) throw Failure("bind stands before a statement, query or let");
  const bool connects = binds || (action && is_one_of<Load, Reconnect, Timeout>(*action));
  if (prefix.connection.empty() || connects) return;
  throw Failure("connection stands before a statement, query, let, load, reconnect or timeout");
}

Body Parser::body() {
  Body body;
  for (; next_ < lines_.size() && !split_words(lines_[next_]).empty(); ++next_) {
    const std::string& line = lines_[next_];
    if (body.expected) {
      body.expected->push_back(line);
    } else if (line == kSeparator) {
      body.expected.emplace();
    } else {
      body.text += body.text.empty() ? line : '\n' + line;
    }
  }
  if (body.text.empty()) throw Failure(words_[0] + ": nothing to run follows");
  return body;
}

/// Below `----` stands the regex of an expected error, when it is not on the first line.
void Parser::expected_error(const Body& body, Outcome& outcome) const {
  if (!body.expected) return;
  if (!outcome.error) throw Failure("a statement that returns nothing has no ---- (use query)");
  if (!outcome.regex.empty() || body.expected->size() != 1) throw Failure("an error has one line of regex");
  outcome.regex = body.expected->front();
}

/// `ok` or `error [REGEX]`, the second word.
Outcome Parser::outcome() const {
  if (words_[1] == "error") return {true, after_words(line_, 2)};
  if (words_[1] != "ok" || words_.size() > 2) misused();
  return {};
}

std::optional<Action> Parser::statement() {
  Statement statement;
  if (words_[1] == "count" && words_.size() == 3) {
    statement.count = parse_number(words_[2], 0, INT64_MAX);
  } else if (words_[1] == "interrupt" && words_.size() >= 3) {
    statement.interrupt_after = parse_duration(words_[2]);
    statement.outcome = {true, words_.size() > 3 ? after_words(line_, 3) : "interrupted"};
  } else {
    statement.outcome = outcome();
  }
  const Body lines = body();
  expected_error(lines, statement.outcome);
  statement.sql = lines.text;
  return statement;
}

std::optional<Action> Parser::query() {
  if (words_[1] == "error") return statement();
  Query query;
  query.types = words_[1];
  query.hash_threshold = shared_.hash_threshold;
  if (query.types.find_first_not_of("TIR") != std::string::npos) {
    throw Failure("'" + query.types + "' is no list of column types T, I and R");
  }
  if (words_.size() > 4) misused();
  if (words_.size() > 2) {
    const std::string& sort = words_[2];
    if (sort != "nosort" && sort != "rowsort" && sort != "valuesort") misused();
    query.sort = sort == "rowsort" ? Sort::kRows : sort == "valuesort" ? Sort::kValues : Sort::kNone;
  }
  if (words_.size() > 3) query.label = words_[3];
  Body lines = body();
  if (!lines.expected && query.label.empty()) throw Failure("this query has no ---- with its result below");
  query.sql = std::move(lines.text);
  query.expected = std::move(lines.expected);
  return query;
}

std::optional<Action> Parser::let() {
  check_name(words_[1]);
  const Body lines = body();
  if (lines.expected) throw Failure("let has no ----");
  return Let{words_[1], lines.text};
}

std::optional<Action> Parser::system() {
  const Outcome expected = outcome();
  Body lines = body();
  return System{expected, std::move(lines.text), std::move(lines.expected)};
}

std::optional<Action> Parser::load() { return Load{words_.size() > 1 ? outcome() : Outcome{}}; }

std::optional<Action> Parser::open() {
  Open open{words_[1], {.file = words_[2]}};
  for (std::size_t i = 3; i < words_.size(); ++i) {
    if (words_[i] == "readonly") {
      open.options.readonly = true;
    } else if (words_[i] == "noload") {
      open.options.load = false;
    } else if (words_[i] == "create=no") {
      open.options.create = false;
    } else {
      throw Failure("unknown option '" + words_[i] + "' of open");
    }
  }
  return open;
}

std::optional<Action> Parser::env() {
  if (shared_.concurrent_loops > 0) throw Failure("the threads of a concurrentloop share one environment");
  if (words_[0] == "unenv") return Env{words_[1], std::nullopt};
  const std::string text = after_words(line_, 1);
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) misused();
  return Env{text.substr(0, equals), text.substr(equals + 1)};
}

std::optional<Action> Parser::hash_threshold() {
  const std::int64_t threshold = parse_number(words_[1], 0, INT32_MAX);
  if (!skip_) shared_.hash_threshold = static_cast<std::size_t>(threshold);
  return std::nullopt;
}

std::optional<Action> Parser::require() {
  if (shared_.record_seen || shared_.loops > 0) throw Failure("require stands before the first record and loop");
  if (evaluate_condition(words_[1], shared_.has_extension) || skip_) return std::nullopt;
  shared_.unmet_requirement = words_[1];
  shared_.stopped = true;
  return std::nullopt;
}

std::optional<Action> Parser::halt() {
  if (shared_.loops > 0) throw Failure("halt stands in a loop");
  shared_.stopped |= !skip_;
  return std::nullopt;
}

std::optional<Action> Parser::include() {
  if (skip_) return std::nullopt;
  if (shared_.includes == kMaxIncludes) throw Failure("include: 16 files deep, does one include itself?");
  const auto path = (std::filesystem::path(at_.file).parent_path() / words_[1]).lexically_normal();
  if (!std::filesystem::is_regular_file(path)) throw Failure("include: no file " + path.string());
  ++shared_.includes;
  Parser parser(path.string(), shared_);
  Include include{parser.parse()};
  --shared_.includes;
  return include;
}

std::optional<Action> Parser::loop() {
  Loop loop;
  loop.variable = words_[1];
  loop.concurrent = words_[0] == "concurrentloop";
  check_name(loop.variable);
  if (words_[0] == "foreach") {
    loop.values.assign(words_.begin() + 2, words_.end());
  } else {
    const std::int64_t from = parse_number(words_[2], INT32_MIN, INT32_MAX);
    const std::int64_t to = parse_number(words_[3], from + 1, from + (loop.concurrent ? kMaxThreads : kMaxTurns));
    for (std::int64_t i = from; i < to; ++i) loop.values.push_back(std::to_string(i));
  }
  ++shared_.loops;
  shared_.concurrent_loops += loop.concurrent ? 1 : 0;
  loop.body = block(true);
  shared_.concurrent_loops -= loop.concurrent ? 1 : 0;
  --shared_.loops;
  return loop;
}

std::optional<Action> Parser::bind() {
  pending_.binds.push_back(parse_bind(words_, after_words(line_, 3)));
  return std::nullopt;
}

std::optional<Action> Parser::connection() {
  if (!pending_.connection.empty()) throw Failure("two connections for one record");
  pending_.connection = words_[1];
  return std::nullopt;
}

std::optional<Action> Parser::skip() {
  // Official files explain themselves on the line: `skipif mysql # no such type`.
  if (words_.size() > 2 && !words_[2].starts_with('#')) misused();
  pending_.skip |= evaluate_condition(words_[1], shared_.has_extension) == (words_[0] == "skipif");
  return std::nullopt;
}

}  // namespace

Script parse_script(const std::string& file, bool has_extension) {
  Shared shared;
  shared.has_extension = has_extension;
  Parser parser(file, shared);
  Script script;
  script.items = parser.parse();
  script.end = parser.end();
  script.unmet_requirement = shared.unmet_requirement;
  return script;
}

}  // namespace agentinfra::slt
