// Every rule between models: one change of a good one, one problem.
#include "server/catalogue/catalogue_check.h"

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

Problems Check(const std::vector<Model>& models) {
  Problems problems;
  CheckModels(models,
              [&](const std::string& path, std::string message) { problems.emplace_back(path, message); });
  return problems;
}

TEST(CheckModels, PassesAGoodOne) { EXPECT_THAT(Check(std::vector<Model>{GoodModel()}), IsEmpty()); }

TEST(CheckModels, FindsClashingNames) {
  Model second = GoodModel();
  second.id = "n";
  second.aliases = {"m", "x", "x"};
  second.offerings[0].id = "other";
  const Problems problems = Check(std::vector<Model>{GoodModel(), second});
  EXPECT_THAT(problems, Contains(Pair("models[1].aliases[0]", "m: already means the model m")));
  EXPECT_THAT(problems, Contains(Pair("models[1].aliases[2]", "x: already means the model n")));
  EXPECT_EQ(problems.size(), 2u);
  second = GoodModel();
  EXPECT_THAT(Check(std::vector<Model>{GoodModel(), second}),
              Contains(Pair("models[1].offerings[0].id", HasSubstr("is taken by another offering"))));
}

TEST(CheckModels, FindsReplacementsThatDoNotExist) {
  Model model = GoodModel();
  model.lifecycle.replacement = "gone";
  EXPECT_THAT(Check(std::vector<Model>{model}),
              Contains(Pair("models[0].lifecycle.replacement", HasSubstr("no model"))));
  model.lifecycle.replacement = "m";
  EXPECT_THAT(Check(std::vector<Model>{model}),
              Contains(Pair("models[0].lifecycle.replacement", HasSubstr("replace itself"))));
  model.lifecycle.replacement = "";
  model.offerings[0].lifecycle.replacement = "gone";
  EXPECT_THAT(Check(std::vector<Model>{model}),
              Contains(Pair("models[0].offerings[0].lifecycle.replacement", HasSubstr("no model"))));
}

TEST(CheckModels, FindsDefaultsThatNoOneOffers) {
  const std::vector<std::pair<std::string, std::function<void(Model&)>>> rows = {
      {"models[0].defaults.duration", [](Model& m) { m.default_duration_ms = 5000; }},
      {"models[0].defaults.resolution", [](Model& m) { m.default_resolution = "1080p"; }},
      {"models[0].defaults.aspect_ratio_with_image",
       [](Model& m) { m.default_aspect_ratio_with_image = "1:1"; }},
      {"models[0].defaults.aspect_ratio",
       [](Model& m) {
         m.offerings.push_back(GoodOffering());
         m.offerings[1].id = "text";
         m.offerings[1].mode = Mode::kTextToVideo;
         Unbind(m.offerings[1], Field::kFirstFrame);
         m.default_aspect_ratio = "1:1";
       }},
      {"models[0].defaults.audio",
       [](Model& m) {
         m.offerings[0].audio = AudioSupport::kNever;
         Unbind(m.offerings[0], Field::kAudio);
       }},
      {"models[0]", [](Model& m) { m.offerings.clear(); }},
      {"models[0].lifecycle.sunset_date", [](Model& m) { m.lifecycle.sunset_date = "soon"; }},
  };
  for (const auto& [path, change] : rows) {
    Model model = GoodModel();
    change(model);
    const Problems problems = Check(std::vector<Model>{model});
    ASSERT_EQ(problems.size(), 1u) << path;
    EXPECT_EQ(problems[0].first, path);
  }
}

}  // namespace
}  // namespace zoetrope
