#include "repo/walk/git_config.hpp"

#include <gtest/gtest.h>

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

TEST(GitConfig, CountsUpToWhatCannotBeUnderstood) {
  EXPECT_EQ(all("[a]b = c\n[d"), "a.b=c;");
  EXPECT_EQ(all("[a]b = c\n= d\n[e]f=g\n"), "a.b=c;");
  EXPECT_EQ(all("[a]b = \"c\n"), "");
  EXPECT_EQ(all("[a \"\\"), "");
  EXPECT_EQ(all("[a]b = \\q\n"), "");
}

}  // namespace
}  // namespace agentinfra
