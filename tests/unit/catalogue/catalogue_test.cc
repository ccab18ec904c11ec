#include "server/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/catalogue/small_catalogue.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ParseCatalogue, ReadsEveryValue) {
  const CatalogueResult result = ParseCatalogue("c.yaml", kSmall);
  ASSERT_THAT(result.problems, IsEmpty());
  const Model* const model = result.catalogue->FindModel("other");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model, result.catalogue->FindModel("m"));
  EXPECT_EQ(model->display_name, "M");
  EXPECT_EQ(model->vendor, "V");
  EXPECT_EQ(model->default_duration_ms, 4000);
  EXPECT_EQ(model->default_aspect_ratio_with_image, "16:9");
  const Offering* const offering = result.catalogue->FindOffering("m/text@x");
  ASSERT_NE(offering, nullptr);
  EXPECT_EQ(offering->model, "m");
  EXPECT_THAT(offering->durations_ms, ElementsAre(4000, 8000));
  EXPECT_EQ(offering->Find(Field::kDuration)->encoding, Encoding::kSecondsString);
  EXPECT_THAT(offering->constants,
              ElementsAre(JsonConstant{"a.flag", "true"}, JsonConstant{"a.text", "\"8\""},
                          JsonConstant{"a.number", "8"}, JsonConstant{"a.word", "\"plain\""},
                          JsonConstant{"a.code", "\"007\""}));
  ASSERT_EQ(offering->extras.size(), 1u);
  EXPECT_EQ(offering->extras[0].path, "level");
  EXPECT_EQ(offering->extras[0].default_value, ParameterValue(std::int64_t{3}));
  ASSERT_EQ(offering->prices.size(), 1u);
  EXPECT_EQ(offering->prices[0].amount, Money::FromNanos(123'456'789));
}

TEST(ParseCatalogue, FindsNothingByAnUnknownName) {
  const CatalogueResult result = ParseCatalogue("c.yaml", kSmall);
  EXPECT_EQ(result.catalogue->FindModel("M"), nullptr);
  EXPECT_EQ(result.catalogue->FindModel(""), nullptr);
  EXPECT_EQ(result.catalogue->FindOffering("m"), nullptr);
}

TEST(ParseCatalogue, FindsAllProblemsAtOnce) {
  const std::string broken = absl::StrReplaceAll(kSmall, {{"vendor: V", "vendr: V"},
                                                          {"mode: text_to_video", "mode: text"},
                                                          {"default: 3", "default: three"},
                                                          {"\"0.123456789\"", "\"0.1234567891\""}});
  const CatalogueResult result = ParseCatalogue("c.yaml", broken);
  EXPECT_EQ(result.catalogue, nullptr);
  std::vector<std::string> texts;
  for (const FileProblem& problem : result.problems) texts.push_back(Format(problem));
  EXPECT_THAT(texts,
              ElementsAre("c.yaml:2:5: vendor: is missing", "c.yaml:4:5: vendr: is not a known key here",
                          HasSubstr("c.yaml:12:15: mode: must be one of text_to_video, "),
                          "c.yaml:22:51: must be a whole number",
                          "c.yaml:24:36: amount: must be a plain decimal with at most nine places"));
}

TEST(ParseCatalogue, TakesNoAmountThatIsNotExact) {
  for (const char* const amount :
       {"-1", "0", "abc", "1e3", "1,5", "0x1", "'$1'", "99999999999", ".5", "[1]"}) {
    const CatalogueResult result =
        ParseCatalogue("c", absl::StrReplaceAll(kSmall, {{"\"0.123456789\"", amount}}));
    ASSERT_EQ(result.problems.size(), 1u) << amount;
    EXPECT_EQ(result.problems[0].line, 24) << amount;
  }
}

TEST(ParseCatalogue, TakesNoFieldTwice) {
  const CatalogueResult result = ParseCatalogue(
      "c",
      absl::StrReplaceAll(kSmall, {{"          prompt: {path: prompt}\n",
                                    "          prompt: {path: prompt}\n          prompt: {path: p}\n"}}));
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(Format(result.problems[0]), "c:19:11: prompt: stands here twice");
}

// Damaged files end in problems, never in a crash and never in a catalogue that would not pass the checks.
TEST(ParseCatalogue, SurvivesDamage) {
  const std::string whole(DefaultCatalogueText());
  const unsigned seed = 20261120;
  testing::SeededRandom random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (int round = 0; round < 150; ++round) {
    std::string text = whole.substr(0, 6000);
    for (int i = 0; i < 3; ++i) {
      const std::size_t at = random.Next() % text.size();
      switch (random.Next() % 3) {
        case 0:
          text[at] = static_cast<char>(random.Next() % 256);
          break;
        case 1:
          text.erase(at, random.Next() % 40);
          break;
        default:
          text.insert(at, text.substr(random.Next() % text.size(), random.Next() % 40));
      }
      if (text.empty()) text = " ";
    }
    const CatalogueResult result = ParseCatalogue("c", text);
    EXPECT_EQ(result.catalogue == nullptr, !result.problems.empty());
    for (const FileProblem& problem : result.problems) EXPECT_FALSE(problem.message.empty());
  }
}

TEST(StateOn, LetsTheDateDecide) {
  using enum LifecycleState;
  struct Row {
    LifecycleState state;
    const char* sunset;
    const char* today;
    LifecycleState expected;
  };
  const Row rows[] = {
      {kActive, "", "2026-01-01", kActive},
      {kActive, "2026-01-02", "2026-01-01", kActive},
      {kActive, "2026-01-02", "2026-01-02", kRetired},
      {kDeprecating, "2026-01-02", "2026-01-01", kDeprecating},
      {kDeprecating, "2026-01-02", "2027-01-01", kRetired},
      {kRetired, "2026-01-02", "2026-01-01", kRetired},
      {kRetired, "", "2026-01-01", kRetired},
      {kDisabled, "2026-01-02", "2027-01-01", kDisabled},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(StateOn({row.state, row.sunset, "", ""}, row.today), row.expected)
        << row.sunset << " " << row.today;
  }
}

TEST(IsInServiceTest, ModelAndOfferingBothServe) {
  Model model;
  Offering offering;
  EXPECT_TRUE(IsInService(model, offering, "2026-11-21", false));
  for (Lifecycle* lifecycle : {&model.lifecycle, &offering.lifecycle}) {
    lifecycle->state = LifecycleState::kDisabled;
    EXPECT_FALSE(IsInService(model, offering, "2026-11-21", true));
    lifecycle->state = LifecycleState::kActive;
    lifecycle->sunset_date = "2026-11-20";
    EXPECT_FALSE(IsInService(model, offering, "2026-11-21", false));
    EXPECT_TRUE(IsInService(model, offering, "2026-11-21", true));
    *lifecycle = Lifecycle();
  }
}

}  // namespace
}  // namespace zoetrope
