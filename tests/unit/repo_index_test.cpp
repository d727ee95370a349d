// The index on a SQLite without FTS5, and what is known of its files.
#include "repo/index/repo_index.hpp"

#include <map>

#include "os/hash.hpp"
#include "repo/index/document.hpp"
#include "repo/index/refresh.hpp"
#include "scratch_folder.hpp"

extern "C" int sqlite3_agentinfra_init(sqlite3* db, char** error, const sqlite3_api_routines* api);

namespace agentinfra {
namespace {

class RepoIndexTest : public ScratchFolder {
 protected:
  RepoIndexTest() {
    sqlite3_open(":memory:", &db_);
    sqlite3_agentinfra_init(db_, nullptr, nullptr);
    say("SELECT agentinfra_init()");
  }
  ~RepoIndexTest() override { EXPECT_EQ(sqlite3_close(db_), SQLITE_OK); }

  // The first value, or the error.
  std::string say(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return sqlite3_errmsg(db_);
    std::string said;
    const int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr)
      said = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) said = sqlite3_errmsg(db_);
    sqlite3_finalize(statement);
    return said;
  }

  sqlite3* db_ = nullptr;
};

TEST_F(RepoIndexTest, WithoutFts5TheRestWorks) {
  const char* keep[] = {"agentinfra_session", "agentinfra_help", "repo_search", "repo_files", nullptr};
  sqlite3_drop_modules(db_, keep);
  write("a.c", "int a;\n");
  EXPECT_EQ(say("SELECT repo_index('" + root() + "')"),
            "repo_index: this SQLite is built without FTS5, which the index needs: call it from another one");
  EXPECT_NE(say("SELECT * FROM repo_search('" + root() + "', 'a')").find("there is no index of"), std::string::npos);
  EXPECT_EQ(say("SELECT kv_set('shared', 'k', 1)"), "1");
  EXPECT_EQ(say("SELECT path FROM repo_files('" + root() + "')"), "a.c");
}

TEST_F(RepoIndexTest, WhatIsKnownOfFiles) {
  write("a.c", "int a;\n"), write("b/c.md", "# Title\n"), write("b.md", std::string("\0", 1)),
      write("gone.c", "int b;\n");
  usleep(30'000);
  say("SELECT repo_index('" + root() + "')");
  std::filesystem::remove(at("gone.c"));
  write("a.c", "int changed;\n");

  Session session(db_, 1 << 20);
  RepoIndex index(session, root());
  EXPECT_TRUE(index.root()->usable);
  EXPECT_EQ(index.size(), 4u);
  std::map<std::string, bool> same;
  for (Walk walk(root()); walk.next();) {
    const auto at = index.find(walk.entry().path);
    same[std::string(walk.entry().path)] = same_status(index[*at].status, *walk.entry().status);
  }
  EXPECT_EQ(same, (std::map<std::string, bool>{{"a.c", false}, {"b.md", true}, {"b/c.md", true}}));
  EXPECT_EQ(index.find("nowhere"), std::nullopt);
  EXPECT_EQ(index[*index.find("b.md")].tokens, std::nullopt);
  EXPECT_EQ(index[*index.find("b/c.md")].hash, xxh3("# Title\n"));
  EXPECT_EQ(index[*index.find("b/c.md")].tokens, index_encoding(session).tokenizer.count("# Title\n"));
  EXPECT_EQ(RepoIndex(session, "/elsewhere").root(), std::nullopt);
  session.disconnected();
}

TEST_F(RepoIndexTest, ATimeStampThatIsTooYoungProvesNothing) {
  constexpr int64_t kSecond = 1'000'000'000, kNow = 1000 * kSecond + 1;
  EXPECT_TRUE(is_settled({0, kNow - kSecond, kNow - kSecond, 1}, kNow));
  EXPECT_FALSE(is_settled({0, kNow - kSecond, kNow, 1}, kNow));
  EXPECT_FALSE(is_settled({0, kNow + kSecond, kNow - kSecond, 1}, kNow));
  EXPECT_FALSE(is_settled({0, kNow, 999 * kSecond, 1}, kNow));  // a file system of whole seconds
  EXPECT_FALSE(is_settled({0, 999 * kSecond, 999 * kSecond, 1}, kNow));
  EXPECT_TRUE(is_settled({0, 997 * kSecond, 997 * kSecond, 1}, kNow));
}

}  // namespace
}  // namespace agentinfra
