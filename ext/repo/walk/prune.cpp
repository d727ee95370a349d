#include "repo/walk/prune.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

struct FolderRule {
  std::string_view name;
  std::string_view shown;
  bool only_untracked;
};

constexpr FolderRule kFolders[] = {
    // version control
    {".git", ".git", false},
    {".hg", ".hg", false},
    {".svn", ".svn", false},
    {".jj", ".jj", false},
    // dependencies
    {"node_modules", "node_modules", false},
    {"bower_components", "bower_components", false},
    {".pnpm-store", ".pnpm-store", false},
    {".bundle", ".bundle", false},
    {"site-packages", "site-packages", false},
    {"vendor", "vendor (untracked)", true},
    {"Pods", "Pods (untracked)", true},
    {"venv", "venv (untracked)", true},
    {".venv", ".venv", false},
    // caches
    {"__pycache__", "__pycache__", false},
    {".cache", ".cache", false},
    {".mypy_cache", ".mypy_cache", false},
    {".pytest_cache", ".pytest_cache", false},
    {".ruff_cache", ".ruff_cache", false},
    {".ipynb_checkpoints", ".ipynb_checkpoints", false},
    {".tox", ".tox", false},
    {".nox", ".nox", false},
    {".eggs", ".eggs", false},
    {".gradle", ".gradle", false},
    {".parcel-cache", ".parcel-cache", false},
    {".turbo", ".turbo", false},
    {".terraform", ".terraform", false},
    {".nyc_output", ".nyc_output", false},
    // output
    {".next", ".next", false},
    {".nuxt", ".nuxt", false},
    {".svelte-kit", ".svelte-kit", false},
    {".dart_tool", ".dart_tool", false},
    {"dist", "dist (untracked)", true},
    {"lib", "lib (untracked)", true},
    {"build", "build (untracked)", true},
    {"target", "target (untracked)", true},
    {"coverage", "coverage (untracked)", true},
    {"htmlcov", "htmlcov (untracked)", true},
};

// Written by package managers for themselves. Sorted.
constexpr std::string_view kLockFiles[] = {
    ".terraform.lock.hcl",
    "Cargo.lock",
    "Cartfile.resolved",
    "Gemfile.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.lock",
    "conan.lock",
    "deno.lock",
    "flake.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
};
static_assert(std::is_sorted(std::begin(kLockFiles), std::end(kLockFiles)));

// A bare .map may be a linker's version script.
constexpr std::string_view kSourceMaps[] = {".js.map", ".mjs.map", ".cjs.map", ".css.map", ".ts.map"};

// Files that hold credentials and nothing else. An .npmrc is mostly settings: its tokens are redacted.
constexpr std::string_view kCredentialFiles[] = {
    ".env",     ".netrc",           "_netrc",      ".pgpass",          ".htpasswd", ".git-credentials",
    ".pypirc",  "credentials.json", "credentials", "credentials.toml", "id_rsa",    "id_dsa",
    "id_ecdsa", "id_ed25519",       "id_ecdsa_sk", "id_ed25519_sk",
};
constexpr std::string_view kCredentialEndings[] = {".pem", ".key", ".p12", ".pfx", ".kdbx", ".ppk"};
// .env.production, but not what shows people how to write one.
constexpr std::string_view kEnvironment = ".env.";
constexpr std::string_view kEnvironmentExamples[] = {".example", ".sample", ".template", ".dist"};

template <size_t N>
bool ends_with_any(std::string_view name, const std::string_view (&endings)[N]) {
  return std::any_of(std::begin(endings), std::end(endings), [&](auto ending) { return name.ends_with(ending); });
}

constexpr size_t kLongestCredentialFile = 16;

// Asked of every file: most are told apart by their length and their first letter.
bool holds_credentials(std::string_view name) {
  std::array<char, kLongestCredentialFile> folded;
  const std::string_view end = name.substr(name.size() - std::min(name.size(), folded.size()));
  std::transform(end.begin(), end.end(), folded.begin(), to_lower);
  const std::string_view low(folded.data(), end.size());
  if (ends_with_any(low, kCredentialEndings)) return true;
  const auto same = [](char a, char b) { return to_lower(a) == b; };
  if (std::equal(kEnvironment.begin(), kEnvironment.end(), name.begin(),
                 name.begin() + std::min(name.size(), kEnvironment.size()), same))
    return !ends_with_any(low, kEnvironmentExamples);
  return name.size() == low.size() &&
         std::find(std::begin(kCredentialFiles), std::end(kCredentialFiles), low) != std::end(kCredentialFiles);
}

}  // namespace

std::string_view pruned_folder(std::string_view name, Tracking tracking) {
  for (const FolderRule& rule : kFolders)
    if (rule.name == name && (!rule.only_untracked || tracking == Tracking::untracked)) return rule.shown;
  return {};
}

std::string_view generated_file(std::string_view name) {
  const auto* lock = std::lower_bound(std::begin(kLockFiles), std::end(kLockFiles), name);
  if (lock != std::end(kLockFiles) && *lock == name) return *lock;
  return ends_with_any(name, kSourceMaps) ? "source map" : std::string_view();
}

std::string_view pruned_file(std::string_view name, int64_t bytes) {
  if (const std::string_view generated = generated_file(name); !generated.empty()) return generated;
  if (holds_credentials(name)) return kCredentials;
  return bytes > kLargestFile ? "over 500 KB" : std::string_view();
}

}  // namespace agentinfra
