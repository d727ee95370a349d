// A folder for one test, with the home of somebody who has configured nothing.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace agentinfra {

class ScratchFolder : public ::testing::Test {
 protected:
  ScratchFolder() : folder_(std::filesystem::exists("/dev/shm") ? "/dev/shm/unit.XXXXXX" : "/tmp/unit.XXXXXX") {
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    folder_ = std::filesystem::canonical(folder_);
    setenv("HOME", (folder_ + "/home").c_str(), 1);
    for (const char* name : {"XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT"}) unsetenv(name);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    std::filesystem::create_directories(root());
  }
  ~ScratchFolder() override { std::filesystem::remove_all(folder_); }

  std::string root() const { return folder_ + "/root"; }
  std::string at(const std::string& path) const { return root() + "/" + path; }

  void write(const std::string& path, const std::string& text = "x") const {
    std::filesystem::create_directories(std::filesystem::path(at(path)).parent_path());
    std::ofstream(at(path), std::ios::binary) << text;
  }

  // What makes root() a repository, with nothing tracked.
  void make_repository(const std::string& where = "") const {
    for (const char* part : {".git/objects/", ".git/refs/"}) std::filesystem::create_directories(at(where + part));
    write(where + ".git/HEAD", "ref: refs/heads/main\n");
  }

  std::string folder_;
};

}  // namespace agentinfra
