// Values that the shipped catalogue does not use, and those that are none.
#include "server/catalogue/offering_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/catalogue/offering_writer.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Result {
  Offering offering;
  std::vector<std::string> problems;
};

Result Read(const std::string& text) {
  YamlContext context("f");
  Result result;
  const std::optional<YAML::Node> root = ParseYaml(text, context);
  if (root) {
    YamlMap map(*root, "", context);
    result.offering = ReadOffering(map);
    map.Find("model", Presence::kOptional);
    map.Finish();
  }
  for (const FileProblem& problem : context.TakeProblems()) result.problems.push_back(Format(problem));
  return result;
}

constexpr char kFull[] = R"(id: m/all@x
dialect: x
provider_model_id: x/m
mode: reference_to_video
lifecycle: {state: retired, sunset_date: "2026-01-02", replacement: n, reason: Old.}
durations: [1500ms, 4s]
resolutions: [720p, 1080p]
aspect_ratios: ["16:9"]
audio: selectable
inline_images: true
count_max: 2
prompt: {min_chars: 2, max_chars: 30, max_bytes: 60}
pictures: {content_types: [image/png], max_bytes: 9, min_side_px: 2, max_side_px: 5, max_ratio_percent: 250}
bindings:
  prompt: {path: text}
  reference_images: {path: refs, encoding: array}
  duration: {path: time, encoding: decimal_string}
  resolution: {path: tier, spelling: {1080p: FHD}}
  audio: {path: sound}
  count: {path: n}
extras:
  - {name: a, path: x.a, type: number, required: true, minimum: 0.5, maximum: 2, description: A.}
  - {name: b, type: string, allowed: [p, "7"], default: "7", description: B.}
  - {name: c, type: bool, deletes_video: true, description: C.}
refused_extras: {webhook: Ours.}
prices:
  - {unit: video, amount: 1.5, resolution: 720p, audio: false, duration: 4s, estimate: true, source: "https://x.example/", as_of_date: "2026-01-02"}
bills: {failed: false, moderated: true}
unit_price_of_report: 0.014
typical_duration: 90s
may_substitute: true
)";

TEST(ReadOffering, ReadsEveryKey) {
  const Result result = Read(kFull);
  EXPECT_THAT(result.problems, IsEmpty());
  const Offering& offering = result.offering;
  EXPECT_EQ(offering.mode, Mode::kReferenceToVideo);
  EXPECT_EQ(offering.lifecycle, (Lifecycle{LifecycleState::kRetired, "2026-01-02", "n", "Old."}));
  EXPECT_THAT(offering.durations_ms, ElementsAre(1500, 4000));
  EXPECT_EQ(offering.prompt, (PromptLimits{2, 30, 60}));
  EXPECT_EQ(offering.pictures, (PictureLimits{{"image/png"}, 9, 2, 5, 250}));
  EXPECT_EQ(offering.Find(Field::kReferenceImages)->encoding, Encoding::kArray);
  EXPECT_EQ(offering.Find(Field::kResolution)->spelling.at("1080p"), "FHD");
  ASSERT_EQ(offering.extras.size(), 3u);
  EXPECT_TRUE(offering.extras[0].required);
  EXPECT_FALSE(offering.extras[0].deletes_video);
  EXPECT_TRUE(offering.extras[2].deletes_video);
  EXPECT_EQ(offering.extras[0].minimum, 0.5);
  EXPECT_EQ(offering.extras[1].default_value, ParameterValue(std::string("7")));
  EXPECT_EQ(offering.refused_extras.at("webhook"), "Ours.");
  ASSERT_EQ(offering.prices.size(), 1u);
  EXPECT_EQ(offering.prices[0].unit, PriceUnit::kVideo);
  EXPECT_EQ(offering.prices[0].amount, Money::FromNanos(1'500'000'000));
  EXPECT_EQ(offering.prices[0].audio, false);
  EXPECT_EQ(offering.prices[0].duration_ms, 4000);
  EXPECT_TRUE(offering.prices[0].estimate);
  EXPECT_EQ(offering.unit_price_of_report, Money::FromNanos(14'000'000));
  EXPECT_EQ(offering.typical_duration, absl::Seconds(90));
  EXPECT_TRUE(offering.may_substitute);
  EXPECT_EQ(offering.bills, (BillingHabit{.failed = false, .moderated = true, .cancelled = std::nullopt}));
}

TEST(ReadOffering, ReadsBackWhatIsWritten) {
  const Offering first = Read(kFull).offering;
  const Result second = Read(WriteOffering(first));
  EXPECT_THAT(second.problems, IsEmpty());
  EXPECT_EQ(WriteOffering(second.offering), WriteOffering(first));
  EXPECT_EQ(second.offering.extras, first.extras);
  EXPECT_EQ(second.offering.prices, first.prices);
  EXPECT_EQ(second.offering.pictures, first.pictures);
  EXPECT_EQ(second.offering.bindings, first.bindings);
  EXPECT_EQ(second.offering.bills, first.bills);
}

TEST(ReadOffering, SaysWhatIsMissing) {
  EXPECT_THAT(Read("inline_images: true\n").problems,
              ElementsAre("f:1:1: id: is missing", "f:1:1: dialect: is missing",
                          "f:1:1: provider_model_id: is missing", "f:1:1: mode: is missing",
                          "f:1:1: resolutions: is missing", "f:1:1: aspect_ratios: is missing",
                          "f:1:1: audio: is missing", "f:1:1: bindings: is missing"));
}

TEST(ReadOffering, SaysWhatIsIllTyped) {
  const std::pair<const char*, const char*> rows[] = {
      {"count_max: 0", "f:1:12: count_max: must lie from 1 to 100"},
      {"count_max: \"2\"", "f:1:12: must be a whole number"},
      {"inline_images: yes", "f:1:16: must be true or false"},
      {"durations: 4s", "f:1:12: must be a list"},
      {"durations: [4]", "f:1:13: must be a length of time in whole milliseconds, such as 8s or 4500ms"},
      {"resolutions: [[a]]", "f:1:15: must be a text"},
      {"audio: sometimes", "f:1:8: audio: must be one of never, always, selectable"},
      {"bindings: {colour: {path: c}}", "f:1:12: colour: is not a field of a generation"},
      {"bindings: {prompt: p}", "f:1:20: must be a mapping"},
      {"bindings: {prompt: {path: p, colour: red}}", "f:1:30: colour: is not a known key here"},
      {"bindings: {prompt: {}}", "f:1:20: path: is missing"},
      {"prices: [{unit: hour}]", "f:1:17: unit: must be one of second, video, million_tokens"},
      {"extras: [{type: bool, default: 1}]", "f:1:32: must be true or false"},
      {"extras: [{type: integer, allowed: [1, x]}]", "f:1:39: must be a whole number"},
      {"constants: {a: [1]}", "f:1:16: must be a text"},
      {"constants: [a]", "f:1:12: must be a mapping"},
      {"lifecycle: {}", "f:1:12: state: is missing"},
      {"typical_duration: 0s",
       "f:1:19: must be a length of time in whole milliseconds, such as 8s or 4500ms"},
      {"unit_price_of_report: 0",
       "f:1:23: unit_price_of_report: must be a positive decimal number of US dollars"},
  };
  for (const auto& [text, problem] : rows) EXPECT_THAT(Read(text).problems, Contains(problem)) << text;
}

}  // namespace
}  // namespace zoetrope
