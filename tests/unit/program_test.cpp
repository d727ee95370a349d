// Where programs are looked for.
#include "os/program.hpp"

#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

namespace fs = std::filesystem;

class ProgramTest : public ScratchFolder {
 protected:
  ProgramTest() : path_(std::getenv("PATH")), folder_before_(fs::current_path()) {
    write("git"), fs::permissions(at("git"), fs::perms(0755));
    write("later/git"), fs::permissions(at("later/git"), fs::perms(0755));
    fs::current_path(root());
  }
  ~ProgramTest() override {
    setenv("PATH", path_.c_str(), 1);
    fs::current_path(folder_before_);
  }

  static std::string found(const std::string& path) {
    setenv("PATH", path.c_str(), 1);
    return find_program("git");
  }

 private:
  std::string path_;
  fs::path folder_before_;
};

TEST_F(ProgramTest, OnlyInAbsoluteFolders) {
  const std::string later = at("later");
  for (const std::string here : {".:", ":", "::", "./:", "later:", "../root:", ""})
    EXPECT_EQ(found(here + later), later + "/git") << here;
  for (const std::string here : {".", "", ":", "later"}) EXPECT_EQ(found(here), "") << here;
  EXPECT_EQ(found(root() + ":" + later), at("git"));
}

TEST_F(ProgramTest, OnlyWhatCanBeRun) {
  fs::permissions(at("git"), fs::perms(0644));
  fs::create_directories(at("folder/git"));
  EXPECT_EQ(found(root() + ":" + at("folder") + ":" + at("later")), at("later/git"));
}

TEST_F(ProgramTest, PathForOthers) {
  setenv("PATH", ".:/usr/bin::bin:/bin:", 1);
  EXPECT_EQ(program_path(), "/usr/bin:/bin");
  unsetenv("PATH");
  EXPECT_EQ(program_path(), "/usr/local/bin:/usr/bin:/bin");
}

}  // namespace
}  // namespace agentinfra
