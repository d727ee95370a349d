// The walk over folders that were made to be trouble.
#include "repo/walk/walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <functional>
#include <map>

#include "index_bytes.hpp"
#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

namespace fs = std::filesystem;

class WalkTest : public ScratchFolder {
 protected:
  // Path to "kind ignored_by pruned_by error", as far as there is one.
  std::map<std::string, std::string> walk(const std::string& from = "") const {
    std::map<std::string, std::string> rows;
    Walk walk(from.empty() ? root() : at(from));
    while (walk.next()) {
      const Entry& e = walk.entry();
      std::string row(to_text(e.kind));
      if (e.ignored_by) row += " ignored:" + e.ignored_by.cite();
      if (!e.pruned_by.empty()) row += " pruned:" + std::string(e.pruned_by);
      if (!e.error.empty()) row += " error:" + e.error;
      EXPECT_TRUE(rows.emplace(e.path, row).second) << e.path;
    }
    return rows;
  }
  using Rows = std::map<std::string, std::string>;
};

TEST_F(WalkTest, WithoutARepository) {
  write(".gitignore", "*.log\n/out/\n");
  write("a.c"), write("x.log"), write("out/b.c"), write("lib/c.c"), write("node_modules/d.js"),
      write("sub/.gitignore", "!x.log\n");
  write("sub/x.log");
  EXPECT_EQ(walk(), (Rows{{".gitignore", "config"},
                          {"a.c", "source"},
                          {"x.log", "other ignored:.gitignore:1:*.log"},
                          {"out", "directory ignored:.gitignore:2:/out/"},
                          {"lib/c.c", "source"},
                          {"node_modules", "directory pruned:node_modules"},
                          {"sub/.gitignore", "config"},
                          {"sub/x.log", "other"}}));
}

TEST_F(WalkTest, OrderIsThatOfWholePaths) {
  for (const char* path : {"a/z", "a-b", "a.c", "a0", "a/b/c", "B"}) write(path);
  std::string order;
  for (Walk walk(root()); walk.next();) order += std::string(walk.entry().path) + " ";
  EXPECT_EQ(order, "B a-b a.c a/b/c a/z a0 ");
}

TEST_F(WalkTest, FilesAreOpenedWhereTheyStand) {
  write("deep/er/file.txt", "content");
  Walk walk(root());
  ASSERT_TRUE(walk.next());
  UniqueFd file;
  std::string text;
  ASSERT_EQ(walk.open(file), 0);
  ASSERT_EQ(read_all(file.get(), 100, text), 0);
  EXPECT_EQ(text, "content");
  EXPECT_EQ(walk.entry().status->bytes, 7);
  EXPECT_FALSE(walk.next());
}

TEST_F(WalkTest, LinksAreNotFollowed) {
  std::string folder;
  for (int depth = 0; depth < 10; depth++) {  // each leads back to the root and to its own folder
    folder += "d/";
    fs::create_directories(at(folder));
    fs::create_symlink(root(), at(folder + "up"));
    fs::create_symlink(".", at(folder + "self"));
  }
  fs::create_symlink("/", at("out"));
  fs::create_symlink("round", at("round"));
  const auto rows = walk();
  EXPECT_EQ(rows.size(), 22u);
  for (const auto& [path, row] : rows) EXPECT_EQ(row, "link") << path;

  Walk walk(root());
  UniqueFd file;
  while (walk.next()) EXPECT_NE(walk.open(file), 0);
}

TEST_F(WalkTest, FilesAreOpenedLaterByTheirPaths) {
  write("deep/er/file.txt", "content");
  fs::create_directory_symlink("deep", at("link"));
  fs::create_symlink("/etc/passwd", at("deep/passwd"));
  UniqueFd folder(::open(root().c_str(), O_RDONLY | O_DIRECTORY)), file;
  EXPECT_EQ(open_regular_file_below(folder.get(), "deep/er/file.txt", file), 0);
  EXPECT_EQ(open_regular_file_below(folder.get(), "link/er/file.txt", file), ENOTDIR);
  EXPECT_EQ(open_regular_file_below(folder.get(), "deep/passwd", file), ELOOP);
  EXPECT_EQ(open_regular_file_below(folder.get(), "deep/../deep/er/file.txt", file), EINVAL);
  EXPECT_EQ(open_regular_file_below(folder.get(), "/etc/passwd", file), EINVAL);
  EXPECT_EQ(open_regular_file_below(folder.get(), "deep/er", file), EINVAL);
  EXPECT_EQ(open_regular_file_below(folder.get(), "deep/gone", file), ENOENT);
}

TEST_F(WalkTest, AFileThatBecomesALinkIsNotOpened) {
  write("a");
  Walk walk(root());
  ASSERT_TRUE(walk.next());
  fs::remove(at("a"));
  fs::create_symlink("/etc/passwd", at("a"));
  UniqueFd file;
  EXPECT_EQ(walk.open(file), ELOOP);
}

TEST_F(WalkTest, SpecialFilesAreOnlyLookedAt) {
  mkfifo(at("pipe").c_str(), 0600);
  mkfifo(at(".gitignore").c_str(), 0600);  // a reader would wait for ever
  EXPECT_EQ(walk(),
            (Rows{{"pipe", "special"}, {".gitignore", "special error:its rules do not count: it is no regular file"}}));
  if (mknod(at("device").c_str(), S_IFCHR | 0600, makedev(1, 5)) != 0) GTEST_SKIP() << "devices are root's to make";
  EXPECT_EQ(walk()["device"], "special");
}

TEST_F(WalkTest, SizesBeyondMemory) {
  write("sparse.c", "");
  ASSERT_EQ(truncate(at("sparse.c").c_str(), 5'000'000'000), 0);
  write(".gitignore", "");
  ASSERT_EQ(truncate(at(".gitignore").c_str(), 5'000'000'000), 0);
  EXPECT_EQ(walk(), (Rows{{"sparse.c", "source pruned:over 500 KB"},
                          {".gitignore",
                           "config pruned:over 500 KB error:its rules do not count: it is larger than "
                           "4194304 bytes"}}));
}

TEST_F(WalkTest, NamesAreBytes) {
  for (const char* name : {"new\nline", "tab\t", " ", "\xff\xfe", "a\\b", "'", "*"}) write(name);
  write(
      "\xff\xfe"
      "d/x");
  EXPECT_EQ(walk().size(), 8u);
  EXPECT_TRUE(
      walk().contains("\xff\xfe"
                      "d/x"));
}

TEST_F(WalkTest, ALinkForRulesIsRefused) {
  write("rules", "*\n");
  write("sub/x");
  fs::create_symlink("../rules", at("sub/.gitignore"));
  EXPECT_EQ(walk()["sub/.gitignore"], "link error:its rules do not count: it is a symbolic link");
  EXPECT_EQ(walk()["sub/x"], "other");
}

TEST_F(WalkTest, WhatMayNotBeRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  write("closed/x"), write("open/y"), write("listed/z");
  fs::permissions(folder_, fs::perms(0755));
  fs::permissions(at("closed"), fs::perms(0));
  fs::permissions(at("listed"), fs::perms(0744));  // names may be read, but nothing may be reached
  ASSERT_EQ(seteuid(65534), 0);
  const auto rows = walk();
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(rows, (Rows{{"closed", "directory error:it cannot be opened: Permission denied"},
                        {"open/y", "other"},
                        {"listed/z", "other error:it cannot be looked at: Permission denied"}}));
}

TEST_F(WalkTest, TheFolderItself) {
  const auto refusal = [&](const std::string& folder) -> std::string {
    try {
      Walk walk(folder);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  write("file");
  EXPECT_EQ(refusal(at("nowhere")), "cannot read the folder '" + at("nowhere") + "': No such file or directory");
  EXPECT_EQ(refusal(at("file")), "cannot read the folder '" + at("file") + "': Not a directory");
  fs::create_symlink(root(), folder_ + "/link");
  EXPECT_EQ(refusal(folder_ + "/link"), "");  // whoever names a link means where it leads
}

TEST_F(WalkTest, DeeperThanDescriptorsReach) {
  UniqueFd at_fd(::open(root().c_str(), O_RDONLY | O_DIRECTORY));
  for (int depth = 0; depth < 300; depth++) {
    ASSERT_EQ(mkdirat(at_fd.get(), "d", 0755), 0);
    at_fd.reset(openat(at_fd.get(), "d", O_RDONLY | O_DIRECTORY));
  }
  const auto rows = walk();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.begin()->second, "directory error:it is deeper than 128 folders");
}

TEST_F(WalkTest, WhatVanishesIsNoEntry) {
  for (const char* path : {"a", "b", "c/d", "e"}) write(path);
  Walk walk(root());
  ASSERT_TRUE(walk.next());
  fs::remove(at("b"));
  fs::remove_all(at("c"));
  ASSERT_TRUE(walk.next());
  EXPECT_EQ(walk.entry().path, "e");
}

TEST_F(WalkTest, PrunesSourceFoldersWhereSomethingElseIsTracked) {
  write("lib/a.js"), write("vendor/b.go");
  const Rows kept = {{"lib/a.js", "source"}, {"vendor/b.go", "source"}};
  EXPECT_EQ(walk(), kept);
  make_repository();
  Rows fresh = kept;
  fresh[".git"] = "directory pruned:.git";
  EXPECT_EQ(walk(), fresh);
  write(".git/index", index_of(2, 1, entry("vendor/b.go")));
  EXPECT_EQ(walk(), (Rows{{".git", "directory pruned:.git"},
                          {"lib", "directory pruned:lib (untracked)"},
                          {"vendor/b.go", "source"}}));
}

// Untracked is what git says of them all the same.
TEST_F(WalkTest, NothingTrackedYet) {
  make_repository();
  write("lib/a.js");
  for (Walk walk(root()); walk.next();) EXPECT_EQ(walk.entry().tracking, Tracking::untracked) << walk.entry().path;
}

TEST_F(WalkTest, FoldsCaseWhereGitDoes) {
  make_repository();
  write(".git/index", index_of(2, 2, entry("Out/Kept") + entry("a")));
  write(".gitignore", "OUT/\n");
  write("out/kept"), write("out/new"), write("A");
  EXPECT_EQ(walk().count("out"), 0u);
  write(".git/config", "[core]\n\tignoreCase = true\n");
  EXPECT_EQ(walk(), (Rows{{".git", "directory pruned:.git"},
                          {".gitignore", "config"},
                          {"A", "other"},
                          {"out", "directory ignored:.gitignore:1:OUT/"},
                          {"out/kept", "other"}}));
}

TEST_F(WalkTest, OfAnIgnoredFolderOnlyWhatIsTracked) {
  make_repository();
  write(".git/index", index_of(2, 3, entry("out/kept/old") + entry("out/lib/tracked") + entry("src/a.log")));
  write(".gitignore", "out/\n*.log\n");
  for (const char* path :
       {"out/new", "out/kept/old", "out/kept/new", "out/other/new", "out/lib/tracked", "src/a.log", "src/b.log"})
    write(path);
  EXPECT_EQ(walk(), (Rows{{".git", "directory pruned:.git"},
                          {".gitignore", "config"},
                          {"out", "directory ignored:.gitignore:1:out/"},
                          {"out/kept/old", "other"},
                          {"out/lib/tracked", "other"},
                          {"src/a.log", "other"},
                          {"src/b.log", "other ignored:.gitignore:2:*.log"}}));
}

TEST_F(WalkTest, AnotherRepositoryIsOneEntry) {
  make_repository(), make_repository("inner/");
  write("inner/x"), write("broken/.git", "gitdir: nowhere\n"), write("broken/y");
  EXPECT_EQ(walk(), (Rows{{".git", "directory pruned:.git"},
                          {"inner", "repository"},
                          {"broken/.git", "other pruned:.git"},
                          {"broken/y", "other"}}));
}

TEST_F(WalkTest, RulesFromAboveTheFolder) {
  make_repository();
  write(".gitignore", "*.log\n"), write("a/.gitignore", "/b/c\nout\n"), write("a/b/c"), write("a/b/x.log"),
      write("a/out/d/e");
  EXPECT_EQ(walk("a/b"),
            (Rows{{"c", "other ignored:a/.gitignore:1:/b/c"}, {"x.log", "other ignored:.gitignore:1:*.log"}}));
  EXPECT_EQ(walk("a/out"), (Rows{{"d", "directory ignored:a/.gitignore:2:out"}}));
}

TEST_F(WalkTest, RulesOfTheUser) {
  make_repository();
  write("a.swp"), write("b.bak"), write("c.tmp");
  fs::create_directories(folder_ + "/home/.config/git");
  std::ofstream(folder_ + "/home/.config/git/ignore") << "*.swp\n";
  write(".git/info/exclude", "*.bak\n");
  const std::string standard = folder_ + "/home/.config/git/ignore";
  EXPECT_EQ(walk()["a.swp"], "binary ignored:" + standard + ":1:*.swp");
  EXPECT_EQ(walk()["b.bak"], "other ignored:.git/info/exclude:1:*.bak");
  std::ofstream(folder_ + "/home/.gitconfig") << "[core]\n excludesFile = ~/mine\n";
  std::ofstream(folder_ + "/home/mine") << "*.tmp\n";
  EXPECT_EQ(walk()["a.swp"], "binary");
  EXPECT_EQ(walk()["c.tmp"], "other ignored:" + folder_ + "/home/mine:1:*.tmp");
}

}  // namespace
}  // namespace agentinfra
