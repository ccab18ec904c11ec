// The canonical text of an offering, and reading it back.
#include "server/catalogue/offering_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "server/catalogue/catalogue.h"
#include "server/catalogue/syntax_parts.h"
#include "tests/unit/catalogue/small_catalogue.h"

namespace zoetrope {
namespace {

using ::testing::IsEmpty;

TEST(ParseOffering, ChangesItsRevisionWithAnyValue) {
  const CatalogueResult before = ParseCatalogue("c", kSmall);
  const CatalogueResult after =
      ParseCatalogue("c", absl::StrReplaceAll(kSmall, {{"0.123456789", "0.123456788"}}));
  ASSERT_NE(after.catalogue, nullptr);
  EXPECT_NE(before.catalogue->FindOffering("m/text@x")->revision,
            after.catalogue->FindOffering("m/text@x")->revision);
}

TEST(ParseOffering, IsTheSameForAnySpellingOfTheFile) {
  const CatalogueResult before = ParseCatalogue("c", kSmall);
  const CatalogueResult after = ParseCatalogue(
      "d", absl::StrReplaceAll(kSmall, {{"mode: text_to_video", "mode: 'text_to_video' # comment"},
                                        {"[4s, 8s]", "[4000ms, '8s']"}}));
  ASSERT_NE(after.catalogue, nullptr);
  EXPECT_EQ(before.catalogue->FindOffering("m/text@x")->text,
            after.catalogue->FindOffering("m/text@x")->text);
}

TEST(ParseOffering, RefusesWhatIsNone) {
  for (const char* const text : {"", "x", "[]", "{}", "model: m\nid: x\n", "\x01", "a: &b 1"}) {
    EXPECT_EQ(ParseOffering(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseOffering, KeepsAwkwardTexts) {
  const std::string awkward = R"("quotes \" and \\ back: {x} # \n tab\t ünïcode 漢字 \u0001")";
  const CatalogueResult result = ParseCatalogue(
      "c", absl::StrReplaceAll(kSmall, {{"description: How much.", "description: " + awkward}}));
  ASSERT_THAT(result.problems, IsEmpty());
  const Offering& offering = *result.catalogue->FindOffering("m/text@x");
  const absl::StatusOr<Offering> back = ParseOffering(offering.text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->extras, offering.extras);
  EXPECT_EQ(back->text, offering.text);
}

TEST(WriteOffering, LeavesDefaultsOut) {
  const CatalogueResult result = ParseCatalogue("c", kSmall);
  EXPECT_EQ(result.catalogue->FindOffering("m/text@x")->text, R"(model: "m"
id: "m/text@x"
dialect: "x"
provider_model_id: "x/m"
mode: text_to_video
durations: [4s, 8s]
resolutions: ["720p"]
aspect_ratios: ["16:9"]
audio: always
bindings:
  prompt: {path: "prompt"}
  duration: {path: "seconds", encoding: seconds_string}
constants: {"a.flag": true, "a.text": "8", "a.number": 8, "a.word": "plain", "a.code": "007"}
extras:
  - {name: "level", type: integer, description: "How much.", default: 3, minimum: 1, maximum: 5}
prices:
  - {unit: second, amount: "0.123456789", source: "https://x.example/m", as_of_date: "2026-01-02"}
)");
}

TEST(JsonString, EscapesWhatJsonWantsEscaped) {
  EXPECT_EQ(JsonString(""), "\"\"");
  EXPECT_EQ(JsonString("a\"b\\c\n\x7f漢"), "\"a\\\"b\\\\c\\u000a\\u007f漢\"");
}

}  // namespace
}  // namespace zoetrope
