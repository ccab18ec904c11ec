// Every condition on a rule: one change of a good one, one problem.
#include "server/catalogue/rule_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/catalogue/good_model.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Problems Check(const Rule& rule) {
  Offering offering = GoodOffering();
  offering.bindings.push_back({Field::kFrameRate, "fps"});
  offering.frame_rates = {24, 25};
  offering.bindings.push_back({Field::kSeed, "seed"});
  offering.rules = {rule};
  Problems problems;
  CheckRules(offering, "o",
             [&](const std::string& path, std::string message) { problems.emplace_back(path, message); });
  return problems;
}

Rule GoodRule() {
  Rule rule;
  rule.present = {Field::kFirstFrame, std::string("level")};
  rule.when.durations_ms = {8000};
  rule.needed = {Field::kSeed};
  rule.only.resolutions = {"720p"};
  rule.only.frame_rates = {25};
  rule.only.audio = true;
  return rule;
}

TEST(CheckRules, PassesAGoodOne) { EXPECT_THAT(Check(GoodRule()), IsEmpty()); }

TEST(CheckRules, FindsEachDefect) {
  struct Defect {
    const char* path;
    const char* message;
    std::function<void(Rule&)> change;
  };
  const Defect defects[] = {
      {"o.rules[0]", "asks for nothing", [](Rule& r) { r.needed.clear(), r.only = Choices(); }},
      {"o.rules[0].when.present", "nothing: is not an extra",
       [](Rule& r) { r.present = {std::string("nothing")}; }},
      {"o.rules[0].requires", "last_frame: has no binding", [](Rule& r) { r.needed = {Field::kLastFrame}; }},
      {"o.rules[0].excludes", "prompt: is there always", [](Rule& r) { r.excluded = {Field::kPrompt}; }},
      {"o.rules[0].exactly_one_of", "one alone", [](Rule& r) { r.exactly_one_of = {Field::kSeed}; }},
      {"o.rules[0].when.duration", "not offered", [](Rule& r) { r.when.durations_ms = {5000}; }},
      {"o.rules[0].only.resolution", "not offered", [](Rule& r) { r.only.resolutions = {"4k"}; }},
      {"o.rules[0].only.aspect_ratio", "not offered", [](Rule& r) { r.only.aspect_ratios = {"1:1"}; }},
      {"o.rules[0].only.frame_rate", "not offered", [](Rule& r) { r.only.frame_rates = {50}; }},
  };
  for (const Defect& defect : defects) {
    Rule rule = GoodRule();
    defect.change(rule);
    EXPECT_THAT(Check(rule), Contains(Pair(defect.path, HasSubstr(defect.message)))) << defect.message;
  }
}

TEST(CheckRules, WantsSoundThatCanBeChosen) {
  Offering offering = GoodOffering();
  offering.audio = AudioSupport::kAlways;
  Rule rule;
  rule.only.audio = true;
  offering.rules = {rule};
  Problems problems;
  CheckRules(offering, "",
             [&](const std::string& path, std::string message) { problems.emplace_back(path, message); });
  EXPECT_THAT(problems, Contains(Pair("rules[0].only.audio", "audio: is not selectable")));
}

}  // namespace
}  // namespace zoetrope
