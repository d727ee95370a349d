#include "repo/walk/git_config.hpp"

#include <gtest/gtest.h>

#include "repo/walk/repository.hpp"
#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

std::string all(std::string_view text) {
  std::string out;
  for (GitConfigReader line(text); line.next();) out += line.name() + "=" + line.value() + ";";
  return out;
}

TEST(GitConfig, Variables) {
  EXPECT_EQ(all("[core]\n\texcludesFile = ~/x\n"), "core.excludesfile=~/x;");
  EXPECT_EQ(all("[core]excludesFile=x"), "core.excludesfile=x;");
  EXPECT_EQ(all("[core] bare\nfilemode = false # no\n"), "core.bare=true;core.filemode=false;");
  EXPECT_EQ(all("[a \"B c\"] d=e\n[f.G]h=i\n"), "a.B c.d=e;f.g.h=i;");
}

TEST(GitConfig, Values) {
  EXPECT_EQ(all("[a]b =  c  d  \n"), "a.b=c  d;");
  EXPECT_EQ(all("[a]b = \" c ; d \" ; e\n"), "a.b= c ; d ;");
  EXPECT_EQ(all("[a]b = c\\\nd\\te\n"), "a.b=cd\te;");
  EXPECT_EQ(all("[a]b = c\\\r\nd\r\n"), "a.b=cd;");
  EXPECT_EQ(all("[a]b = \"c\\\"d\\\\\"\n"), "a.b=c\"d\\;");
  EXPECT_EQ(all("[a]b =\n"), "a.b=;");
}

TEST(GitConfig, ByteOrderMark) {
  EXPECT_EQ(all("\xEF\xBB\xBF[a]b = c\n"), "a.b=c;");
  EXPECT_EQ(all("[a]b = c\n\xEF\xBB\xBF[d]e = f\n"), "a.b=c;");
}

TEST(GitConfig, CountsUpToWhatCannotBeUnderstood) {
  EXPECT_EQ(all("[a]b = c\n[d"), "a.b=c;");
  EXPECT_EQ(all("[a]b = c\n= d\n[e]f=g\n"), "a.b=c;");
  EXPECT_EQ(all("[a]b = \"c\n"), "");
  EXPECT_EQ(all("[a \"\\"), "");
  EXPECT_EQ(all("[a]b = \\q\n"), "");
}

// The repository is root(), on branch main.
class GitConfigFilesTest : public ScratchFolder {
 protected:
  GitConfigFilesTest() { make_repository(), write("included", "[core]\nexcludesFile = theirs\n"); }
  ~GitConfigFilesTest() override {
    for (const char* name : {"GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"}) unsetenv(name);
  }

  GitConfig config() const {
    const auto repository = find_repository(root());
    return read_git_config(&*repository);
  }

  // Whether this condition, in the repository's own configuration, includes a file.
  bool includes(const std::string& condition) const {
    write(".git/config", "[includeIf \"" + condition + "\"]\n\tpath = ../included\n");
    return config().excludes_file == "theirs";
  }
};

TEST_F(GitConfigFilesTest, ConditionsOnThePlace) {
  EXPECT_TRUE(includes("gitdir:" + root() + "/"));
  EXPECT_TRUE(includes("gitdir:" + root() + "/.git"));
  EXPECT_TRUE(includes("gitdir:root/"));
  EXPECT_TRUE(includes("gitdir:**/.git"));
  EXPECT_TRUE(includes("gitdir:/"));
  EXPECT_FALSE(includes("gitdir:" + root()));
  EXPECT_FALSE(includes("gitdir:" + root() + "/other/"));
  EXPECT_FALSE(includes("gitdir:ROOT/"));
  EXPECT_TRUE(includes("gitdir/i:ROOT/"));
  EXPECT_FALSE(includes("gitdir:~/"));
  setenv("HOME", folder_.c_str(), 1);
  EXPECT_TRUE(includes("gitdir:~/"));
  EXPECT_TRUE(includes("gitdir:~/r*t/"));
  EXPECT_FALSE(includes("gitdir:./"));  // below .git, where the file is
  std::ofstream(folder_ + "/.gitconfig") << "[includeIf \"gitdir:./root/\"]\n\tpath = root/included\n";
  write(".git/config", "");
  EXPECT_EQ(config().excludes_file, "theirs");
}

TEST_F(GitConfigFilesTest, ConditionsOnTheBranch) {
  EXPECT_TRUE(includes("onbranch:main"));
  EXPECT_FALSE(includes("onbranch:mai"));
  write(".git/HEAD", "ref: refs/heads/feature/a/b\n");
  EXPECT_TRUE(includes("onbranch:feature/"));
  EXPECT_FALSE(includes("onbranch:feature/*"));
  write(".git/HEAD", std::string(40, 'a') + "\n");
  EXPECT_FALSE(includes("onbranch:**"));
}

TEST_F(GitConfigFilesTest, OtherConditionsNeverHold) {
  for (const char* condition : {"", "gitdir", "hasconfig:remote.*.url:*", "GITDIR:/"})
    EXPECT_FALSE(includes(condition));
}

// 50 to the tenth of them, if depth alone were limited.
TEST_F(GitConfigFilesTest, FilesThatIncludeThemselvesEnd) {
  std::string text = "[core]\nignoreCase\n[include]\n";
  for (int i = 0; i < 50; i++) text += "path = config\n";
  write(".git/config", text);
  EXPECT_TRUE(config().ignore_case);
}

TEST_F(GitConfigFilesTest, FilesNamedByTheEnvironment) {
  std::filesystem::create_directories(folder_ + "/home");
  std::ofstream(folder_ + "/home/.gitconfig") << "[core]\nexcludesFile = mine\n";
  EXPECT_EQ(config().excludes_file, "mine");
  setenv("GIT_CONFIG_GLOBAL", at("included").c_str(), 1);
  EXPECT_EQ(config().excludes_file, "theirs");
  setenv("GIT_CONFIG_GLOBAL", "", 1);
  EXPECT_EQ(config().excludes_file, std::nullopt);
  setenv("GIT_CONFIG_SYSTEM", at("included").c_str(), 1);
  EXPECT_EQ(config().excludes_file, std::nullopt);
  setenv("GIT_CONFIG_NOSYSTEM", "0", 1);
  EXPECT_EQ(config().excludes_file, "theirs");
}

TEST_F(GitConfigFilesTest, VariablesOfTheEnvironment) {
  write(".git/config", "[core]\nexcludesFile = repository\n");
  setenv("GIT_CONFIG_KEY_0", "Core.ExcludesFile", 1), setenv("GIT_CONFIG_VALUE_0", "variable", 1);
  EXPECT_EQ(config().excludes_file, "repository");
  setenv("GIT_CONFIG_COUNT", "1", 1);
  EXPECT_EQ(config().excludes_file, "variable");
  setenv("GIT_CONFIG_KEY_0", ("includeIf.gitdir:" + root() + "/.path").c_str(), 1);
  setenv("GIT_CONFIG_VALUE_0", at("included").c_str(), 1);
  EXPECT_EQ(config().excludes_file, "theirs");
  setenv("GIT_CONFIG_VALUE_0", "included", 1);  // relative to no file
  EXPECT_EQ(config().excludes_file, "repository");
}

}  // namespace
}  // namespace agentinfra
