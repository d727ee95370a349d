// What the packer is made of: cuts, terms, scores, frames, reading; and a pack of a folder that is trouble.
#include "repo/pack/pack.hpp"

#include <sys/stat.h>

#include "repo/pack/cut.hpp"
#include "repo/pack/reader.hpp"
#include "repo/pack/score.hpp"
#include "repo/pack/terms.hpp"
#include "scratch_folder.hpp"
#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

TEST(Cut, KeepsHeadAndTailAndSaysWhatIsBetween) {
  std::string text;
  for (int i = 0; i < 1000; i++) text += "line " + std::to_string(i) + "\n";
  const std::string cut = cut_text(text, 1000);
  EXPECT_TRUE(cut.starts_with("line 0\nline 1\n"));
  EXPECT_TRUE(cut.ends_with("\nline 999\n"));
  EXPECT_NE(cut.find(" lines left out …]\n"), cut.npos);
  EXPECT_NEAR(static_cast<double>(cut.size()), 1000, 100);
  EXPECT_EQ(cut_text(text, text.size()), text);
}

TEST(Cut, BreaksALongLineBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 3000; i++) text += "é";
  for (size_t bytes = 0; bytes < 200; bytes++) EXPECT_TRUE(valid_utf8(cut_text(text, bytes))) << bytes;
}

TEST(Terms, FindPartsOfIdentifiersAndOtherForms) {
  Terms terms("Where are the lock leases renewed?");
  terms.add("a.c", "void kv_renewLease(Lock* l);");
  terms.add("b.c", "void nothing();");
  terms.add("lock.c", "int x;");
  const auto relevance = terms.relevance();
  EXPECT_EQ(relevance[0], 1);
  EXPECT_EQ(relevance[1], 0);
  EXPECT_GT(relevance[2], 0);
  EXPECT_TRUE(Terms("what is the of").empty());
}

TEST(Terms, RareWordsCountMore) {
  Terms terms("common rare");
  for (int i = 0; i < 20; i++) terms.add("f", "common words");
  terms.add("g", "rare words");
  const auto relevance = terms.relevance();
  EXPECT_EQ(relevance.back(), 1);
  EXPECT_LT(relevance.front(), 0.5);
}

Candidate candidate(std::string path, FileKind kind, int64_t mtime_ms = 0) {
  Candidate c;
  c.path = std::move(path), c.kind = kind, c.mtime_ms = mtime_ms, c.bytes = 1;
  return c;
}

TEST(Score, FollowsTheTable) {
  constexpr int64_t kDay = 86'400'000, kNow = 10'000 * kDay;
  std::deque<Candidate> all = {
      candidate("AGENTS.md", FileKind::doc, kNow),     candidate("src/AGENTS.md", FileKind::doc, kNow),
      candidate("Cargo.toml", FileKind::config, kNow), candidate("src/main.rs", FileKind::source, kNow),
      candidate("src/new.rs", FileKind::source, kNow), candidate("src/weeks.rs", FileKind::source, kNow - 60 * kDay),
      candidate("src/old.rs", FileKind::source, 0),    candidate("CHANGELOG.md", FileKind::doc, kNow),
      candidate("table.csv", FileKind::data, kNow),    candidate("vendor/x/y.rs", FileKind::source, kNow)};
  for (int i = 0; i < 8; i++) all.push_back(candidate("lib/new" + std::to_string(i) + ".rs", FileKind::source, kNow));
  score(all, History{}, {});
  const auto of = [&](size_t i) { return all[i].score; };
  EXPECT_EQ(of(0), 0);
  EXPECT_LT(of(1), kGuidance);
  EXPECT_EQ(of(2), 10);
  EXPECT_LT(of(3), 20);
  for (const size_t recent : {4U, 5U}) EXPECT_TRUE(of(recent) >= 20 && of(recent) <= 30) << of(recent);
  EXPECT_LT(of(4), of(5));
  for (const size_t noise : {6U, 7U, 8U, 9U}) EXPECT_GT(of(noise), kCutoff) << all[noise].path;
}

TEST(Score, AQueryComesRightAfterGuidance) {
  std::deque<Candidate> all = {candidate("AGENTS.md", FileKind::doc), candidate("old.c", FileKind::source),
                               candidate("new.c", FileKind::source, 1)};
  score(all, History{}, {0, 1, 0});
  EXPECT_EQ(all[0].score, 0);
  EXPECT_LT(all[1].score, 15);
  EXPECT_GT(all[2].score, 30);
}

// Pieces that are joined cost what they cost alone: each ends and begins at a safe cut.
TEST(Frame, PiecesJoinAtSafeCuts) {
  for (const Format format : {Format::markdown, Format::xml, Format::json}) {
    const Frame frame(format);
    const std::string pieces[] = {frame.head(), frame.block("/a\nb", "full", "no line end"),
                                  frame.block("b", "head", "/x\n\n"), frame.note("c", "gone"), frame.foot("0")};
    std::string text;
    for (const std::string& piece : pieces) {
      if (!text.empty()) {
        EXPECT_TRUE(is_safe_cut(text + piece, text.size())) << piece;
      }
      text += piece;
    }
  }
}

// XML has no such characters at all: parsers refuse the whole text for one.
TEST(Frame, XmlHasNoCharacterThatXmlHasNot) {
  const std::string block =
      Frame(Format::xml).block("a", "full", "\x01 \xEF\xBF\xBE \xEF\xBF\xBF \xEF\xBF\xBD ]]> end");
  EXPECT_EQ(block,
            "<file path=\"a\" mode=\"full\"><![CDATA[\n\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD "
            "]]]]><![CDATA[> end\n]]></file>\n");
}

class PackOfFolder : public ScratchFolder {
 protected:
  Pack pack(int64_t budget) const { return make_pack(root(), {.budget = budget}, History{}); }
  static const PackedFile* find(const Pack& pack, std::string_view path) {
    for (const auto* list : {&pack.files, &pack.omitted})
      for (const PackedFile& file : *list)
        if (file.path == path) return &file;
    return nullptr;
  }
};

TEST_F(PackOfFolder, ReadsNothingButRegularFilesBelowIt) {
  write("src/a.c", "int a;\n");
  std::filesystem::create_directory_symlink("/etc", at("etc"));
  const Reader reader(root());
  EXPECT_EQ(reader.read("src/a.c").text, "int a;\n");
  EXPECT_NE(reader.read("etc/passwd").fault, "");
  EXPECT_NE(reader.read("../root/src/a.c").fault, "");
  EXPECT_EQ(reader.read("src/gone.c").fault, "it has vanished");
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(reader.read("pipe").fault, "it is no regular file any more");
  write("grown.c", std::string(600'000, 'x'));
  EXPECT_EQ(reader.read("grown.c").fault, "over 500 KB");
}

TEST_F(PackOfFolder, StaysWithinAnyBudget) {
  write("AGENTS.md", std::string(5000, 'a'));
  for (int i = 0; i < 20; i++) write("src/f" + std::to_string(i) + ".c", "int f();\nint g(int x) { return x; }\n");
  for (int64_t budget = kLeastBudget; budget < 3000; budget += 97) {
    const Pack p = pack(budget);
    EXPECT_LE(Tokenizer().count(p.text), budget);
    EXPECT_EQ(p.files.size() + p.omitted.size(), 21U);
  }
}

TEST_F(PackOfFolder, OneLineThatDoesNotFitIsCut) {
  std::string line;
  while (line.size() < 300'000) line += "word ";
  write("README.md", line);
  const Pack p = pack(1000);
  const PackedFile* readme = find(p, "README.md");
  ASSERT_NE(readme, nullptr);
  EXPECT_EQ(readme->mode, Mode::head);
  EXPECT_GE(Tokenizer().count(p.text), 970);
}

TEST_F(PackOfFolder, ADeltaTellsWhatIsGoneAndWhatIsNew) {
  write("a.c", "int a;\n");
  write("b.c", "int b;\n");
  const Pack before = pack(1000);
  Told told;
  for (const PackedFile& file : before.files) told[file.path] = file.hash;
  const auto delta = [&](int64_t budget) {
    return make_delta(root(), {.budget = budget}, 1000, History{}, before.id, told);
  };
  EXPECT_EQ(delta(500).text, "");
  std::filesystem::remove(at("a.c"));
  write("b.c", "int b(void);\n");
  const Delta changed = delta(500);
  EXPECT_NE(changed.text.find("## b.c\n\n```c\nint b(void);\n```\n\n## a.c (gone)\n"), changed.text.npos);
  EXPECT_EQ(changed.told.size(), 1U);
  EXPECT_LE(Tokenizer().count(delta(kLeastBudget).text), kLeastBudget);
}

}  // namespace
}  // namespace agentinfra
