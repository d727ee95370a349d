#include "core/help.hpp"

#include <array>

#include "rooms.hpp"

namespace agentinfra {
namespace {

using Row = std::array<std::string, 6>;  // name, signature, level, doc, room, kind

class HelpRows : public Rows {
 public:
  explicit HelpRows(std::optional<std::string_view> wanted) {
    for (const Room& room : all_rooms()) {
      for (const Verb& v : room.verbs)
        add(wanted, {v.name, signature(v), to_text(v.level), v.doc, room.name, to_text(v.kind)});
      for (const TableFunction& f : room.table_functions)
        add(wanted, {f.name, signature(f), to_text(f.level), f.doc, room.name, "table"});
    }
  }
  bool next() override { return ++at_ < rows_.size(); }
  Value column(int index) const override { return rows_[at_][static_cast<size_t>(index)]; }

 private:
  void add(std::optional<std::string_view> wanted, Row row) {
    if (!wanted || row[0] == *wanted) rows_.push_back(std::move(row));
  }

  std::vector<Row> rows_;
  size_t at_ = SIZE_MAX;  // before the first
};

}  // namespace

std::unique_ptr<Rows> agentinfra_help(Call&, std::optional<std::string_view> function) {
  return std::make_unique<HelpRows>(function);
}

}  // namespace agentinfra
