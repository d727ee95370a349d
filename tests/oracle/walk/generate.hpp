// Trees and rules from a seed, made to hit what is easy to get wrong.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace oracle {

// Nothing of the standard library's distributions: their numbers differ from one library to the next.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  size_t below(size_t n) { return static_cast<size_t>(engine_() % n); }
  bool one_in(size_t n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// A work tree made anew, again and again, in one repository.
class Scene {
 public:
  explicit Scene(std::string folder);  // empty; becomes the repository, beside home/ and xdg/

  void new_tree(Dice& dice);
  void new_rules(Dice& dice);
  void new_index(Dice& dice);

  const std::string& top() const { return top_; }
  bool folds_case() const { return folds_case_; }
  const std::string& some_folder(Dice& dice) const { return dice.pick(folders_); }
  std::string rules_for_people() const;

 private:
  std::vector<std::string> below(const std::string& folder) const;  // files, by their paths relative to it
  void write_rules(const std::string& path, const std::string& text);

  std::string folder_, top_;
  std::vector<std::string> folders_, files_;  // absolute; folders_ has the top
  std::vector<std::string> rule_files_;
  bool folds_case_ = false;
};

}  // namespace oracle
