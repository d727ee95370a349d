// Pre-tokenization: text falls into pieces first, and byte-pair merges stay within a piece.
//
//   for (const char* p = begin; p < end; p = piece_end(Split::o200k, p, end)) …
//
// Each tokenizer defines its pieces by a regular expression whose alternatives are tried in order, with backtracking.
// What is here gives the same pieces in one forward pass, in time linear in the text; split.cpp says at each step which
// alternative it stands for. The expressions, in Rust's notation (P is [^\r\n\p{L}\p{N}], C is
// (?i:'s|'t|'re|'ve|'m|'ll|'d)):
//
//   o200k   P?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+C?
//           |P?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*C?
//           |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   cl100k  C|P?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+(?!\S)|\s
//   Llama 3 C|P?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   Qwen 2  the same with \p{N}
//
// \s is Unicode's White_Space and (?i:'s) takes U+017F as well, as in the engines that the models' makers use. (A
// JavaScript \s has U+FEFF and lacks U+0085: ports to JavaScript differ there, and count files that begin with a byte
// order mark otherwise than the models do.)
#pragma once

#include <optional>
#include <string_view>

namespace agentinfra {

// The numbers are stored in vocabulary files.
enum class Split : unsigned { o200k = 1, cl100k = 2, llama3 = 3, qwen2 = 4 };

// Where the piece that starts at `p` < `end` ends. The text is well-formed UTF-8, and `p` is where a piece ended, or
// its begin.
const char* piece_end(Split split, const char* p, const char* end);

// The split that a tokenizer.json's regular expression stands for.
std::optional<Split> split_of_regex(std::string_view regex);

}  // namespace agentinfra
