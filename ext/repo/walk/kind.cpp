#include "repo/walk/kind.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "repo/walk/ascii.hpp"
#include "repo/walk/prune.hpp"

namespace agentinfra {
namespace {

using enum FileKind;

struct Named {
  std::string_view name;  // in lower case
  FileKind kind;
};

constexpr bool operator<(const Named& a, const Named& b) { return a.name < b.name; }

// What comes after the last dot.
// clang-format off
constexpr Named kByExtension[] = {
    {"1", doc}, {"2", doc}, {"3", doc}, {"4", doc}, {"5", doc}, {"6", doc}, {"7", doc}, {"7z", binary}, {"8", doc},
    {"9", doc}, {"a", binary}, {"aac", binary}, {"ada", source}, {"adb", source}, {"adoc", doc}, {"ads", source},
    {"agda", source}, {"ai", binary}, {"aiff", binary}, {"apk", binary}, {"applescript", source}, {"arff", data},
    {"arrow", binary}, {"as", source}, {"asc", data}, {"asciidoc", doc}, {"asm", source}, {"astro", source},
    {"atom", data}, {"avi", binary}, {"avif", binary}, {"avro", binary}, {"awk", source}, {"babelrc", config},
    {"bas", source}, {"bash", source}, {"bat", source}, {"bazelrc", config}, {"bib", doc}, {"bicep", source},
    {"bin", binary}, {"blend", binary}, {"bmp", binary}, {"br", binary}, {"bz2", binary}, {"bzl", source},
    {"c", source}, {"cabal", config}, {"cc", source}, {"cfg", config}, {"changes", doc}, {"cjs", source},
    {"class", binary}, {"clj", source}, {"cljc", source}, {"cljs", source}, {"cls", source}, {"cmake", source},
    {"cmd", source}, {"cnf", config}, {"coffee", source}, {"conf", config}, {"config", config}, {"cpp", source},
    {"cr", source}, {"creole", doc}, {"crx", binary}, {"cs", source}, {"csh", source}, {"csproj", config},
    {"css", source}, {"csv", data}, {"cts", source}, {"cu", source}, {"cuh", source}, {"cur", binary},
    {"cxx", source}, {"d", source}, {"dart", source}, {"dat", data}, {"db", binary}, {"deb", binary}, {"der", binary},
    {"desktop", config}, {"dex", binary}, {"diff", data}, {"djot", doc}, {"dll", binary}, {"dmg", binary},
    {"doc", binary}, {"dockerignore", config}, {"docx", binary}, {"dpr", source}, {"dwg", binary}, {"dylib", binary},
    {"ear", binary}, {"editorconfig", config}, {"ejs", source}, {"el", source}, {"elm", source}, {"eml", doc},
    {"env", config}, {"eot", binary}, {"epub", binary}, {"erb", source}, {"erl", source}, {"eslintignore", config},
    {"eslintrc", config}, {"ex", source}, {"exe", binary}, {"exs", source}, {"f", source}, {"f03", source},
    {"f08", source}, {"f77", source}, {"f90", source}, {"f95", source}, {"fbx", binary}, {"fig", binary},
    {"fish", source}, {"fits", binary}, {"flac", binary}, {"flv", binary}, {"fnl", source}, {"for", source},
    {"frag", source}, {"fs", source}, {"fsi", source}, {"fsproj", config}, {"fsx", source}, {"gd", source},
    {"gem", binary}, {"gemspec", config}, {"geojson", data}, {"gif", binary}, {"gitattributes", config},
    {"gitconfig", config}, {"gitignore", config}, {"gitmodules", config}, {"glb", binary}, {"gleam", source},
    {"glsl", source}, {"go", source}, {"gpr", config}, {"gpx", data}, {"gql", source}, {"gradle", source},
    {"graphql", source}, {"groovy", source}, {"gz", binary}, {"h", source}, {"h5", binary}, {"haml", source},
    {"handlebars", source}, {"hbs", source}, {"hcl", source}, {"hdf5", binary}, {"heex", source}, {"heic", binary},
    {"hh", source}, {"hlsl", source}, {"hpp", source}, {"hrl", source}, {"hs", source}, {"htm", source},
    {"html", source}, {"hxx", source}, {"icns", binary}, {"ico", binary}, {"ics", data}, {"idl", source},
    {"inc", source}, {"info", doc}, {"ini", config}, {"inl", source}, {"ino", source}, {"ipa", binary},
    {"ipp", source}, {"iso", binary}, {"janet", source}, {"jar", binary}, {"java", source}, {"jks", binary},
    {"jl", source}, {"jpeg", binary}, {"jpg", binary}, {"js", source}, {"json", config}, {"json5", config},
    {"jsonc", config}, {"jsonl", data}, {"jsp", source}, {"jsx", source}, {"jxl", binary},
    {"keystore", binary}, {"kml", data}, {"kt", source}, {"kts", source}, {"ktx", binary}, {"l", source},
    {"latex", doc}, {"ldif", data}, {"lean", source}, {"less", source}, {"lhs", source}, {"lib", binary},
    {"liquid", source}, {"lisp", source}, {"lock", generated}, {"lockb", generated}, {"lua", source}, {"lz", binary},
    {"lz4", binary}, {"lzma", binary}, {"lzo", binary}, {"m", source}, {"m4", source}, {"m4a", binary},
    {"m4v", binary}, {"mak", source}, {"manifest", config}, {"markdown", doc}, {"mat", binary}, {"md", doc},
    {"mdb", binary}, {"mdown", doc}, {"mdx", doc}, {"metal", source}, {"mid", binary}, {"midi", binary},
    {"mjs", source}, {"mk", source}, {"mkd", doc}, {"mkv", binary}, {"ml", source}, {"mli", source}, {"mll", source},
    {"mly", source}, {"mm", source}, {"mo", binary}, {"mod", config}, {"mov", binary}, {"mp3", binary},
    {"mp4", binary}, {"mpeg", binary}, {"mpg", binary}, {"msi", binary}, {"mts", source}, {"mustache", source},
    {"ndjson", data}, {"nfo", doc}, {"nim", source}, {"nix", source}, {"njk", source}, {"node", binary},
    {"npmignore", config}, {"npmrc", config}, {"npy", binary}, {"npz", binary}, {"nupkg", binary}, {"nvmrc", config},
    {"o", binary}, {"obj", binary}, {"odin", source}, {"odp", binary}, {"ods", binary}, {"odt", binary},
    {"ogg", binary}, {"ogv", binary}, {"onnx", binary}, {"opus", binary}, {"orc", binary}, {"org", doc},
    {"otf", binary}, {"p12", binary}, {"parquet", binary}, {"pas", source}, {"patch", data}, {"pbm", binary},
    {"pcap", binary}, {"pch", binary}, {"pdb", binary}, {"pdf", binary}, {"pem", data}, {"pfx", binary},
    {"pgm", binary}, {"php", source}, {"phpt", source}, {"pickle", binary}, {"pkl", binary}, {"pl", source},
    {"plist", config}, {"pm", source}, {"png", binary}, {"po", data}, {"pod", doc}, {"podspec", config},
    {"pot", data}, {"pp", source}, {"ppm", binary}, {"ppt", binary}, {"pptx", binary}, {"prettierignore", config},
    {"prettierrc", config}, {"prisma", source}, {"pro", source}, {"properties", config}, {"props", config},
    {"proto", source}, {"ps1", source}, {"psd", binary}, {"psm1", source}, {"psv", data}, {"pth", binary},
    {"pug", source}, {"purs", source}, {"pxd", source}, {"py", source}, {"pyc", binary}, {"pyd", binary},
    {"pyi", source}, {"pyo", binary}, {"pyx", source}, {"qmd", doc}, {"qml", source}, {"r", source}, {"rar", binary},
    {"rb", source}, {"rdoc", doc}, {"re", source}, {"reg", config}, {"rei", source}, {"rkt", source},
    {"rlib", binary}, {"rmd", doc}, {"rpm", binary}, {"rs", source}, {"rss", data}, {"rst", doc}, {"rtf", doc},
    {"s", source}, {"safetensors", binary}, {"sas", source}, {"sass", source}, {"sbt", source}, {"scala", source},
    {"scm", source}, {"scss", source}, {"sed", source}, {"service", config}, {"sh", source}, {"sketch", binary},
    {"slim", source}, {"sln", config}, {"sml", source}, {"snap", generated}, {"so", binary}, {"socket", config},
    {"sol", source}, {"sql", source}, {"sqlite", binary}, {"sqlite3", binary}, {"srt", data}, {"sst", binary},
    {"st", source}, {"styl", source}, {"stylelintrc", config}, {"sub", data}, {"sum", generated}, {"sv", source},
    {"svelte", source}, {"svg", data}, {"svgz", binary}, {"svh", source}, {"swf", binary}, {"swift", source},
    {"swp", binary}, {"t", source}, {"tab", data}, {"tar", binary}, {"targets", config}, {"tbz2", binary},
    {"tcl", source}, {"templ", source}, {"test", source}, {"tex", doc}, {"texi", doc}, {"texinfo", doc}, {"text", doc},
    {"textile", doc}, {"tf", source}, {"tflite", binary}, {"tga", binary}, {"tgz", binary}, {"thrift", source},
    {"tif", binary}, {"tiff", binary}, {"timer", config}, {"tmpl", source}, {"toml", config}, {"topojson", data},
    {"tpl", source}, {"ts", source}, {"tsbuildinfo", generated}, {"tsv", data}, {"tsx", source}, {"ttc", binary},
    {"ttf", binary}, {"twig", source}, {"txt", doc}, {"txz", binary}, {"typ", doc}, {"v", source}, {"vala", source},
    {"vb", source}, {"vbproj", config}, {"vcf", data}, {"vcxproj", config}, {"vert", source}, {"vhd", source},
    {"vhdl", source}, {"vim", source}, {"vsix", binary}, {"vtt", data}, {"vue", source}, {"wasm", binary},
    {"wat", source}, {"wav", binary}, {"webm", binary}, {"webmanifest", config}, {"webp", binary}, {"wgsl", source},
    {"whl", binary}, {"wiki", doc}, {"wit", source}, {"wma", binary}, {"wmv", binary}, {"woff", binary},
    {"woff2", binary}, {"xcf", binary}, {"xliff", data}, {"xls", binary}, {"xlsx", binary}, {"xml", config},
    {"xpi", binary}, {"xsl", source}, {"xslt", source}, {"xz", binary}, {"y", source}, {"yaml", config},
    {"yarnrc", config}, {"yml", config}, {"yy", source}, {"z", binary}, {"zig", source}, {"zip", binary},
    {"zsh", source}, {"zst", binary},
};

// Whole names, and (for what has no extension, or one of a document) the name before it.
constexpr Named kByName[] = {
    {".bazelversion", config}, {".clang-format", config}, {".clang-tidy", config}, {".dockerignore", config},
    {".flake8", config}, {".gitkeep", config}, {".htaccess", config}, {".mailmap", config}, {".node-version", config},
    {".pylintrc", config}, {".python-version", config}, {".rubocop", config}, {".ruby-version", config},
    {".tool-versions", config}, {"agents", doc}, {"architecture", doc},
    {"authors", doc}, {"backers", doc}, {"brewfile", source}, {"bugs", doc}, {"build", source},
    {"build.bazel", source}, {"changelog", doc}, {"changes", doc}, {"claude", doc},
    {"cmakelists.txt", source}, {"cmakepresets.json", config}, {"code_of_conduct", doc}, {"codeowners", config},
    {"configure.ac", source}, {"configure.in", source}, {"containerfile", source}, {"contributing", doc},
    {"contributors", doc}, {"copying", doc}, {"copyright", doc}, {"credits", doc}, {"dockerfile", source},
    {"faq", doc}, {"gemfile", source}, {"gnumakefile", source},
    {"hacking", doc}, {"history", doc}, {"install", doc}, {"installing", doc},
    {"jenkinsfile", source}, {"justfile", source}, {"kbuild", source}, {"kconfig", source}, {"licence", doc},
    {"license", doc}, {"maintainers", doc}, {"makefile", source}, {"manifesto", doc}, {"meson.build", source},
    {"news", doc}, {"notice", doc}, {"operating-manual", doc},
   
    {"patents", doc}, {"pkg-info", config}, {"podfile", source}, {"procfile", source},
    {"rakefile", source}, {"readme", doc}, {"release-notes", doc}, {"requirements.txt", config}, {"roadmap", doc},
    {"robots.txt", config}, {"sconscript", source}, {"sconstruct", source}, {"security", doc}, {"thanks", doc},
    {"todo", doc}, {"upgrading", doc}, {"vagrantfile", source}, {"workspace", source},
};
// clang-format on

// Endings that say more than the extension does.
constexpr std::string_view kGeneratedEndings[] = {
    ".min.js", ".min.css",     ".bundle.js",    ".pb.go",        ".pb.cc",        ".pb.h",
    "_pb2.py", "_pb2.pyi",     "_pb2_grpc.py",  ".pb.dart",      ".g.dart",       ".freezed.dart",
    ".g.cs",   ".designer.cs", ".generated.ts", ".generated.go", "_generated.go", ".gen.go"};

static_assert(std::is_sorted(std::begin(kByExtension), std::end(kByExtension)));
static_assert(std::is_sorted(std::begin(kByName), std::end(kByName)));

constexpr size_t kLongest = 64;  // bytes of a name that are looked at, from its end

// The first eight bytes of a name, as a number that sorts as they do: a search compares numbers, not texts.
constexpr uint64_t beginning(std::string_view name) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; i++) number = number << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0);
  return number;
}

template <size_t N>
constexpr std::array<uint64_t, N> beginnings(const Named (&table)[N]) {
  std::array<uint64_t, N> all{};
  for (size_t i = 0; i < N; i++) all[i] = beginning(table[i].name);
  return all;
}

constexpr auto kExtensionBeginnings = beginnings(kByExtension);
constexpr auto kNameBeginnings = beginnings(kByName);

template <size_t N>
FileKind look_up(const Named (&table)[N], const std::array<uint64_t, N>& beginnings, std::string_view name) {
  const uint64_t sought = beginning(name);
  const auto first = std::lower_bound(beginnings.begin(), beginnings.end(), sought) - beginnings.begin();
  for (auto i = static_cast<size_t>(first); i < N && beginnings[i] == sought; i++)
    if (table[i].name == name) return table[i].kind;
  return other;
}

}  // namespace

FileKind kind_of(std::string_view name) {
  if (!generated_file(name).empty()) return generated;
  std::array<char, kLongest> folded;
  if (name.size() > kLongest) name.remove_prefix(name.size() - kLongest);
  std::transform(name.begin(), name.end(), folded.begin(), to_lower);
  name = {folded.data(), name.size()};

  if (const FileKind kind = look_up(kByName, kNameBeginnings, name); kind != other) return kind;
  for (const std::string_view ending : kGeneratedEndings)
    if (name.ends_with(ending)) return generated;
  const size_t dot = name.rfind('.');
  const FileKind by_extension =
      dot == name.npos ? other : look_up(kByExtension, kExtensionBeginnings, name.substr(dot + 1));
  if (by_extension != other) return by_extension;
  return look_up(kByName, kNameBeginnings, name.substr(0, name.find('.')));  // README.first, Dockerfile.alpine
}

std::string_view to_text(FileKind kind) {
  switch (kind) {
    case source: return "source";
    case doc: return "doc";
    case config: return "config";
    case data: return "data";
    case generated: return "generated";
    case binary: return "binary";
    case link: return "link";
    case directory: return "directory";
    case repository: return "repository";
    case special: return "special";
    case other: break;
  }
  return "other";
}

}  // namespace agentinfra
