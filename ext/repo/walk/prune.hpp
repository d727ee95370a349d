// What is left out of a pack whatever git says: the noise that agents drown in, and files that are known by their names
// to hold credentials.
//
//   pruned_folder("node_modules", Tracking::tracked)   // "node_modules"
//   pruned_folder("lib", Tracking::untracked)          // "lib (untracked)"
//   pruned_file("package-lock.json", 120'000)          // "package-lock.json"
//   pruned_file(".env.production", 300)                // "credentials"; .env.example is not
//
// Two sorts of folders. What a package manager or a cache fills is pruned always. What is source in one project and
// output in the next (lib, build, target) is pruned only where a repository says that nothing below is tracked: blind
// pruning deletes Express whole. Without a repository, and in one that tracks nothing yet, nobody knows, and it stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace agentinfra {

enum class Tracking : uint8_t { unknown, untracked, tracked };

constexpr int64_t kLargestFile = 500'000;  // bytes; more is data, whatever it is called

// The rule that prunes a folder of this name, for people; empty when none does.
std::string_view pruned_folder(std::string_view name, Tracking tracking);

constexpr std::string_view kCredentials = "credentials";

// The rule for what package managers and compilers write: lock files and source maps.
std::string_view generated_file(std::string_view name);

// The rule that prunes a regular file.
std::string_view pruned_file(std::string_view name, int64_t bytes);

}  // namespace agentinfra
