#include "repo/redact/redact.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace agentinfra {
namespace {

constexpr std::string_view kHex = "0123456789abcdef", kDigits = "0123456789",
                           kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                           kAny = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Always the same random characters. Whole keys in a source would alarm those who look for keys in sources.
std::string some(size_t count, std::string_view of = kAny) {
  uint64_t state = 0x9E3779B97F4A7C15u + of.size();
  std::string text;
  while (text.size() < count) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text.push_back(of[(state >> 33) % of.size()]);
  }
  return text;
}

// @ stands for the secret: it is replaced, and everything else is kept.
void expect_found(std::string_view pattern, std::string_view secret, std::string_view kind) {
  const size_t at = pattern.find('@');
  const auto with = [&](std::string_view what) {
    return std::string(pattern.substr(0, at)).append(what).append(pattern.substr(at + 1));
  };
  const Redacted result = redact(with(secret));
  EXPECT_EQ(result.text, with("[REDACTED:" + std::string(kind) + "]")) << pattern;
  EXPECT_EQ(result.count, 1) << pattern;
}

void expect_kept(std::string_view text) { EXPECT_EQ(redact(text).text, text); }

TEST(Redact, KeysByTheirPrefix) {
  const auto expect_key = [](std::string prefix, std::string body, std::string_view kind) {
    expect_found("x(\"@\")\n", prefix + body, kind);
  };
  expect_key("AKIA", some(16, kUpper), "aws-key");
  expect_key("ASIA", "CJVWNFABKQXKLDBZ", "aws-key");  // no digit
  expect_key("SG.", some(22) + "." + some(43), "sendgrid-key");
  expect_key("hf_", some(34, kAny.substr(0, 52)), "huggingface-token");
  expect_key("hvs.", some(90), "vault-token");
  expect_key("AGE-SECRET-KEY-1", some(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"), "age-key");
  expect_key("rk_live_", some(40), "stripe-key");
  expect_key("lin_api_", some(40), "linear-key");
  expect_key("ATATT3", "xFfGF0" + some(170) + "=" + some(8, kUpper), "atlassian-token");
  expect_key("dapi", some(32, kHex), "databricks-token");
  expect_key("PMAK-", some(24, kHex) + "-" + some(34, kHex), "postman-key");
  expect_key("NRAK-", some(27, kUpper), "newrelic-key");
  expect_key("r8_", some(37), "replicate-token");
  expect_key("atlasv1.", some(64), "terraform-token");
  expect_key("key-", some(32, kHex), "mailgun-key");
  expect_key("EAACEdEose0cBA", some(80), "facebook-token");
  expect_key("ghp_", some(36), "github-token");
}

TEST(Redact, AddressesThatAreSecrets) {
  expect_found("x(\"https://hooks.slack.com/services/@\")",
               "T" + some(8, kUpper) + "/B" + some(8, kUpper) + "/" + some(24), "slack-webhook");
  expect_found("https://discord.com/api/webhooks/123456789012345678/@ ", some(68), "discord-webhook");
  expect_found("x(\"@\")", some(10, "123456789") + ":AA" + some(33), "telegram-token");
  expect_found("DATABASE_URL=mysql://root:@@127.0.0.1/db\n", "r00t", "url-password");
  expect_found("DSN=https://@@o1.ingest.sentry.io/2\n", some(32, kHex), "url-token");
  expect_kept("https://user:pass@example.com ssh://git:2222@host/ https://organisation@dev.azure.com/x");
}

TEST(Redact, PuttyKeys) {
  const std::string head = "PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 2";
  const std::string lines = "\n" + some(64) + "\n" + some(60) + "\n", tail = "Private-MAC: 00\n";
  EXPECT_EQ(redact(head + lines + tail).text, head + "\n[REDACTED:private-key]\n\n" + tail);
}

TEST(Redact, PasswordsInSettings) {
  for (const auto& [pattern, secret] : std::initializer_list<std::pair<const char*, const char*>>{
           {"DB_PASSWORD=@\n", "hunter2!"},
           {"password: @\n", "admin123"},
           {"DB_PASS=\"@\"\n", "correct horse battery"},
           {"MYSQL_ROOT_PASSWORD: @\n", "S3cr3t!"},
           {"environment:\n  POSTGRES_PASSWORD: @\n", "postgres-prod-77"},
           {"database:\n  password: @\n", "Tr0ub4dor&3"},
           {"PASSWORD=@\n", "ümläut-pässword1"},
           {"ENV DB_PASSWORD=@\n", "dckpw123"},
           {"ENV DB_PASSWORD @\n", "dckpw123"},
           {"PGPASSWORD=@ psql\n", "pgpw99x!"},
           {"mysql --password=@ db\n", "s3cr3t-9"},
           {"<password>@</password>", "xmlpw123"},
           {"<password>@</password>", "{COQLCE6DU6GtcS5P=}x"},
           {"Server=h;Database=d;User Id=u;Password=@;\n", "csPw123!"},
           {"- name: DB_PASSWORD\n  value: @\n", "k8spw123"},
           {"<property name=\"password\" value=\"@\"/>", "spr1ng-pw"},
       })
    expect_found(pattern, secret, "password");
}

TEST(Redact, PasswordsInSources) {
  for (const auto& [pattern, secret] : std::initializer_list<std::pair<const char*, const char*>>{
           {"connect(host=\"h\", password=\"@\")", "Sommer2024!"},
           {"PASSWORD = \"@\"\n", "Sommer2024!"},
           {"{\"password\": \"@\"}", "letmein99"},
           {"\"{\\\"password\\\": \\\"@\\\"}\"", "letmein99"},
           {"define('DB_PASSWORD', '@');", "wpPass!23"},
           {"let password: &str = \"@\";", "rustpw12"},
           {"password = \\\n  \"@\"\n", "multil1ne"},
           {"passphrase: `@`,", "tick pass phrase 1"},
           {"CREATE USER x IDENTIFIED BY '@';", "sqlpw123"},
           {"ALTER ROLE x PASSWORD '@';", "sqlpw456"},
       })
    expect_found(pattern, secret, "password");
}

TEST(Redact, RandomValuesOfTellingNames) {
  expect_found("ENV API_TOKEN @\n", some(32), "token");
  expect_found("let apiSecret: String = \"@\"", some(32), "secret");
  expect_found("<add key=\"ApiSecret\" value=\"@\"/>", some(30), "secret");
  expect_found("const encryptionKey = Buffer.from(\"@\", \"hex\")", some(64, kHex), "key");
  expect_found("JWT_SIGNING=@\n", some(64), "secret");
  expect_found("KEY=@\n", some(64, kHex), "key");
  expect_found("STRIPE_KEY=@\n", "whatever-" + some(16), "key");
  expect_found("SALT=@\n", some(32, kHex), "salt");
  expect_found("vault login --token=@\n", "s." + some(24), "token");
  expect_found("define('AUTH_KEY', '@');", "put$%^ ~random|phrase here 1]Zx", "key");
  expect_found("{\"auth\":\"@\"}", "dXNlcjpwYXNzdzByZDEy", "basic-auth");
  expect_found("_auth=@\n", "dXNlcjpwYXNzdzByZDEy", "basic-auth");
}

TEST(Redact, PlaceholdersStay) {
  for (const char* text : {"PASSWORD=changeme\n", "password: ${DB_PASSWORD}\n", "password=<your password here>\n",
                           "DB_PASSWORD=xxxxxxxx\n", "DB_PASSWORD=\n", "password: \"\"\n", "password: null\n",
                           "password: \"{{ vault_password }}\"\n", "PASSWORD=%PASSWORD%\n", "password = 12345678\n",
                           "<password>changeme</password>", "IDENTIFIED BY 'password'"})
    expect_kept(text);
}

TEST(Redact, CodeStays) {
  for (const char* text : {"password = getpass.getpass()\n",
                           "const password = req.body.password;",
                           "password: string;\n",
                           "password: Base64String\n",
                           "pwd: Int64\n",
                           "password = tokens[i]\n",
                           "password = other.password2\n",
                           "PASSWORD_MIN_LENGTH = 12\n",
                           "password_hash = \"bcrypt\"\n",
                           "ownPass: !!ownPass\n",
                           "if (pass == 'x1y2z3!')",
                           "bypass = \"true_value_here1\"\n",
                           "compass: northeast12\n",
                           "crypt(\"pass\", '$1$dW0.is5.$10CH101gG');",
                           "{\"PASSWORD_ARGON2ID\", \"argon2id\"}",
                           "a = 1;password=b2;c=3;",
                           "KEY=13B6F51ECDDE430D\n",
                           "signing = signer\n",
                           "salt = os.urandom(16)\n",
                           "ENV PASSWORD_FILE /run/secrets/x1\n",
                           "secret: Option<String> = None",
                           "keyboardShortcut = \"Ctrl+Shift+Alt+P\"\n",
                           "\"keywords\": [\"password\", \"secret\", \"token\"],",
                           "PASSWORD 'SCRAM-SHA-256$4096:VLK4RMaQLCvNtQ==$6YtlR4t69S'",
                           "ENV GPG_KEY A035C8C19219BA821ECEA86B64E628F8D684696D\n",
                           "\"author\": \"Jane\", \"auth\": \"basic\"",
                           "hf_transfer_is_a_name_that_is_long_enough",
                           "<password>string</password>"})
    expect_kept(text);
}

TEST(Redact, LinesAreKept) {
  const std::string text = "a\nDB_PASSWORD=hunter2!\r\nb\n";
  EXPECT_EQ(redact(text).text, "a\nDB_PASSWORD=[REDACTED:password]\r\nb\n");
}

// Each beginning and each end of a text in which everything begins and nothing ends.
TEST(Redact, WhateverEnds) {
  const std::string text = "\\\"password\\\": \\\"x1!defg\\ <add key=\"ApiSecret\" value=\"" + some(30) +
                           "\"/> define('AUTH_KEY', 'put$ ENV TOKEN let secret: &str = \"a Private-Lines: 2\n" +
                           some(40) + " 123456789:AA" + some(33) + " /api/webhooks/12/" + some(61) +
                           " PASSWORD = \\\n\"";
  const auto lines = [](std::string_view of) { return std::count(of.begin(), of.end(), '\n'); };
  for (size_t length = 0; length <= text.size(); length++)
    for (const std::string& part : {text.substr(0, length), text.substr(length)})
      EXPECT_EQ(lines(redact(part).text), lines(part)) << part;
}

}  // namespace
}  // namespace agentinfra
