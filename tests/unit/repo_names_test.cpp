// What names tell: kinds, and what is pruned.
#include <gtest/gtest.h>

#include "repo/walk/kind.hpp"
#include "repo/walk/prune.hpp"

namespace agentinfra {
namespace {

TEST(FileKind, ByExtensionAndByName) {
  EXPECT_EQ(kind_of("walk.cpp"), FileKind::source);
  EXPECT_EQ(kind_of("WALK.CPP"), FileKind::source);
  EXPECT_EQ(kind_of("Dockerfile"), FileKind::source);
  EXPECT_EQ(kind_of("Dockerfile.alpine"), FileKind::source);
  EXPECT_EQ(kind_of("README"), FileKind::doc);
  EXPECT_EQ(kind_of("AGENTS.md"), FileKind::doc);
  EXPECT_EQ(kind_of("requirements.txt"), FileKind::config);
  EXPECT_EQ(kind_of(".gitignore"), FileKind::config);
  EXPECT_EQ(kind_of("logo.png"), FileKind::binary);
  EXPECT_EQ(kind_of("rows.csv"), FileKind::data);
  EXPECT_EQ(kind_of("mystery"), FileKind::other);
  EXPECT_EQ(kind_of(std::string(300, 'x') + ".py"), FileKind::source);
  EXPECT_EQ(kind_of(""), FileKind::other);
  EXPECT_EQ(kind_of("."), FileKind::other);
}

TEST(FileKind, Generated) {
  EXPECT_EQ(kind_of("package-lock.json"), FileKind::generated);
  EXPECT_EQ(kind_of("app.min.js"), FileKind::generated);
  EXPECT_EQ(kind_of("app.js.map"), FileKind::generated);
  EXPECT_EQ(kind_of("api.pb.go"), FileKind::generated);
}

TEST(Prune, FilesOfPackageManagersAndLargeOnes) {
  EXPECT_EQ(pruned_file("Cargo.lock", 1), "Cargo.lock");
  EXPECT_EQ(pruned_file("main.css.map", 1), "source map");
  EXPECT_EQ(pruned_file("agentinfra.map", 1), "");  // a linker's version script
  EXPECT_EQ(pruned_file("sqlite3.c", kLargestFile), "");
  EXPECT_EQ(pruned_file("sqlite3.c", kLargestFile + 1), "over 500 KB");
}

TEST(Prune, FilesThatOnlyHoldCredentials) {
  for (const char* name :
       {".env", ".env.local", ".env.production", ".netrc", ".pgpass", ".htpasswd", ".git-credentials", ".pypirc",
        "id_rsa", "id_ed25519", "server.pem", "tls.key", "store.p12", "Team.KDBX", "host.ppk", "credentials.json"})
    EXPECT_EQ(pruned_file(name, 1), "credentials") << name;
  for (const char* name : {".env.example", ".env.sample", ".env.template", ".env.dist", ".envrc", ".npmrc",
                           "id_rsa.pub", "env.py", "server.crt", "key", "keys.key.md", "credentials.py", ""})
    EXPECT_EQ(pruned_file(name, 1), "") << name;
  EXPECT_EQ(kind_of("server.pem"), FileKind::data);  // not generated
}

TEST(Prune, SourceFoldersOnlyWhenKnownToBeUntracked) {
  EXPECT_EQ(pruned_folder("node_modules", Tracking::tracked), "node_modules");
  EXPECT_EQ(pruned_folder("lib", Tracking::untracked), "lib (untracked)");
  EXPECT_EQ(pruned_folder("lib", Tracking::tracked), "");
  EXPECT_EQ(pruned_folder("lib", Tracking::unknown), "");
  EXPECT_EQ(pruned_folder("src", Tracking::untracked), "");
}

}  // namespace
}  // namespace agentinfra
