// Words as people and programs write them, made fit for FTS5.
//
//   match_expression("Where is the clockDomain?")   // "clockDomain" OR "clock" OR "Domain"
//   inner_words("UniqueFd fd;")                     // "Unique Fd"
//
// A question is plain words: no character of it has a meaning in FTS5's syntax. A passage that has any of them is
// found; which comes first is for bm25 to say, to which words that are everywhere are worth little. Words that every
// question has (what, the, is) are left out, unless there are no others.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

// Empty when there is no word in the question.
std::string match_expression(std::string_view question);

// The words within the identifiers of a text that FTS5's tokenizer takes for one word: camelCase. Each once.
std::string inner_words(std::string_view text);

}  // namespace agentinfra
