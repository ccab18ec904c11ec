#include "server/catalogue/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Texts(YamlContext& context) {
  std::vector<std::string> texts;
  for (const FileProblem& problem : context.TakeProblems()) texts.push_back(Format(problem));
  return texts;
}

std::vector<std::string> ParseProblems(std::string_view text, const YamlLimits& limits = {}) {
  YamlContext context("f");
  EXPECT_FALSE(ParseYaml(text, context, limits).has_value()) << text;
  return Texts(context);
}

YAML::Node Parse(std::string_view text, YamlContext& context) {
  const std::optional<YAML::Node> node = ParseYaml(text, context);
  EXPECT_TRUE(node.has_value()) << text;
  return node.value_or(YAML::Node());
}

TEST(FileProblem, IsFormattedWithItsPlace) {
  EXPECT_EQ(Format({"a.yaml", 3, 7, "no"}), "a.yaml:3:7: no");
  EXPECT_EQ(Format({"a.yaml", 0, 0, "no"}), "a.yaml: no");
}

TEST(ParseYaml, SaysWhereTheSyntaxIsBroken) {
  EXPECT_THAT(ParseProblems("a: 1\nb: [1, 2\n"), ElementsAre(HasSubstr("f:3:1:")));
  EXPECT_THAT(ParseProblems("a:\n\t- x\n"), SizeIs(1));
}

TEST(ParseYaml, RefusesWhatIsNoSingleDocument) {
  EXPECT_THAT(ParseProblems(""), ElementsAre("f: the file is empty"));
  EXPECT_THAT(ParseProblems("# nothing\n"), SizeIs(1));
  EXPECT_THAT(ParseProblems("a: 1\n---\nb: 2\n"), ElementsAre("f: there must be one document only"));
}

TEST(ParseYaml, RefusesAnchorsAliasesAndTags) {
  EXPECT_THAT(ParseProblems("a: &x 1\nb: *x\n"),
              ElementsAre("f:1:4: anchors are not taken here", HasSubstr("aliases are not taken here")));
  EXPECT_THAT(ParseProblems("a: !!binary aGk=\n"), ElementsAre(HasSubstr("tags are not taken here")));
  EXPECT_THAT(ParseProblems("a: !mine {b: 1}\n"), ElementsAre(HasSubstr("tags are not taken here")));
}

TEST(ParseYaml, RefusesABillionLaughsWithoutBuildingIt) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [*" + before + ", *" + before + ", *" + before + ", *" +
            before + "]\n";
  }
  EXPECT_FALSE(ParseProblems(text).empty());
}

TEST(ParseYaml, IsBoundedInBytesDepthAndValues) {
  EXPECT_THAT(ParseProblems("a: 12345", {.bytes = 7}), ElementsAre("f: the file is longer than 7 bytes"));
  EXPECT_THAT(ParseProblems("[[[[1]]]]", {.depth = 3}), ElementsAre(HasSubstr("nested too deeply")));
  EXPECT_THAT(ParseProblems("[1, 2, 3, 4, 5]", {.nodes = 4}), ElementsAre(HasSubstr("too many values")));
  YamlContext context("f");
  EXPECT_TRUE(ParseYaml("[[[1]]]", context, {.depth = 3}).has_value());
}

TEST(ParseYaml, SurvivesVeryDeepNesting) {
  EXPECT_FALSE(ParseProblems(std::string(100'000, '[')).empty());
  EXPECT_FALSE(ParseProblems(std::string(100'000, '{')).empty());
  std::string block;
  for (int i = 0; i < 600; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_FALSE(ParseProblems(block).empty());
}

TEST(ReadScalars, TakeTheirOwnTypeOnly) {
  struct Row {
    const char* text;
    bool is_bool, is_integer, is_number, is_duration;
  };
  const Row rows[] = {
      {"true", true, false, false, false},
      {"'true'", false, false, false, false},
      {"yes", false, false, false, false},
      {"True", false, false, false, false},
      {"4", false, true, true, false},
      {"'4'", false, false, false, false},
      {"-4", false, true, true, false},
      {"4.5", false, false, true, false},
      {"0x10", false, false, false, false},
      {"1e3", false, false, true, false},
      {".inf", false, false, false, false},
      {"inf", false, false, false, false},
      {"nan", false, false, false, false},
      {"4s", false, false, false, true},
      {"4500ms", false, false, false, true},
      {"1.5s", false, false, false, true},
      {"1us", false, false, false, false},
      {"0s", false, false, false, false},
      {"-4s", false, false, false, false},
      {"25h", false, false, false, false},
      {"'4s'", false, false, false, true},
      {"[4]", false, false, false, false},
      {"99999999999999999999", false, false, true, false},
      {"4 ", false, true, true, false},
      {"4x", false, false, false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    YamlContext context("f");
    const YAML::Node node = Parse(row.text, context);
    EXPECT_EQ(ReadBool(node, context).has_value(), row.is_bool);
    EXPECT_EQ(ReadInteger(node, context).has_value(), row.is_integer);
    EXPECT_EQ(ReadNumber(node, context).has_value(), row.is_number);
    EXPECT_EQ(ReadDuration(node, context).has_value(), row.is_duration);
    const int read = row.is_bool + row.is_integer + row.is_number + row.is_duration;
    EXPECT_THAT(context.TakeProblems(), SizeIs(4 - read));
  }
}

TEST(YamlMap, ReadsEachTypeAndReportsWhatNoOneAskedFor) {
  YamlContext context("f");
  YamlMap map(Parse("t: x\nb: true\ni: 7\nd: 8s\nl: [a, b]\nsurplus: 1\n", context), "", context);
  std::string text;
  bool flag = false;
  std::int32_t number = 0;
  absl::Duration duration;
  std::vector<std::string> list;
  map.Text("t", Presence::kRequired, text);
  map.Bool("b", Presence::kRequired, flag);
  map.Integer("i", Presence::kRequired, 0, 10, number);
  map.Duration("d", Presence::kRequired, duration);
  map.Texts("l", Presence::kRequired, list);
  map.Finish();
  EXPECT_EQ(text, "x");
  EXPECT_TRUE(flag);
  EXPECT_EQ(number, 7);
  EXPECT_EQ(duration, absl::Seconds(8));
  EXPECT_THAT(list, ElementsAre("a", "b"));
  EXPECT_THAT(Texts(context), ElementsAre("f:6:1: surplus: is not a known key here"));
}

TEST(YamlMap, GoesOnAfterAProblem) {
  YamlContext context("f");
  YamlMap map(Parse("a: 1\na: 2\nb:\nc: ''\nd: 11\n[x]: 1\n", context), "", context);
  std::string text = "kept";
  std::int32_t number = 5;
  map.Text("b", Presence::kOptional, text);
  map.Text("c", Presence::kOptional, text);
  map.Integer("d", Presence::kOptional, 0, 10, number);
  map.Text("e", Presence::kRequired, text);
  map.Text("f", Presence::kOptional, text);
  map.Finish();
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(number, 5);
  EXPECT_THAT(Texts(context), ElementsAre("f:1:1: e: is missing", "f:1:1: a: is not a known key here",
                                          "f:2:1: a: stands here twice", "f:3:1: b: has no value",
                                          "f:4:4: c: must not be empty", "f:5:4: d: must lie from 0 to 10",
                                          "f:6:1: a key must be a text"));
}

TEST(YamlMap, RefusesAnythingButAMapping) {
  YamlContext context("f");
  YamlMap map(Parse("[1]", context), "", context);
  map.Finish();
  EXPECT_THAT(Texts(context), ElementsAre("f:1:1: must be a mapping"));
}

TEST(YamlMap, ChoosesFromAClosedVocabulary) {
  constexpr Word<int> kWords[] = {{"one", 1}, {"two", 2}};
  YamlContext context("f");
  YamlMap map(Parse("a: two\nb: three\n", context), "", context);
  int a = 0;
  int b = 0;
  map.Choice("a", Presence::kRequired, kWords, a);
  map.Choice("b", Presence::kRequired, kWords, b);
  EXPECT_EQ(a, 2);
  EXPECT_EQ(b, 0);
  EXPECT_THAT(Texts(context), ElementsAre("f:2:4: b: must be one of one, two"));
}

TEST(YamlContext, PlacesAProblemAtTheNearestKnownPath) {
  YamlContext context("f");
  YamlMap map(Parse("a:\n  b: 1\n", context), "", context);
  YamlMap inner(*map.Find("a", Presence::kRequired), "a", context);
  context.AddAt("a.b.c[3]", "deep");
  context.AddAt("zzz", "nowhere");
  EXPECT_THAT(Texts(context), ElementsAre("f:1:1: nowhere", "f:2:3: deep"));
}

TEST(YamlContext, KeepsABoundedNumberOfProblems) {
  YamlContext context("f");
  for (int i = 0; i < 10'000; ++i) context.Add(YAML::Mark::null_mark(), "x");
  EXPECT_THAT(context.TakeProblems(), SizeIs(200));
  EXPECT_THAT(YamlContext("f").TakeProblems(), IsEmpty());
}

}  // namespace
}  // namespace zoetrope
