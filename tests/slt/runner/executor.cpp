#include "executor.hpp"

#include <future>
#include <thread>
#include <utility>

namespace agentinfra::slt {
namespace {

constexpr std::string_view kDefaultConnection = "default";

void compare(const Cells& expected, const Cells& actual, std::size_t columns, const std::string& what) {
  const std::optional<std::string> difference = diff(expected, actual, columns);
  if (difference) throw Failure(what + " (- expected, + got)\n" + *difference);
}

}  // namespace

Executor::Executor(FileState& file, Variables variables, std::string loops)
    : file_(file), variables_(std::move(variables)), loops_(std::move(loops)) {}

void Executor::run(const std::vector<Item>& items) {
  for (const Item& item : items) run_item(item);
}

void Executor::run_item(const Item& item) {
  running_.clear();
  if (is_record(item.action)) file_.report.count();
  try {
    std::visit([&](const auto& action) { execute(item, action); }, item.action);
  } catch (const std::exception& failure) {
    if (!is_record(item.action)) file_.report.count();  // such as an env that fails
    file_.report.failed(item.at, loops_, running_, failure.what());
  }
}

void Executor::close_all(const Position& at) {
  for (auto& [name, connection] : connections_) {
    try {
      connection.close();
    } catch (const Failure& failure) {
      file_.report.count();
      file_.report.failed(at, loops_, "close " + name + ", at the end", failure.what());
    }
  }
  connections_.clear();
}

const std::string& Executor::prepare(const Item& item, const std::string& text) {
  running_ = text;  // in case a variable is unknown
  running_ = substituted(text);
  file_.report.running(item.at, loops_, running_);
  return running_;
}

std::vector<Bind> Executor::substituted(std::vector<Bind> binds) const {
  for (Bind& bind : binds) {
    auto* const text = std::get_if<Bind::Text>(&bind.value);
    if (text && text->has_variables) text->bytes = substituted(text->bytes);
  }
  return binds;
}

std::string Executor::name_of(const Item& item) const {
  return item.connection.empty() ? std::string(kDefaultConnection) : substituted(item.connection);
}

Connection& Executor::connection(const Item& item) {
  return connections_.try_emplace(name_of(item), OpenOptions{}, file_.extension).first->second;
}

void Executor::check(const Outcome& outcome, const std::optional<std::string>& error) const {
  if (!outcome.error) {
    if (error) throw Failure("it fails: " + *error);
    return;
  }
  const std::string pattern = substituted(outcome.regex);
  if (!error) {
    throw Failure("it succeeds, expected an error" + (pattern.empty() ? "" : " like /" + pattern + '/'));
  }
  if (regex_found(*error, pattern)) return;
  throw Failure("another error (- expected, + got)\n" + indent('/' + pattern + '/', "  - ") + indent(*error, "  + "));
}

void Executor::execute(const Item& item, const Statement& statement) {
  const std::string& sql = prepare(item, statement.sql);
  const std::vector<Bind> binds = substituted(item.binds);
  Connection& db = connection(item);
  const SqlResult result = statement.interrupt_after ? db.run_interrupted(sql, binds, *statement.interrupt_after)
                                                     : db.run(sql, binds, [](sqlite3_stmt*) {});
  check(statement.outcome, result.error);
  if (!statement.count || *statement.count == result.changes) return;
  throw Failure("it changes " + std::to_string(result.changes) + " rows, expected " + std::to_string(*statement.count));
}

void Executor::execute(const Item& item, const Query& query) {
  const std::size_t columns = query.types.size();
  const auto check_columns = [columns](int got) {
    if (static_cast<std::size_t>(got) == columns) return;
    throw Failure("it has " + std::to_string(got) + " columns, expected " + std::to_string(columns));
  };
  Cells cells;
  const auto add_row = [&](sqlite3_stmt* row) {
    check_columns(sqlite3_column_count(row));
    for (std::size_t i = 0; i < columns; ++i) {
      cells.push_back(format_value(row, static_cast<int>(i), query.types[i]));
    }
  };
  const std::string& sql = prepare(item, query.sql);
  const SqlResult result = connection(item).run(sql, substituted(item.binds), add_row);
  check({}, result.error);
  check_columns(result.columns);  // there may be no row
  sort_cells(cells, columns, query.sort);
  if (!query.label.empty()) check_label(item, query, cells);
  if (!query.expected) return;

  Cells expected = split_expected(*query.expected, columns);
  for (std::string& value : expected) value = substituted(value);
  const bool over = query.hash_threshold > 0 && cells.size() > query.hash_threshold;
  if (over || is_hash_line(expected)) cells = {hash_line(cells)};
  compare(expected, cells, columns, "the result differs");
}

void Executor::check_label(const Item& item, const Query& query, const Cells& cells) {
  const std::lock_guard lock(file_.labels_mutex);
  const auto [first, is_new] = file_.labels.try_emplace(substituted(query.label), FileState::Labelled{item.at, cells});
  if (is_new) return;
  const auto& [at, expected] = first->second;
  compare(expected, cells, query.types.size(),
          "the result differs from the one labelled " + first->first + " in line " + std::to_string(at.line));
}

void Executor::execute(const Item& item, const Let& let) {
  std::optional<std::string> value;
  const auto keep_first = [&value](sqlite3_stmt* row) {
    if (value) return;
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
    value.emplace(text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(row, 0))) : "NULL");
  };
  const std::string& sql = prepare(item, let.sql);
  check({}, connection(item).run(sql, substituted(item.binds), keep_first).error);
  if (!value) throw Failure("let " + let.name + ": the query returns no row");
  variables_[let.name] = *value;
}

void Executor::execute(const Item& item, const System& system) {
  const ShellResult result = run_shell(prepare(item, system.script));
  const std::string output = indent(result.output, "  > ");
  if (result.error && !system.outcome.error) throw Failure("the command fails: " + *result.error + '\n' + output);
  if (!result.error && system.outcome.error) throw Failure("the command succeeds\n" + output);
  if (result.error) check(system.outcome, result.output);
  if (!system.expected) return;

  Cells expected = *system.expected;
  for (std::string& line : expected) line = substituted(line);
  Lines lines = split_lines(result.output);
  std::erase(lines, "");  // the file cannot say an empty line
  compare(expected, lines, 1, "the output differs");
}

void Executor::execute(const Item& item, const Load& load) {
  prepare(item, "load");
  check(load.outcome, connection(item).load());
}

void Executor::execute(const Item& item, const Open& open) {
  OpenOptions options = open.options;
  options.file = substituted(options.file);
  const std::string name = substituted(open.name);
  prepare(item, "open " + open.name + ' ' + open.options.file);
  if (connections_.contains(name)) throw Failure("connection " + name + " is already open");
  connections_.try_emplace(name, options, file_.extension);
}

void Executor::execute(const Item& item, const Close& close) {
  const auto node = connections_.extract(prepare(item, close.name));
  running_ = "close " + running_;
  if (node.empty()) throw Failure("no such connection is open");
  node.mapped().close();
}

void Executor::execute(const Item& item, const Reconnect&) {
  prepare(item, "reconnect");
  OpenOptions options;
  const std::string name = name_of(item);
  if (auto node = connections_.extract(name)) {
    options = node.mapped().options();
    node.mapped().close();
  }
  connections_.try_emplace(name, options, file_.extension);
}

void Executor::execute(const Item&, const Env& env) {
  file_.environment.set(env.name, env.value ? std::optional(substituted(*env.value)) : std::nullopt);
}

void Executor::execute(const Item&, const Sleep& sleep) { std::this_thread::sleep_for(sleep.time); }

void Executor::execute(const Item& item, const Timeout& timeout) { connection(item).set_timeout(timeout.time); }

void Executor::execute(const Item&, const Include& include) { run(include.items); }

void Executor::execute(const Item& item, const Loop& loop) {
  if (loop.concurrent) return execute_concurrently(item, loop);
  const std::string outer_loops = loops_;
  for (const std::string& value : loop.values) {
    variables_[loop.variable] = substituted(value);
    loops_ = inside(loop, value);
    run(loop.body);
    loops_ = outer_loops;
  }
  variables_.erase(loop.variable);
}

void Executor::execute_concurrently(const Item& item, const Loop& loop) {
  std::vector<std::jthread> threads;
  std::promise<void> all_started;  // or broken, when a thread cannot be started: nobody waits for ever
  const std::shared_future<void> start = all_started.get_future().share();
  for (const std::string& value : loop.values) {
    threads.emplace_back([this, start, &item, &loop, &value] {
      Variables variables = variables_;
      variables[loop.variable] = value;
      Executor executor(file_, std::move(variables), inside(loop, value));
      start.wait();
      executor.run(loop.body);
      executor.close_all(item.at);
    });
  }
  all_started.set_value();
}

std::string Executor::inside(const Loop& loop, const std::string& value) const {
  return (loops_.empty() ? "" : loops_ + ' ') + loop.variable + '=' + value;
}

}  // namespace agentinfra::slt
