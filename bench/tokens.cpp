// Counting tokens: exactly beside the tokenizer that others use, and by estimate.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness.hpp"

namespace bench {
namespace {

constexpr size_t kCorpusBytes = 8 << 20;
constexpr const char* kCorpusFolder = "/usr/include";  // source code that is on every machine that builds this

std::string megabytes_a_second(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f MB/s", rate / 1e6);
  return text;
}

std::string corpus() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kCorpusFolder)) {
    if (text.size() >= kCorpusBytes) break;
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  return text;
}

// Bytes a second that token_count gets through, the best of some rounds.
double rate(const Connection& db, const std::string& text, const char* encoding, int rounds) {
  Prepared count(db, "SELECT token_count(?1, ?2)");
  sqlite3_bind_blob64(count.get(), 1, text.data(), text.size(), SQLITE_STATIC);
  sqlite3_bind_text(count.get(), 2, encoding, -1, SQLITE_STATIC);
  double best = 0;
  for (int i = 0; i < rounds; i++) {
    const double start = seconds_now();
    count.number();
    best = std::max(best, static_cast<double>(text.size()) / (seconds_now() - start));
  }
  return best;
}

// The same by npm's tiktoken (Rust, as WebAssembly); 0 where the oracle test has not fetched it.
double rate_of_tiktoken(const Options& options, const std::string& text) {
  const std::string node = options.npm + "/node_modules/node/bin/node";
  if (options.npm.empty() || !std::filesystem::exists(node)) return 0;
  const std::string file = options.folder + "/corpus";
  std::ofstream(file, std::ios::binary) << text;
  const std::string script =
      "const { get_encoding } = require(process.argv[1] + '/node_modules/tiktoken');"
      "const text = require('fs').readFileSync(process.argv[2], 'utf8'), encoder = get_encoding('o200k_base');"
      "const rates = [1, 2, 3].map(() => { const start = process.hrtime.bigint(); encoder.encode_ordinary(text);"
      "  return Buffer.byteLength(text) / Number(process.hrtime.bigint() - start) * 1e9; });"
      "console.log(Math.max(...rates));";
  const std::string command = "'" + node + "' -e \"" + script + "\" '" + options.npm + "' '" + file + "'";
  double bytes_a_second = 0;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    if (std::fscanf(pipe, "%lf", &bytes_a_second) != 1) bytes_a_second = 0;
    pclose(pipe);
  }
  return bytes_a_second;
}

Row exact(const Options& options, const std::string& text) {
  Connection db(":memory:", options);
  const double ours = rate(db, text, "o200k_base", options.quick ? 1 : 5), floor = rate_of_tiktoken(options, text);
  const bool known = db.number("SELECT exact FROM token_encodings('o200k_base')") != 0;
  return {"token_count, o200k_base, C and C++",
          floor > 0 ? "tiktoken (wasm) " + megabytes_a_second(floor) : "–",
          known ? megabytes_a_second(ours) : "no vocabulary here",
          floor > 0 ? times(ours / floor) : "–",
          "≥ 20 MB/s, ≥ 4×",
          known && ours >= 20e6 && (floor == 0 || ours >= 4 * floor)};
}

Row estimate(const Options& options, const std::string& text) {
  Connection db(":memory:", options);
  const double ours = rate(db, text, "estimate", options.quick ? 1 : 5);
  return {"token_count, estimate", "–", megabytes_a_second(ours), "–", "≥ 250 MB/s", ours >= 250e6};
}

// What the first count of a connection costs: the vocabulary is mapped and its pages are touched.
Row first(const Options& options) {
  std::vector<double> took;
  for (int i = 0; i < (options.quick ? 5 : 100); i++) {
    Connection db(":memory:", options);
    const double start = seconds_now();
    db.number("SELECT token_count('How many tokens are these few words?')");
    took.push_back(seconds_now() - start);
  }
  const double cost = median(took);
  return {"the first token_count of a connection", "–", micros(cost), "–", "≤ 5 ms", cost <= 5e-3};
}

}  // namespace

Rows bench_tokens(const Options& options) {
  const std::string text = corpus();
  return {exact(options, text), estimate(options, text), first(options)};
}

}  // namespace bench
