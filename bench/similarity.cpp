// similarity: how good the sketch of ext/guard/similarity.hpp is, and how fast.
//
//   ninja -C build/test bench_similarity && build/test/bench_similarity
//
// Prints two Markdown tables. The first is the same on every machine.
#include "guard/similarity.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>

#include "varied_text.hpp"

namespace {

using namespace agentinfra;

constexpr size_t kPairs = 1000;

void print_row(size_t words, size_t percent, bool both_vary) {
  std::mt19937_64 random(words);
  const size_t changes = words * percent / 100;
  double exact_sum = 0, estimate_sum = 0, error_sum = 0;
  int alike = 0, called_alike = 0;
  std::vector<double> errors;
  for (size_t i = 0; i < kPairs; i++) {
    const varied::Article base = varied::article(words, random), b = varied::vary(base, changes, random);
    const varied::Article a = both_vary ? varied::vary(base, changes, random) : base;
    const double exact = varied::exact_similarity(a, b);
    const double estimate = similarity(sketch_of(varied::text(a)), sketch_of(varied::text(b)));
    errors.push_back(std::abs(estimate - exact));
    exact_sum += exact, estimate_sum += estimate, error_sum += errors.back();
    alike += exact >= kNearDuplicate, called_alike += estimate >= kNearDuplicate;
  }
  std::sort(errors.begin(), errors.end());
  std::printf("| %zu | %zu%%%s | %.3f | %.3f | %.3f | %.3f | %.3f | %.1f%% | %.1f%% |\n", words, percent,
              both_vary ? " of one base, each" : "", exact_sum / kPairs, estimate_sum / kPairs, error_sum / kPairs,
              errors[kPairs * 95 / 100], errors.back(), 100.0 * alike / kPairs, 100.0 * called_alike / kPairs);
}

// Nanoseconds a call: the best of five rounds of a few hundredths of a second.
template <typename Call>
double nanoseconds(size_t calls, Call call) {
  double best = INFINITY;
  for (int round = 0; round < 5; round++) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < calls; i++) call(i);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count() / static_cast<double>(calls));
  }
  return best;
}

std::string repeated(std::string_view text, size_t bytes) {
  std::string made;
  while (made.size() < bytes) made += text;
  return made;
}

void print_speed(const char* what, const std::string& text, size_t calls) {
  volatile uint8_t sink = 0;
  const double taken = nanoseconds(calls, [&](size_t) { sink = sketch_of(text)[2]; });
  std::printf("| sketch of %s, %zu bytes | %.2f µs | %.0f MB/s |\n", what, text.size(), taken / 1e3,
              1e3 * static_cast<double>(text.size()) / taken);
}

}  // namespace

int main() {
  std::printf(
      "| words | words changed | true similarity | estimate | mean error | p95 | max | truly ≥ %g | called duplicates "
      "|\n"
      "|---|---|---|---|---|---|---|---|---|\n",
      kNearDuplicate);
  for (const size_t words : {20, 100, 1000}) {
    for (const size_t percent : {0, 1, 2, 3, 4, 5, 10, 19, 30, 60, 100})
      if (words * percent % 100 == 0) print_row(words, percent, false);
    print_row(words, 10, true);
  }

  std::mt19937_64 random(1);
  const std::string article = varied::text(varied::article(250'000, random));
  std::printf("\n| | time | |\n|---|---|---|\n");
  print_speed("nothing", "", 20'000);
  print_speed("a message", article.substr(0, 200), 20'000);
  print_speed("an article", article.substr(0, 5'000), 2'000);
  print_speed("a long text", article.substr(0, 1'000'000), 10);
  print_speed("a long Russian text", repeated("Быстрая лиса прыгает через ленивую собаку. ", 1'000'000), 10);
  print_speed("a long Chinese text", repeated("敏捷的棕色狐狸跳过了懒狗。", 1'000'000), 10);
  print_speed("one long word", std::string(1'000'000, 'x'), 10);

  const Sketch a = sketch_of(article), b = sketch_of(article.substr(1000));
  volatile double sink = 0;
  std::printf("| similarity of two sketches | %.0f ns | |\n",
              nanoseconds(100'000, [&](size_t) { sink = similarity(a, b); }));
}
