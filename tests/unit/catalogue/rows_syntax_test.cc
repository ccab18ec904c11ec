// Prices, surcharges and rules as text and back, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/catalogue/price_syntax.h"
#include "server/catalogue/rule_syntax.h"
#include "server/catalogue/syntax_parts.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename Row, typename Read>
std::pair<Row, std::vector<std::string>> ReadRow(const std::string& text, Read read) {
  YamlContext context("f");
  std::pair<Row, std::vector<std::string>> result;
  if (const std::optional<YAML::Node> root = ParseYaml(text, context)) {
    YamlMap map(*root, "", context);
    result.first = read(map);
    map.Finish();
  }
  for (const FileProblem& problem : context.TakeProblems()) result.second.push_back(Format(problem));
  return result;
}

TEST(PriceSyntax, GoesBothWays) {
  PriceRow row;
  row.unit = PriceUnit::kMillionTokens;
  row.amount = Money::FromNanos(14'000'000'001);
  row.resolution = "720p";
  row.audio = false;
  row.duration_ms = 4500;
  row.video_input = true;
  row.extra_on = "draft";
  row.valid_from_date = "2026-01-02";
  row.valid_until_date = "2026-02-03";
  row.multiplier_millionths = 2'200'001;
  row.minimum = Money::FromNanos(5);
  row.tokens = {1280, 720, 24};
  row.estimate = true;
  row.source = "https://x.example/\"";
  row.as_of_date = "2026-01-01";
  const std::string text = WritePrice(row);
  const auto [back, problems] = ReadRow<PriceRow>(text, ReadPrice);
  EXPECT_THAT(problems, IsEmpty()) << text;
  EXPECT_EQ(back, row) << text;
}

TEST(PriceSyntax, LeavesDefaultsOut) {
  PriceRow row;
  row.amount = Money::FromNanos(100'000'000);
  row.source = "https://x.example/";
  row.as_of_date = "2026-01-01";
  EXPECT_EQ(WritePrice(row),
            R"({unit: second, amount: "0.10", source: "https://x.example/", as_of_date: "2026-01-01"})");
}

TEST(PriceSyntax, SaysWhatIsNone) {
  const std::string rest = ", amount: 1, source: a, as_of_date: b}";
  const std::pair<std::string, const char*> rows[] = {
      {"{unit: token" + rest, "f:1:8: unit: must be one of second, video, million_tokens"},
      {"{unit: second, multiplier: 0" + rest,
       "f:1:28: multiplier: must be a positive decimal number of US dollars"},
      {"{unit: second, multiplier: 0.0000001" + rest, "f:1:16: multiplier: must have at most six places"},
      {"{unit: second, tokens: {width: 0, height: 1, frame_rate: 1}" + rest,
       "f:1:32: width: must lie from 1 to 16384"},
      {"{unit: second, tokens: {width: 1, height: 1}" + rest, "f:1:24: frame_rate: is missing"},
      {"{unit: second, video_input: 1" + rest, "f:1:29: must be true or false"},
      {"{unit: second, colour: red" + rest, "f:1:16: colour: is not a known key here"},
  };
  for (const auto& [text, problem] : rows)
    EXPECT_THAT(ReadRow<PriceRow>(text, ReadPrice).second, Contains(problem)) << text;
}

TEST(SurchargeSyntax, GoesBothWays) {
  const Surcharge surcharge = {SurchargeUnit::kInputVideoSecond,
                               Money::FromNanos(130'000'000),
                               2,
                               15,
                               "720p",
                               "https://x.example/",
                               "2026-01-01"};
  const auto [back, problems] = ReadRow<Surcharge>(WriteSurcharge(surcharge), ReadSurcharge);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(back, surcharge);
}

TEST(RuleSyntax, GoesBothWays) {
  Rule rule;
  rule.present = {Field::kLastFrame, std::string("a.b")};
  rule.when = {{8000, 10'500}, {"720p"}, {"16:9", "auto"}, {25, 50}, true};
  rule.needed = {Field::kFirstFrame};
  rule.excluded = {Field::kReferenceImages, std::string("draft")};
  rule.exactly_one_of = {Field::kSeed, Field::kAudioTrack};
  rule.only = {{}, {"1080p"}, {}, {25}, false};
  const std::string text = WriteRule(rule);
  const auto [back, problems] = ReadRow<Rule>(text, ReadRule);
  EXPECT_THAT(problems, IsEmpty()) << text;
  EXPECT_EQ(back, rule) << text;
}

TEST(RuleSyntax, SaysWhatIsNone) {
  const std::pair<const char*, const char*> rows[] = {
      {"{requires: [colour]}", "f:1:13: colour: is not a field of a generation"},
      {"{when: {present: seed}}", "f:1:18: must be a list"},
      {"{only: {frame_rate: [0]}}", "f:1:22: frame_rate: must lie from 1 to 1000000"},
      {"{only: {colour: [red]}}", "f:1:9: colour: is not a known key here"},
  };
  for (const auto& [text, problem] : rows)
    EXPECT_THAT(ReadRow<Rule>(text, ReadRule).second, Contains(problem)) << text;
}

std::pair<std::vector<std::int64_t>, std::vector<std::string>> Durations(const std::string& text) {
  return ReadRow<std::vector<std::int64_t>>("{d: " + text + "}", [](YamlMap& map) {
    std::vector<std::int64_t> out;
    ReadDurations(map, "d", out);
    return out;
  });
}

TEST(ReadDurations, TakesAListOrARange) {
  EXPECT_THAT(Durations("[4s, 4500ms]").first, ElementsAre(4000, 4500));
  EXPECT_THAT(Durations("{from: 4s, to: 7s}").first, ElementsAre(4000, 5000, 6000, 7000));
  EXPECT_THAT(Durations("{from: 6s, to: 10s, step: 2s}").first, ElementsAre(6000, 8000, 10'000));
  EXPECT_THAT(Durations("{from: 5s, to: 5s}").first, ElementsAre(5000));
}

TEST(ReadDurations, TakesNoRangeThatMissesItsEnd) {
  const char* const kWhole = "f:1:5: must reach from the shortest to the longest in whole steps";
  EXPECT_THAT(Durations("{from: 5s, to: 4s}").second, ElementsAre(kWhole));
  EXPECT_THAT(Durations("{from: 4s, to: 9s, step: 2s}").second, ElementsAre(kWhole));
  EXPECT_THAT(Durations("{from: 1ms, to: 10s, step: 1ms}").second, ElementsAre(kWhole));
  EXPECT_THAT(Durations("{from: 4s}").second, ElementsAre("f:1:5: to: is missing"));
}

}  // namespace
}  // namespace zoetrope
