// Every rule between the values of an offering: one change of a good one, one problem.
#include "server/catalogue/offering_check.h"

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

Problems Check(const Offering& offering) {
  Problems problems;
  CheckOffering(offering, "o",
                [&](const std::string& path, std::string message) { problems.emplace_back(path, message); });
  return problems;
}

TEST(CheckOffering, PassesAGoodOne) { EXPECT_THAT(Check(GoodOffering()), IsEmpty()); }

struct Defect {
  const char* path;
  const char* message;
  std::function<void(Offering&)> change;
};

Binding* FindBinding(Offering& offering, Field field) {
  for (Binding& binding : offering.bindings) {
    if (binding.field == field) return &binding;
  }
  return nullptr;
}

std::vector<Defect> ValueDefects() {
  return {
      {"o.resolutions", "must not be empty",
       [](Offering& o) {
         o.resolutions.clear();
         o.sizes.clear();
       }},
      {"o.aspect_ratios", "must not be empty", [](Offering& o) { o.aspect_ratios.clear(); }},
      {"o.aspect_ratios[2]", "stands here twice", [](Offering& o) { o.aspect_ratios.push_back("auto"); }},
      {"o.resolutions[2]", "must not be empty", [](Offering& o) { o.resolutions.push_back(""); }},
      {"o.durations[1]", "must rise",
       [](Offering& o) {
         o.durations_ms = {4000, 4000};
       }},
      {"o.durations[0]", "1s to 60s", [](Offering& o) { o.durations_ms[0] = 999; }},
      {"o.durations[1]", "1s to 60s", [](Offering& o) { o.durations_ms[1] = 60'001; }},
      {"o.prompt", "below min_chars", [](Offering& o) { o.prompt.min_chars = 5, o.prompt.max_chars = 4; }},
      {"o.lifecycle.sunset_date", "YYYY-MM-DD", [](Offering& o) { o.lifecycle.sunset_date = "2026-02-30"; }},
  };
}

std::vector<Defect> InputDefects() {
  return {
      {"o.bindings", "needs prompt", [](Offering& o) { Unbind(o, Field::kPrompt); }},
      {"o.bindings", "needs first_frame", [](Offering& o) { Unbind(o, Field::kFirstFrame); }},
      {"o.bindings", "needs last_frame", [](Offering& o) { o.mode = Mode::kFirstLastFrame; }},
      {"o.bindings", "needs source_video", [](Offering& o) { o.mode = Mode::kRemix; }},
      {"o.bindings", "needs a reference", [](Offering& o) { o.mode = Mode::kReferenceToVideo; }},
      {"o.bindings.first_frame", "never has it", [](Offering& o) { o.mode = Mode::kTextToVideo; }},
      {"o.bindings.last_frame", "never has it",
       [](Offering& o) {
         o.bindings.push_back({Field::kLastFrame, "last"});
       }},
      {"o.bindings.source_video", "never has it",
       [](Offering& o) {
         o.bindings.push_back({Field::kSourceVideo, "v"});
       }},
      {"o.bindings.reference_images", "never has it",
       [](Offering& o) {
         o.bindings.push_back({Field::kReferenceImages, "refs", Encoding::kArray});
       }},
  };
}

std::vector<Defect> BindingDefects() {
  return {
      {"o.bindings.reference_images", "needs the encoding array",
       [](Offering& o) {
         o.bindings.push_back({Field::kReferenceImages, "refs"});
       }},
      {"o.bindings.prompt", "is for a duration",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->encoding = Encoding::kDecimalString; }},
      {"o.bindings.prompt", "is for a frame",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->encoding = Encoding::kTaggedFrame; }},
      {"o.bindings.prompt", "is for pictures",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->encoding = Encoding::kArray; }},
      {"o.bindings.first_frame", "needs a tag",
       [](Offering& o) { FindBinding(o, Field::kFirstFrame)->tag = ""; }},
      {"o.bindings.prompt", "needs the encoding tagged_frame",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->tag = "x"; }},
      {"o.bindings.prompt", "has a spelling",
       [](Offering& o) {
         FindBinding(o, Field::kPrompt)->spelling = {{"a", "b"}};
       }},
      {"o.bindings.resolution", "is not offered",
       [](Offering& o) {
         o.bindings.push_back({Field::kResolution, "r", Encoding::kNatural, "", {{"4k", "4K"}}});
       }},
  };
}

std::vector<Defect> SelectorDefects() {
  return {
      {"o.durations", "no binding to say which", [](Offering& o) { Unbind(o, Field::kDuration); }},
      {"o.pictures", "max_side_px is below",
       [](Offering& o) {
         o.pictures = {{}, 0, 300, 299, 0};
       }},
      {"o.pictures", "no picture of a request",
       [](Offering& o) { o.pictures.content_types = {"image/gif"}; }},
      {"o.pictures", "none are taken",
       [](Offering& o) {
         o.mode = Mode::kTextToVideo;
         Unbind(o, Field::kFirstFrame);
         o.pictures.max_bytes = 1;
       }},
      {"o.bindings.duration", "no durations are listed", [](Offering& o) { o.durations_ms.clear(); }},
      {"o.resolutions", "neither binding nor sizes", [](Offering& o) { o.sizes.clear(); }},
      {"o.aspect_ratios", "neither binding nor sizes", [](Offering& o) { o.sizes.clear(); }},
      {"o.sizes", "stand in place of the bindings",
       [](Offering& o) {
         o.bindings.push_back({Field::kResolution, "r"});
       }},
      {"o.audio", "go together", [](Offering& o) { o.audio = AudioSupport::kAlways; }},
      {"o.audio", "go together", [](Offering& o) { Unbind(o, Field::kAudio); }},
      {"o.count_max", "no binding of count", [](Offering& o) { Unbind(o, Field::kCount); }},
      {"o.count_max", "4 only", [](Offering& o) { o.count_max = 5; }},
      {"o.sizes", "720p at 16:9 is offered and has no row", [](Offering& o) { o.sizes.pop_back(); }},
      {"o.sizes[1]", "stands here twice", [](Offering& o) { o.sizes[1].resolution = "480p"; }},
      {"o.sizes[0]", "is not an offered resolution", [](Offering& o) { o.sizes[0].resolution = "1080p"; }},
      {"o.sizes[0]", "is not an offered ratio", [](Offering& o) { o.sizes[0].aspect_ratio = "1:1"; }},
      {"o.sizes[0]", "must not be empty", [](Offering& o) { o.sizes[0].set.clear(); }},
  };
}

std::vector<Defect> PathDefects() {
  return {
      {"o.sizes[1]", "collides with a size",
       [](Offering& o) {
         o.sizes[1].set.push_back({"width", "1"});
       }},
      {"o.sizes[0]", "collides with prompt",
       [](Offering& o) {
         o.sizes[0].set.push_back({"prompt", "1"});
       }},
      {"o.bindings.duration", "collides with prompt at prompt",
       [](Offering& o) { FindBinding(o, Field::kDuration)->path = "prompt"; }},
      {"o.bindings.duration", "collides with prompt at prompt",
       [](Offering& o) { FindBinding(o, Field::kDuration)->path = "prompt.x"; }},
      {"o.bindings.duration", "inputs collides with first_frame",
       [](Offering& o) { FindBinding(o, Field::kDuration)->path = "inputs"; }},
      {"o.constants.sound", "collides with audio",
       [](Offering& o) {
         o.constants.push_back({"sound", "1"});
       }},
      {"o.extras[0]", "collides with a constant", [](Offering& o) { o.extras[0].path = "settings.mode"; }},
      {"o.bindings.prompt", "is not a dotted path",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->path = "a..b"; }},
      {"o.bindings.prompt", "is not a dotted path",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->path = "a b"; }},
      {"o.bindings.prompt", "is not a dotted path",
       [](Offering& o) { FindBinding(o, Field::kPrompt)->path = ".a"; }},
  };
}

std::vector<Defect> ExtraAndPriceDefects() {
  return {
      {"o.extras[0]", "not of the declared type",
       [](Offering& o) { o.extras[0].default_value = ParameterValue(std::string("3")); }},
      {"o.extras[0]", "not of the declared type",
       [](Offering& o) { o.extras[0].allowed_values = {ParameterValue(true)}; }},
      {"o.extras[0]", "outside of the range",
       [](Offering& o) { o.extras[0].default_value = ParameterValue(std::int64_t{6}); }},
      {"o.extras[0]", "not an allowed value",
       [](Offering& o) { o.extras[0].allowed_values = {ParameterValue(std::int64_t{2})}; }},
      {"o.extras[0]", "an empty range", [](Offering& o) { o.extras[0].minimum = 6; }},
      {"o.extras[0]", "only a bool deletes the video", [](Offering& o) { o.extras[0].deletes_video = true; }},
      {"o.extras[0]", "is required and has a default", [](Offering& o) { o.extras[0].required = true; }},
      {"o.extras[0]", "only a number has a range",
       [](Offering& o) { o.extras[0].type = ParameterType::kBool, o.extras[0].default_value.reset(); }},
      {"o.extras[0]", "is not a name", [](Offering& o) { o.extras[0].name = "a b"; }},
      {"o.extras[0]", "is not a name", [](Offering& o) { o.extras[0].name = std::string(65, 'x'); }},
      {"o.extras[1]", "stands here twice",
       [](Offering& o) { o.extras.push_back(o.extras[0]), o.extras[1].path = "other"; }},
      {"o.extras[0]", "is taken and refused", [](Offering& o) { o.refused_extras["level"] = "no"; }},
      {"o.prices[0].source", "https URL", [](Offering& o) { o.prices[0].source = "heard it"; }},
      {"o.prices[0].as_of_date", "YYYY-MM-DD", [](Offering& o) { o.prices[0].as_of_date = "2026-1-2"; }},
      {"o.prices[0].resolution", "not an offered resolution",
       [](Offering& o) { o.prices[0].resolution = "4k"; }},
      {"o.prices[0].duration", "not an offered one", [](Offering& o) { o.prices[0].duration_ms = 5000; }},
      {"o.prices[1]", "no telling which counts", [](Offering& o) { o.prices.push_back(o.prices[0]); }},
      {"o.prices[1]", "no telling which counts",
       [](Offering& o) {
         o.prices.push_back(o.prices[0]), o.prices[0].audio = true, o.prices[1].resolution = "720p";
       }},
  };
}

TEST(CheckOffering, FindsEachDefect) {
  for (const auto& defects : {ValueDefects(), InputDefects(), BindingDefects(), SelectorDefects(),
                              PathDefects(), ExtraAndPriceDefects()}) {
    for (const Defect& defect : defects) {
      Offering offering = GoodOffering();
      defect.change(offering);
      EXPECT_THAT(Check(offering), Contains(Pair(defect.path, HasSubstr(defect.message))))
          << defect.path << " " << defect.message;
    }
  }
}

TEST(CheckOffering, LetsFramesShareAnArray) {
  Offering offering = GoodOffering();
  offering.mode = Mode::kFirstLastFrame;
  offering.bindings.push_back({Field::kLastFrame, "inputs.frames", Encoding::kTaggedFrame, "last"});
  EXPECT_THAT(Check(offering), IsEmpty());
  offering.bindings.back().tag = "first";
  EXPECT_THAT(Check(offering), Contains(Pair("o.bindings.last_frame", HasSubstr("the tag first is taken"))));
}

TEST(CheckOffering, LetsRowsOfAPriceListExcludeEachOther) {
  Offering offering = GoodOffering();
  PriceRow row = offering.prices[0];
  offering.prices = {row, row, row, row};
  offering.prices[1].resolution = "480p";
  offering.prices[2].resolution = "720p";
  offering.prices[3].resolution = "720p";
  offering.prices[3].audio = true;
  EXPECT_THAT(Check(offering), IsEmpty());
}

TEST(IsDate, KnowsTheCalendar) {
  for (const char* const good : {"2026-09-24", "2024-02-29", "1999-12-31"}) EXPECT_TRUE(IsDate(good)) << good;
  for (const char* const bad :
       {"", "2026-9-24", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026/01/01", "20260101",
        "2026-01-01T", "+026-01-01", "2026--1-01", "today"}) {
    EXPECT_FALSE(IsDate(bad)) << bad;
  }
}

}  // namespace
}  // namespace zoetrope
