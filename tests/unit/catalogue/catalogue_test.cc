#include "server/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>



#include "absl/strings/str_replace.h"
#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSmall[] = R"(models:
  - id: m
    display_name: M
    vendor: V
    aliases: [other]
    lifecycle: {state: active}
    defaults: {duration: 4s, resolution: 720p, aspect_ratio: "16:9", audio: true}
    offerings:
      - id: m/text@x
        dialect: x
        provider_model_id: x/m
        mode: text_to_video
        durations: [4s, 8s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings:
          prompt: {path: prompt}
          duration: {path: seconds, encoding: seconds_string}
        constants: {a.flag: true, a.text: "8", a.number: 8, a.word: plain, a.code: 007}
        extras:
          - {name: level, type: integer, default: 3, minimum: 1, maximum: 5, description: How much.}
        prices:
          - {unit: second, amount: "0.123456789", source: "https://x.example/m", as_of_date: "2026-01-02"}
)";

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
              ElementsAre(JsonConstant{"a.flag", "true"}, JsonConstant{"a.text", "\"8\""}, JsonConstant{"a.number", "8"},
                          JsonConstant{"a.word", "\"plain\""}, JsonConstant{"a.code", "\"007\""}));
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
  EXPECT_THAT(texts, ElementsAre("c.yaml:2:5: vendor: is missing", "c.yaml:4:5: vendr: is not a known key here",
                                 HasSubstr("c.yaml:12:15: mode: must be one of text_to_video, "),
                                 "c.yaml:22:51: must be a whole number",
                                 "c.yaml:24:36: amount: must be a plain decimal with at most nine places"));
}

TEST(ParseCatalogue, TakesNoAmountThatIsNotExact) {
  for (const char* const amount : {"-1", "0", "abc", "1e3", "1,5", "0x1", "'$1'", "99999999999", ".5", "[1]"}) {
    const CatalogueResult result = ParseCatalogue("c", absl::StrReplaceAll(kSmall, {{"\"0.123456789\"", amount}}));
    ASSERT_EQ(result.problems.size(), 1u) << amount;
    EXPECT_EQ(result.problems[0].line, 24) << amount;
  }
}

TEST(ParseCatalogue, TakesNoFieldTwice) {
  const CatalogueResult result = ParseCatalogue(
      "c", absl::StrReplaceAll(kSmall, {{"          prompt: {path: prompt}\n", "          prompt: {path: prompt}\n          prompt: {path: p}\n"}}));
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(Format(result.problems[0]), "c:19:11: prompt: stands here twice");
}

TEST(ParseOffering, ChangesItsRevisionWithAnyValue) {
  const CatalogueResult before = ParseCatalogue("c", kSmall);
  const CatalogueResult after = ParseCatalogue("c", absl::StrReplaceAll(kSmall, {{"0.123456789", "0.123456788"}}));
  ASSERT_NE(after.catalogue, nullptr);
  EXPECT_NE(before.catalogue->FindOffering("m/text@x")->revision, after.catalogue->FindOffering("m/text@x")->revision);
}

TEST(ParseOffering, IsTheSameForAnySpellingOfTheFile) {
  const CatalogueResult before = ParseCatalogue("c", kSmall);
  const CatalogueResult after = ParseCatalogue(
      "d", absl::StrReplaceAll(kSmall, {{"mode: text_to_video", "mode: 'text_to_video' # comment"}, {"[4s, 8s]", "[4000ms, '8s']"}}));
  ASSERT_NE(after.catalogue, nullptr);
  EXPECT_EQ(before.catalogue->FindOffering("m/text@x")->text, after.catalogue->FindOffering("m/text@x")->text);
}

TEST(ParseOffering, RefusesWhatIsNone) {
  for (const char* const text : {"", "x", "[]", "{}", "model: m\nid: x\n", "\x01", "a: &b 1"}) {
    EXPECT_EQ(ParseOffering(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseOffering, KeepsAwkwardTexts) {
  const std::string awkward = R"("quotes \" and \\ back: {x} # \n tab\t ünïcode 漢字 \u0001")";
  const CatalogueResult result =
      ParseCatalogue("c", absl::StrReplaceAll(kSmall, {{"description: How much.", "description: " + awkward}}));
  ASSERT_THAT(result.problems, IsEmpty());
  const Offering& offering = *result.catalogue->FindOffering("m/text@x");
  const absl::StatusOr<Offering> back = ParseOffering(offering.text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->extras, offering.extras);
  EXPECT_EQ(back->text, offering.text);
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
    EXPECT_EQ(StateOn({row.state, row.sunset, "", ""}, row.today), row.expected) << row.sunset << " " << row.today;
  }
}

}  // namespace
}  // namespace zoetrope
