// Exports of browsers and password managers, a sample of each as its program writes it.
#include "credential/import/formats.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace agentinfra {
namespace {

// A whole export, read: the Rows are views into its text.
struct Export {
  explicit Export(std::string content, std::string_view named = "") : text(std::move(content)) {
    CsvReader csv(text);
    csv.next();
    const ExportFormat format =
        named.empty() ? ExportFormat::detect(csv.fields()) : ExportFormat::named(named, csv.fields());
    name = format.name();
    while (csv.next()) rows.push_back(format.read(csv));
  }

  std::string text;
  std::string_view name;
  std::vector<ExportRow> rows;
};

std::string error(std::string text, std::string_view named = "") {
  try {
    Export(std::move(text), named);
    return "";
  } catch (const CsvError& error) {
    return error.what();
  }
}

void expect_login(const ExportRow& row, std::string_view service, std::string_view username, std::string_view url,
                  std::string_view password, std::string_view note = "", std::string_view totp = "") {
  EXPECT_EQ(row.verdict, ExportRow::login) << row.reason;
  EXPECT_EQ(row.reason, "");
  EXPECT_EQ(row.service, service);
  EXPECT_EQ(row.username, username);
  EXPECT_EQ(row.url, url);
  EXPECT_EQ(row.password, password);
  EXPECT_EQ(row.note.view(), note);
  EXPECT_EQ(row.totp, totp);
}

void expect_skipped(const ExportRow& row, std::string_view reason, bool holds_more) {
  EXPECT_EQ(row.verdict, ExportRow::skipped);
  EXPECT_EQ(row.reason, reason);
  EXPECT_EQ(row.holds_more, holds_more) << reason;
}

TEST(Formats, Chrome) {
  const Export chrome(
      "name,url,username,password,note\n"
      "github.com,https://github.com/login,ada,\" s3cret, \"\"quoted\"\" \",recovery codes at home\n"
      "Twitter,android://aGFzaA==@com.twitter.android/,ada@example.org,pa ss,\n"
      ",https://example.org/,,only,\n"
      "never.example,https://never.example/,ada,,\n"
      ",,ada,,\n"
      ",,ada,lost,\n");
  EXPECT_EQ(chrome.name, "chrome");
  ASSERT_EQ(chrome.rows.size(), 6u);
  expect_login(chrome.rows[0], "github.com", "ada", "https://github.com/login", " s3cret, \"quoted\" ",
               "recovery codes at home");
  expect_login(chrome.rows[1], "Twitter", "ada@example.org", "android://aGFzaA==@com.twitter.android/", "pa ss");
  expect_login(chrome.rows[2], "example.org", "", "https://example.org/", "only");
  expect_skipped(chrome.rows[3], "has no password", false);
  expect_skipped(chrome.rows[4], "has no password", false);
  expect_skipped(chrome.rows[5], "has no name and no url", true);
  EXPECT_EQ(chrome.rows[5].line, 7);
}

TEST(Formats, ChromeWithoutNotesAndOfBefore2018) {
  const Export plain("name,url,username,password\r\na.org,https://a.org/,u,p\r\n");
  EXPECT_EQ(plain.name, "chrome");
  expect_login(plain.rows.at(0), "a.org", "u", "https://a.org/", "p");
  const Export old("origin_url,username_value,password_value\nhttps://a.org/x,u,p\n");
  EXPECT_EQ(old.name, "chrome");
  expect_login(old.rows.at(0), "a.org", "u", "https://a.org/x", "p");
}

TEST(Formats, Firefox) {
  const Export firefox(
      "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\",\"timeLastUsed\","
      "\"timePasswordChanged\"\r\n"
      "\"https://accounts.example.org\",\"ada\",\"p\"\"w\",,\"https://accounts.example.org\","
      "\"{3c9e1f6a-0b1e-4c56-9f6e-0f6d6c0a1b2c}\",\"1589012345678\",\"1589012345678\",\"1589012345678\"\r\n"
      "\"chrome://FirefoxAccounts\",\"4f7a\",\"{\"\"version\"\":1}\",\"Firefox Accounts credentials\",,"
      "\"{aa9e1f6a-0b1e-4c56-9f6e-0f6d6c0a1b2c}\",\"1\",\"1\",\"1\"");
  EXPECT_EQ(firefox.name, "firefox");
  ASSERT_EQ(firefox.rows.size(), 2u);
  expect_login(firefox.rows[0], "accounts.example.org", "ada", "https://accounts.example.org", "p\"w");
  expect_skipped(firefox.rows[1], "is Firefox's own, not a login", false);
}

TEST(Formats, Apple) {
  const Export apple(
      "Title,URL,Username,Password,Notes,OTPAuth\n"
      "example.org (ada),https://example.org/,ada,Tr0ub4dor&3,\"two\nlines\","
      "otpauth://totp/example.org:ada?secret=JBSWY3DPEHPK3PXP&issuer=example.org\n"
      "code only,https://b.org/,ada,,,otpauth://totp/b?secret=JBSWY3DPEHPK3PXP\n"
      "example.org (work),https://example.org/,ada,x,,\n"
      "(ada),https://example.org/,ada,x,,\n");
  EXPECT_EQ(apple.name, "apple");
  expect_login(apple.rows.at(0), "example.org", "ada", "https://example.org/", "Tr0ub4dor&3", "two\nlines",
               "otpauth://totp/example.org:ada?secret=JBSWY3DPEHPK3PXP&issuer=example.org");
  expect_skipped(apple.rows.at(1), "has no password", true);
  expect_login(apple.rows.at(2), "example.org (work)", "ada", "https://example.org/", "x");
  expect_login(apple.rows.at(3), "(ada)", "ada", "https://example.org/", "x");
}

TEST(Formats, Bitwarden) {
  const std::string header = "type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n";
  const Export own("folder,favorite," + header +
                   "Work,1,login,Example,a note,\"pin: 1234\nhint: x\",0,"
                   "\"https://example.org/?a=1,2,https://login.example.org\",ada,pw,JBSWY3DPEHPK3PXP\n"
                   ",,note,Wifi,the code is 9,,0,,,,\n"
                   ",,card,,,,0,,,,\n"
                   ",,login,\"one, two\",,,0,\"a.org,b\",ada,pw,\n");
  EXPECT_EQ(own.name, "bitwarden");
  expect_login(own.rows.at(0), "Example", "ada", "https://example.org/?a=1,2", "pw",
               "a note\npin: 1234\nhint: x\nfurther URIs: https://login.example.org\nfolder: Work", "JBSWY3DPEHPK3PXP");
  expect_skipped(own.rows.at(1), "is not a login, but a note, a card or an identity", true);
  expect_skipped(own.rows.at(2), "is not a login, but a note, a card or an identity", false);
  expect_login(own.rows.at(3), "one, two", "ada", "a.org,b", "pw");

  const Export organisation("collections," + header + "Team,login,Example,,,0,https://e.org,ada,pw,\n");
  EXPECT_EQ(organisation.name, "bitwarden");
  expect_login(organisation.rows.at(0), "Example", "ada", "https://e.org", "pw", "collections: Team");
}

TEST(Formats, OnePassword) {
  for (const char* url : {"Url", "Website"}) {
    const Export one(std::string("Title,") + url +
                     ",Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"
                     "Example,https://example.org,ada,\"p,w\",,false,false,\"a;b\",note\n");
    EXPECT_EQ(one.name, "1password");
    expect_login(one.rows.at(0), "Example", "ada", "https://example.org", "p,w", "note\ntags: a;b");
  }
}

TEST(Formats, KeePassXc) {
  const Export keepass(
      "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last "
      "Modified\",\"Created\"\n"
      "\"Root/Mail\",\"Mail\",\"ada\",\"  spaces  "
      "\",\"\",\"\",\"otpauth://totp/Mail:ada?secret=JBSWY3DPEHPK3PXP\",\"0\","
      "\"2026-01-01T00:00:00Z\",\"2025-01-01T00:00:00Z\"\n");
  EXPECT_EQ(keepass.name, "keepassxc");
  expect_login(keepass.rows.at(0), "Mail", "ada", "", "  spaces  ", "group: Root/Mail",
               "otpauth://totp/Mail:ada?secret=JBSWY3DPEHPK3PXP");
  EXPECT_FALSE(keepass.rows.at(0).holds_more);
}

TEST(Formats, LastPass) {
  const Export lastpass(
      "url,username,password,totp,extra,name,grouping,fav\n"
      "https://example.org,ada,pw,,,Example,Work,0\n"
      "https://shop.example,ada,fish&amp;chips,,,Shop,,0\n"
      "http://sn,,,,\"NoteType:Server\nPassword:x\",Root,,0\n"
      "http://group,,,,,Work,,0\n");
  EXPECT_EQ(lastpass.name, "lastpass");
  expect_login(lastpass.rows.at(0), "Example", "ada", "https://example.org", "pw", "grouping: Work");
  EXPECT_TRUE(lastpass.rows.at(0).warnings.empty());
  expect_login(lastpass.rows.at(1), "Shop", "ada", "https://shop.example", "fish&amp;chips");
  ASSERT_EQ(lastpass.rows.at(1).warnings.size(), 1u);
  expect_skipped(lastpass.rows.at(2), "is not a login, but a secure note", true);
  expect_skipped(lastpass.rows.at(3), "is a folder", false);
}

TEST(Formats, OurOwn) {
  const Export own("service,username,password,url,note\ngithub.com,ada,pw,https://github.com,x\n");
  EXPECT_EQ(own.name, "agentinfra");
  expect_login(own.rows.at(0), "github.com", "ada", "https://github.com", "pw", "x");
}

TEST(Formats, HeadersMayBeInAnyCaseAndOrder) {
  const Export shuffled("PASSWORD,Name,URL,UserName\npw,a,https://a.org,u\n");
  EXPECT_EQ(shuffled.name, "chrome");
  expect_login(shuffled.rows.at(0), "a", "u", "https://a.org", "pw");
}

TEST(Formats, AFormatThatIsNamedNeedsOnlyWhatItNeeds) {
  const Export few("url,password\nhttps://a.org/,pw\n", "chrome");
  EXPECT_EQ(few.name, "chrome");
  expect_login(few.rows.at(0), "a.org", "", "https://a.org/", "pw");
}

// A file without a header begins with somebody's password: no sentence may show it.
TEST(Formats, WhatIsRefused) {
  const std::string names = "firefox, bitwarden, keepassxc, lastpass, 1password, apple, chrome, agentinfra";
  EXPECT_EQ(error("github.com,https://github.com,ada,hunter2\n"),
            "its first line is the header of none of these: " + names);
  EXPECT_EQ(error("a,b\n", "chrome"), "its first line is no header with a password, and a name or a url");
  EXPECT_EQ(error("username,password\n", "chrome"), "its first line is no header with a password, and a name or a url");
  EXPECT_EQ(error("name,url,username,password,Password\n"), "it has two columns for the same, one of them password");
  EXPECT_EQ(error("url,username,password,extra,name,grouping\n", "chrome"),
            "its first line is the header of lastpass, not of chrome");
  EXPECT_EQ(error("name,url,username,password\ra,b,c,d\r"), "its line ends are CR only: save it with LF or CRLF");
  EXPECT_EQ(error("name,url,username,password\n", "dashlane"), "format must be one of " + names);
}

TEST(Formats, RowsThatCannotBeTrustedHaveFailed) {
  const Export rows(
      "name,url,username,password\n"
      "a,https://a.org,u,pass,word\n"
      "a,https://a.org,u\n"
      "a,https://a.org,u,pass\"word\n");
  EXPECT_EQ(rows.rows.at(0).verdict, ExportRow::failed);
  EXPECT_EQ(rows.rows.at(0).reason, "has more fields than the header");
  EXPECT_EQ(rows.rows.at(1).reason, "has fewer fields than the header");
  EXPECT_EQ(rows.rows.at(2).reason, "has a quote inside a field that is not quoted");
}

// What is not stored may be nowhere else.
TEST(Formats, AColumnThatIsNotKnownIsSaid) {
  const Export dashlane(
      "username,title,password,note,url,category,otpSecret\nu,t,p,,https://a.org,,SECRET\nu,t,p,,,,\n");
  EXPECT_EQ(dashlane.name, "apple");
  EXPECT_TRUE(dashlane.rows.at(0).holds_more);
  EXPECT_EQ(dashlane.rows.at(0).warnings.size(), 1u);
  EXPECT_FALSE(dashlane.rows.at(1).holds_more);
}

TEST(Formats, UrlsWithAPasswordAreSaid) {
  const Export urls(
      "name,url,username,password\n"
      "a,https://u:p@a.org/,u,p\n"
      "b,https://u@a.org/x:y,u,p\n"
      "c,https://a.org:8080/@x:y,u,p\n");
  EXPECT_EQ(urls.rows.at(0).warnings.size(), 1u);
  EXPECT_EQ(urls.rows.at(1).warnings.size(), 0u);
  EXPECT_EQ(urls.rows.at(2).warnings.size(), 0u);
}

// Whatever has become of an export: it is read or refused, and no row is more than it was.
TEST(Formats, AnyByteMayBeAnother) {
  const std::string sample =
      "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n"
      ",1,login,E,\"a \"\"note\"\"\",pin: 1,0,\"https://e.org,https://f.org\",ada,\"p\nw\",JBSWY3DP\n"
      ",,note,Wifi,code,,0,,,,\n";
  const std::string_view others(
      "\0,\"\r\n \xff"
      "a:/@",
      11);
  for (size_t at = 0; at < sample.size(); at++) {
    for (const char other : others) {
      std::string text = sample;
      text[at] = other;
      error(text);
      error(text.substr(0, at));
    }
  }
}

TEST(Formats, HostOf) {
  EXPECT_EQ(host_of("https://example.org/login?x"), "example.org");
  EXPECT_EQ(host_of("https://u:p@example.org:8080#x"), "example.org:8080");
  EXPECT_EQ(host_of("android://aGFzaA==@com.example.app/"), "com.example.app");
  EXPECT_EQ(host_of("example.org"), "example.org");
  EXPECT_EQ(host_of("https://"), "");
  EXPECT_EQ(host_of(""), "");
}

}  // namespace
}  // namespace agentinfra
