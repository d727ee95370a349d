// What the exports of browsers and password managers mean.
//
//   const ExportFormat format = ExportFormat::detect(csv.fields());          // by the names in the header, in any case
//   and order while (csv.next()) {
//     const ExportRow row = format.read(csv);
//     if (row.verdict == ExportRow::login) store(row.service, row.username, row.url, row.password, …);
//     else report(row.line, row.reason);
//   }
//
// A column is known by its name: Title, name and service are all what a credential is called. The service is the name,
// or the host of the url where there is none. Passwords are never trimmed, and nothing is guessed: a row that cannot be
// trusted has failed, and says why without saying what is in it. What somebody has written goes into the
// note: folders, groups, tags, Firefox's realms, Bitwarden's custom fields and further URIs. Left out is what a program
// made for itself: icons, stars, dates, GUIDs. Of a column that is not known, the row says so.
//
// Everything a row holds but its note is a view into the record that it was read from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "credential/import/csv.hpp"
#include "os/secret.hpp"

namespace agentinfra {

struct ExportRow {
  enum Verdict { login, skipped, failed };

  int64_t line = 0;
  Verdict verdict = login;
  std::string_view reason;  // of a row that is no login
  // It holds something that is not stored, and may be nowhere else: a note, a card, a password without a name.
  bool holds_more = false;

  std::string_view service, username, url, password, totp;
  Secret note;
  std::vector<std::string_view> warnings;
};

class ExportFormat {
 public:
  // Both throw CsvError.
  static ExportFormat detect(std::span<const std::string_view> header);
  // A header that is another format's is refused.
  static ExportFormat named(std::string_view name, std::span<const std::string_view> header);

  std::string_view name() const { return name_; }
  ExportRow read(const CsvReader& record) const;

 private:
  enum Role { kService, kUrl, kUsername, kPassword, kTotp, kNote, kType, kFields, kIntoNote, kLeftOut, kRoles };
  struct Column {
    std::string_view name;
    Role role;
  };
  static const Column kColumns[];

  ExportFormat(std::string_view name, std::span<const std::string_view> header);
  std::string_view get(const CsvReader& record, Role role) const;
  void read_login(const CsvReader& record, ExportRow& row) const;
  void read_note(const CsvReader& record, ExportRow& row) const;
  std::string_view reason_to_skip(const CsvReader& record, const ExportRow& row) const;
  void read_labels(const CsvReader& record, ExportRow& row) const;
  void warn(const CsvReader& record, ExportRow& row) const;

  std::string_view name_;
  size_t width_;                                  // fields of a record
  std::array<std::optional<size_t>, kRoles> at_;  // where each role stands
  struct Labelled {
    std::string_view column;
    size_t at;
  };
  std::vector<Labelled> into_note_;
  std::vector<size_t> unknown_;  // columns that mean nothing to us
};

// "github.com" of "https://user@github.com/login", "com.example.app" of "android://key@com.example.app/".
std::string_view host_of(std::string_view url);

}  // namespace agentinfra
