// A file that is erased after it has been read, and the ones that are not.
#include "os/erasable_file.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>

#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

class ErasableFileTest : public ScratchFolder {
 protected:
  ErasableFile opened(const std::string& path) {
    ErasableFile file;
    EXPECT_EQ(ErasableFile::open(at(path), file), 0);
    return file;
  }
  bool exists(const std::string& path) const { return std::filesystem::exists(at(path)); }
  std::string content(const std::string& path) const {
    std::string text;
    read_regular_file(at(path).c_str(), 1 << 20, text);
    return text;
  }
};

TEST_F(ErasableFileTest, IsReadOverwrittenAndGone) {
  const std::string secret(200'000, 's');
  write("a.csv", secret);
  const UniqueFd other(open(at("a.csv").c_str(), O_RDONLY));  // still sees the bytes that were its
  ErasableFile file = opened("a.csv");
  std::string text;
  EXPECT_EQ(read_all(file.fd(), 1 << 20, text), 0);
  EXPECT_EQ(text, secret);
  EXPECT_EQ(file.objection(), "");
  EXPECT_TRUE(exists("a.csv"));
  EXPECT_EQ(file.erase(), "");
  EXPECT_FALSE(exists("a.csv"));
  std::string left;
  EXPECT_EQ(read_all(other.get(), 1 << 20, left), 0);
  EXPECT_EQ(left, std::string(200'000, '\0'));
  EXPECT_NE(file.erase(), "");
}

TEST_F(ErasableFileTest, WorksInTheWorkingFolder) {
  write("a.csv");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(root());
  ErasableFile file;
  EXPECT_EQ(ErasableFile::open("a.csv", file), 0);
  EXPECT_EQ(file.erase(), "");
  std::filesystem::current_path(before);
  EXPECT_FALSE(exists("a.csv"));
}

TEST_F(ErasableFileTest, ALinkIsReadAndKept) {
  write("a.csv");
  std::filesystem::create_symlink(at("a.csv"), at("link.csv"));
  ErasableFile file = opened("link.csv");
  EXPECT_EQ(file.erase(), "it is a symbolic link");
  EXPECT_EQ(content("a.csv"), "x");
  std::filesystem::create_hard_link(at("a.csv"), at("other.csv"));
  EXPECT_EQ(opened("a.csv").erase(), "it has 2 names (hard links)");
  EXPECT_EQ(content("other.csv"), "x");
}

TEST_F(ErasableFileTest, AnotherFileInItsPlaceIsKept) {
  write("a.csv", "mine");
  ErasableFile file = opened("a.csv");
  write("b.csv", "yours");
  std::filesystem::rename(at("b.csv"), at("a.csv"));
  EXPECT_EQ(file.erase(), "another file has taken its place");
  EXPECT_EQ(content("a.csv"), "yours");
}

TEST_F(ErasableFileTest, AFileThatWasWrittenToIsKept) {
  write("a.csv", "one");
  ErasableFile file = opened("a.csv");
  write("a.csv", "one and more");
  EXPECT_EQ(file.erase(), "it was written to after it had been read");
  EXPECT_EQ(content("a.csv"), "one and more");
}

TEST_F(ErasableFileTest, APipeIsReadAndKept) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  ErasableFile file = opened("pipe");  // does not wait for a writer
  std::string text;
  EXPECT_EQ(read_all(file.fd(), 10, text), 0);
  EXPECT_EQ(text, "");
  EXPECT_EQ(file.erase(), "it is not a regular file");
}

TEST_F(ErasableFileTest, AnotherUsersFileIsKept) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  write("a.csv");
  ASSERT_EQ(chown(at("a.csv").c_str(), 12345, 12345), 0);
  EXPECT_EQ(opened("a.csv").erase(), "it belongs to another user");
  EXPECT_TRUE(exists("a.csv"));
}

TEST_F(ErasableFileTest, WhatCannotBeOpened) {
  ErasableFile file;
  EXPECT_EQ(ErasableFile::open(at("none"), file), ENOENT);
  EXPECT_EQ(ErasableFile::open(root(), file), EISDIR);
}

}  // namespace
}  // namespace agentinfra
