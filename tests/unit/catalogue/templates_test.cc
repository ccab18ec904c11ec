// What offerings take from templates.
#include "server/catalogue/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/catalogue/catalogue.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kTemplates[] = R"(templates:
  base:
    dialect: x
    audio: always
    durations: [4s]
    resolutions: [480p, 720p]
    bindings:
      prompt: {path: text}
      duration: {path: time}
      resolution: {path: tier}
    refused_extras: {webhook: ours}
  narrow:
    template: base
    resolutions: [720p]
    bindings:
      seed: {path: seed}
)";

constexpr char kHead[] = R"(models:
  - id: m
    display_name: M
    vendor: V
    defaults: {duration: 4s, resolution: 720p, aspect_ratio: "16:9", audio: true}
    offerings:
)";

std::string File(const std::string& offering, const std::string& templates = kTemplates) {
  return absl::StrCat(templates, kHead,
                      "      - id: m/text@x\n        provider_model_id: x/m\n        mode: text_to_video\n",
                      "        aspect_ratios: [\"16:9\"]\n", offering);
}

TEST(Templates, GiveWhatAnOfferingHasNot) {
  const CatalogueResult result = ParseCatalogue("c", File("        template: narrow\n"
                                                          "        audio: never\n"
                                                          "        bindings: {prompt: {path: words}}\n"
                                                          "        refused_extras: {policy: theirs}\n"
                                                          "      - id: m/other@x\n"
                                                          "        template: base\n"
                                                          "        provider_model_id: x/o\n"
                                                          "        mode: text_to_video\n"
                                                          "        aspect_ratios: [\"16:9\"]\n"));
  for (const FileProblem& problem : result.problems) ADD_FAILURE() << Format(problem);
  ASSERT_NE(result.catalogue, nullptr);
  const Offering& offering = *result.catalogue->FindOffering("m/text@x");
  EXPECT_EQ(offering.dialect, "x");
  EXPECT_EQ(offering.audio, AudioSupport::kNever) << "its own stands in place";
  EXPECT_THAT(offering.resolutions, ElementsAre("720p")) << "the nearer template comes first";
  EXPECT_EQ(offering.Find(Field::kPrompt)->path, "words");
  EXPECT_EQ(offering.Find(Field::kSeed)->path, "seed");
  EXPECT_EQ(offering.Find(Field::kDuration)->path, "time");
  EXPECT_EQ(offering.refused_extras.size(), 2u);
  // What one offering adds does not reach the next.
  const Offering& other = *result.catalogue->FindOffering("m/other@x");
  EXPECT_EQ(other.Find(Field::kPrompt)->path, "text");
  EXPECT_EQ(other.Find(Field::kSeed), nullptr);
  EXPECT_EQ(other.refused_extras.size(), 1u);
  EXPECT_EQ(ParseOffering(offering.text)->text, offering.text) << "the text is whole without them";
}

std::vector<std::string> ProblemsOf(const std::string& text) {
  std::vector<std::string> problems;
  for (const FileProblem& problem : ParseCatalogue("c", text).problems) problems.push_back(Format(problem));
  return problems;
}

TEST(Templates, AreOfTheSameFileAndUsed) {
  EXPECT_THAT(ProblemsOf(File("        template: none\n")),
              Contains("c:27:9: none: is no template of this file"));
  EXPECT_THAT(ProblemsOf(File("        template: base\n")),
              ElementsAre("c:13:5: narrow: no offering uses this template"));
  EXPECT_THAT(ProblemsOf(File("        template: a\n",
                              "templates:\n  a: {template: b, dialect: x}\n  b: {audio: never}\n")),
              Contains("c:2:7: b: is no template that stands before this one"));
}

// The problem stands where the value does.
TEST(Templates, KeepThePlaceOfAProblem) {
  EXPECT_THAT(ProblemsOf(File("        template: narrow\n        bindings: {colour: {path: c}}\n")),
              Contains("c:28:20: colour: is not a field of a generation"));
  EXPECT_THAT(ProblemsOf(File("        template: base\n", "templates:\n  base: {dialect: x, audio: loud}\n")),
              Contains("c:2:29: audio: must be one of never, always, selectable"));
}

}  // namespace
}  // namespace zoetrope
