#include "credential/import/report.hpp"

namespace agentinfra {
namespace {

std::string counted(int64_t count) { return std::to_string(count) + (count == 1 ? " row" : " rows"); }

// What gets here is ASCII of ours, and a file name's error of the system's.
std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return json + '"';
}

std::string listed(const std::vector<ImportReport::Remark>& remarks) {
  std::string json = "[";
  for (const auto& [line, reason] : remarks) {
    if (json.size() > 1) json += ',';
    json += "{\"line\":" + std::to_string(line) + ",\"reason\":" + quoted(reason) + "}";
  }
  return json + "]";
}

std::string member(std::string_view name, int64_t number) { return quoted(name) + ":" + std::to_string(number) + ","; }

}  // namespace

std::string ImportReport::reason_to_keep() const {
  if (!failed.empty()) return counted(static_cast<int64_t>(failed.size())) + " failed";
  if (not_stored > 0) return counted(not_stored) + " with something that is stored nowhere else: see skipped, warnings";
  return rows == 0 ? "it has no rows" : "";
}

std::string ImportReport::json() const {
  return "{\"format\":" + quoted(format) + "," + member("rows", rows) + member("imported", imported) +
         member("updated", updated) + member("unchanged", unchanged) + "\"skipped\":" + listed(skipped) +
         ",\"failed\":" + listed(failed) + ",\"warnings\":" + listed(warnings) +
         ",\"deleted\":" + (kept.empty() ? "true" : quoted(kept)) + "}";
}

}  // namespace agentinfra
