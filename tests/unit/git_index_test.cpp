// The index, byte by byte: what git writes is tests/oracle/walk's business; here is what nobody should write.
#include "repo/walk/git_index.hpp"

#include <random>

#include "index_bytes.hpp"
#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

class GitIndexTest : public ScratchFolder {
 protected:
  // The sentence of the refusal; empty when it is read.
  std::string refusal(const std::string& bytes) {
    write(".git/index", bytes);
    try {
      GitIndex index({root(), at(".git"), at(".git")}, {});
      index.seek("\xff");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(GitIndexTest, CursorGoesThroughNamesInOrder) {
  write(".git/index", index_of(2, 4, entry("a") + entry("b/c") + entry("b/d") + entry("z", 0160000)));
  GitIndex index({root(), at(".git"), at(".git")}, {});
  EXPECT_TRUE(index.has("a"));
  EXPECT_TRUE(index.has("a"));
  EXPECT_FALSE(index.has("aa"));
  EXPECT_TRUE(index.has_below("b/"));
  EXPECT_FALSE(index.has("b/cc"));
  EXPECT_TRUE(index.has("b/d"));
  EXPECT_FALSE(index.has_below("c/"));
  EXPECT_TRUE(index.is_submodule("z"));
  EXPECT_FALSE(index.is_submodule("a"));
  EXPECT_FALSE(index.has("zz"));
}

TEST_F(GitIndexTest, Empty) {
  EXPECT_TRUE(GitIndex({root(), at(".git"), at(".git")}, {}).empty());
  write(".git/index", index_of(2, 0, ""));
  EXPECT_TRUE(GitIndex({root(), at(".git"), at(".git")}, {}).empty());
  write(".git/index", index_of(2, 1, entry("a")));
  EXPECT_FALSE(GitIndex({root(), at(".git"), at(".git")}, {}).empty());
}

// As asked by a walk over a, A/b and B, whose order is not that of these names.
TEST_F(GitIndexTest, FoldsCase) {
  write(".git/index", index_of(2, 4, entry("A/B") + entry("b") + entry("m/N", 0160000) + entry("\xc3\x89")));
  GitConfig config;
  config.ignore_case = true;
  GitIndex index({root(), at(".git"), at(".git")}, config);
  EXPECT_TRUE(index.has("B"));
  EXPECT_TRUE(index.has_below("a/"));
  EXPECT_TRUE(index.has("a/b"));
  EXPECT_FALSE(index.has("a"));
  EXPECT_FALSE(index.has_below("b/"));
  EXPECT_TRUE(index.is_submodule("M/n"));
  EXPECT_FALSE(index.has("\xc3\xa9"));  // of ASCII only
}

TEST_F(GitIndexTest, CompressedNames) {
  write(".git/index",
        index_of(4, 3, compressed({"\0", 1}, "dir/one") + compressed("\3", "two") + compressed("\7", "z")));
  GitIndex index({root(), at(".git"), at(".git")}, {});
  EXPECT_TRUE(index.has("dir/one"));
  EXPECT_TRUE(index.has("dir/two"));
  EXPECT_TRUE(index.has("z"));
}

// From 128 bytes on, how many to drop takes more than one byte.
TEST_F(GitIndexTest, LongCompressedNames) {
  const std::string first = "a" + std::string(20'000, 'b');
  write(".git/index", index_of(4, 4,
                               compressed({"\0", 1}, first) + compressed("\x80\x48", "c") + compressed("\x01", "d") +
                                   compressed("\x80\x99\x59", "e")));
  GitIndex index({root(), at(".git"), at(".git")}, {});
  EXPECT_TRUE(index.has(first));
  EXPECT_TRUE(index.has(first.substr(0, 20'001 - 200) + "c"));
  EXPECT_TRUE(index.has(first.substr(0, 20'001 - 200) + "d"));
  EXPECT_TRUE(index.has("ae"));
}

TEST_F(GitIndexTest, RefusesWithASentence) {
  EXPECT_EQ(refusal(""), "'" + at(".git/index") + "' is no git index of version 2, 3 or 4");
  EXPECT_EQ(refusal("DIRCxxxx"), "'" + at(".git/index") + "' is no git index of version 2, 3 or 4");
  EXPECT_EQ(refusal(index_of(5, 0, "")), "'" + at(".git/index") + "' is no git index of version 2, 3 or 4");
  const std::string damaged = "'" + at(".git/index") + "' is damaged: ";
  EXPECT_EQ(refusal(index_of(2, 2, entry("a"))), damaged + "it ends within an entry");
  EXPECT_EQ(refusal(index_of(2, 0xffffffff, entry("a"))), damaged + "it ends within an entry");
  EXPECT_EQ(refusal(index_of(2, 2, entry("b") + entry("a"))), damaged + "its names are not in order");
  EXPECT_EQ(refusal(index_of(2, 1, entry(""))), damaged + "its names are not in order");
  EXPECT_EQ(refusal(index_of(4, 1, compressed("\1", "a"))), damaged + "it ends within a name");
}

// A name may grow by each entry of version 4, so that a small file would fill the memory.
TEST_F(GitIndexTest, NamesHaveALimit) {
  std::string entries;
  for (int i = 0; i < 20; i++) entries += compressed({"\0", 1}, std::string(4000, 'a'));
  EXPECT_EQ(refusal(index_of(4, 20, entries)), "'" + at(".git/index") + "' is damaged: it ends within a name");
}

TEST_F(GitIndexTest, NeedsGitForASplitOrSparseOne) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  for (const char* extension : {"link", "sdir"})
    EXPECT_EQ(refusal(index_of(2, 1, entry("a") + extension + big_endian(0, 4))),
              "only git can read the split or sparse index of '" + root() + "': git is not in PATH");
  setenv("PATH", path.c_str(), 1);
  write(".git/HEAD", "");  // no repository to git
  const std::string sentence = refusal(index_of(2, 1, entry("a") + "link" + big_endian(0, 4)));
  EXPECT_TRUE(sentence.starts_with("only git can read the split or sparse index of '" + root() +
                                   "': fatal: not a git repository"))
      << sentence;
}

TEST_F(GitIndexTest, SurvivesDamage) {
  const std::string sound[] = {
      index_of(2, 3, entry("a") + entry("b/c") + entry("d")),
      index_of(4, 3, compressed({"\0", 1}, "dir/one") + compressed("\3", "two") + compressed("\7", "z")),
  };
  std::mt19937 random(1);
  for (int round = 0; round < 200; round++) {
    std::string bytes = sound[round % 2];
    for (int flips = 1 + round % 4; flips > 0; flips--) {
      const size_t byte = 8 + random() % (bytes.size() - 8);
      bytes[byte] = static_cast<char>(random());
    }
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    if (bytes.find("link") == bytes.npos && bytes.find("sdir") == bytes.npos) refusal(bytes);  // no crash, no hang
  }
}

}  // namespace
}  // namespace agentinfra
