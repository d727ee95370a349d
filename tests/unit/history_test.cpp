// What becomes of a history when git cannot be used. What git says of one is tests/slt/repo's business.
#include "repo/history/history.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "repo/walk/git.hpp"
#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

namespace fs = std::filesystem;

// The repository root(), and a git that is a shell script.
class HistoryTest : public ScratchFolder {
 protected:
  HistoryTest() : path_(std::getenv("PATH")) {
    make_repository();
    fs::create_directories(at("bin"));
    setenv("PATH", (at("bin") + ":" + path_).c_str(), 1);
  }
  ~HistoryTest() override { setenv("PATH", path_.c_str(), 1); }

  void git_is(const std::string& script) const {
    write("bin/git", "#!/bin/sh\n" + script + "\n");
    fs::permissions(at("bin/git"), fs::perms(0755));
  }

  GitOutput run(std::chrono::seconds longest = std::chrono::seconds(10)) const {
    return run_git(root(), {"log"}, longest, 1000);
  }

  std::string path_;
};

TEST_F(HistoryTest, Faults) {
  git_is("echo 'fatal: no' >&2; echo 'more' >&2; exit 128");
  EXPECT_EQ(run().fault, "fatal: no");
  git_is("echo 'warning: hm' >&2; printf 'error: \\033[31m\\tr\\303\\251d\\n' >&2; exit 1");
  EXPECT_EQ(run().fault, "error: [31mr??d");
  git_is("printf '%01000d' 1 >&2; exit 1");
  EXPECT_EQ(run().fault, std::string(200, '0'));
  git_is("exit 3");
  EXPECT_EQ(run().fault, "git ended with status 3");
  git_is("kill -9 $$");
  EXPECT_EQ(run().fault, "git was ended by signal 9");
  git_is("exec sleep 60");
  EXPECT_EQ(run(std::chrono::seconds(0)).fault, "git took longer than 0 s");
  setenv("PATH", ".:", 1);
  EXPECT_EQ(run().fault, "git is not in PATH");
}

TEST_F(HistoryTest, NoFault) {
  git_is("echo 'warning: hm' >&2; echo text");
  const GitOutput whole = run();
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.text + whole.fault, "text\n");
  git_is("while :; do echo 0123456789; done");
  const GitOutput cut = run();
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.text.size() + cut.fault.size(), 1000u);
}

// More than a pipe holds: whoever reads one after the other waits for ever.
TEST_F(HistoryTest, MuchToSayOnBoth) {
  git_is("i=0; while [ $i -lt 100 ]; do printf '%02000d' 1 >&2; i=$((i+1)); done; echo text");
  EXPECT_EQ(run().text, "text\n");
}

TEST_F(HistoryTest, EnvironmentOfGit) {
  setenv("GIT_DIR", "/elsewhere", 1);
  setenv("GIT_CONFIG_COUNT", "1", 1), setenv("GIT_CONFIG_KEY_0", "a.b", 1), setenv("GIT_CONFIG_VALUE_0", "c", 1);
  setenv("PATH", (".:" + at("bin") + ":/bin").c_str(), 1);
  git_is("echo \"$PATH $GIT_DIR $GIT_CONFIG_COUNT $GIT_CONFIG_KEY_0 $GIT_CONFIG_VALUE_0\"");
  EXPECT_EQ(run().text, at("bin") + ":/bin  1 a.b c\n");
  for (const char* name : {"GIT_DIR", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"}) unsetenv(name);
}

TEST_F(HistoryTest, OfAFolder) {
  git_is("exit 1");  // as rev-parse --quiet does where nothing is committed yet
  EXPECT_EQ(find_head(root()).fault, "");
  git_is("echo 'fatal: detected dubious ownership' >&2; exit 128");
  EXPECT_EQ(find_head(root()).fault, "fatal: detected dubious ownership");
  EXPECT_EQ(History::read(root(), find_head(root())).fault, "fatal: detected dubious ownership");

  write(".git/refs/heads/main", std::string(40, 'a') + "\n");
  const Head head = find_head(root());
  EXPECT_EQ(head.name(), std::string(40, 'a'));
  EXPECT_EQ(head.fault, "");
  const History history = History::read(root(), head);
  EXPECT_EQ(history.fault, "fatal: detected dubious ownership");
  EXPECT_EQ(history.head, "");

  fs::remove_all(at(".git"));
  EXPECT_EQ(History::read(root(), find_head(root())).fault, "");
}

// Git would wait for a writer.
TEST_F(HistoryTest, FifosInsteadOfFiles) {
  git_is("exec sleep 60");
  write(".git/refs/heads/other", std::string(40, 'a') + "\n");
  for (const std::string name : {"config", "config.worktree", "commondir", "shallow", "packed-refs", "info/grafts",
                                 "objects/info/alternates", "objects/info/commit-graph"}) {
    fs::create_directories(fs::path(at(".git/" + name)).parent_path());
    ASSERT_EQ(mkfifo(at(".git/" + name).c_str(), 0600), 0);
    EXPECT_EQ(find_head(root()).fault, "in the git directory, " + name + " is no regular file");
    fs::remove(at(".git/" + name));
  }
  ASSERT_EQ(mkfifo(at(".git/refs/heads/main").c_str(), 0600), 0);
  EXPECT_EQ(find_head(root()).fault, "in the git directory, the branch HEAD names is no regular file");
  fs::remove(at(".git/HEAD"));
  ASSERT_EQ(mkfifo(at(".git/HEAD").c_str(), 0600), 0);
  EXPECT_EQ(find_head(root()).fault, "");  // no repository
}

}  // namespace
}  // namespace agentinfra
