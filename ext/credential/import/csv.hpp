// CSV as RFC 4180 has it, read in place: a record's fields are views into the text, which is unquoted where it stands.
// Nothing is copied, so whoever owns the text wipes it once and no password is left anywhere else.
//
//   CsvReader csv(text);                      // text is changed by reading it
//   while (csv.next()) {
//     if (!csv.fault().empty()) …             // this record cannot be trusted: what is wrong, without what is in it
//     for (std::string_view field : csv.fields()) …
//   }
//
// Fields are as they are: never trimmed. Quoted fields may hold commas, quotes (doubled) and line ends. A BOM in front,
// LF or CRLF, blank lines and a missing last line end are all right. What programs do not agree on how to read is not
// guessed: the record has a fault, or, where even its end is in doubt, CsvError is thrown.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace agentinfra {

struct CsvError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class CsvReader {
 public:
  static constexpr size_t kMostFields = 256;  // in a record

  // Refuses UTF-16, and line ends that are CR only.
  explicit CsvReader(std::span<char> text);

  // Reads the next record that is not blank; false at the end of the text.
  bool next();

  const std::vector<std::string_view>& fields() const { return fields_; }
  std::string_view fault() const { return fault_; }
  int64_t line() const { return line_; }  // on which the record begins; the first is 1

 private:
  bool at_end() const { return at_ == text_.size(); }
  bool at_line_end() const;
  void take_line_end();
  std::string_view field();
  size_t unquote();
  void doubt(std::string_view fault) { fault_ = fault; }

  std::span<char> text_;
  size_t at_ = 0;
  int64_t next_line_ = 1;
  int64_t line_ = 0;
  std::string_view fault_;
  std::vector<std::string_view> fields_;
};

}  // namespace agentinfra
