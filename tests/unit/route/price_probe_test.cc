#include "server/route/price_probe.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "server/catalogue/catalogue.h"
#include "server/route/rule_check.h"

namespace zoetrope {
namespace {

Model MakeModel() {
  Model model;
  model.id = "m";
  model.default_duration_ms = 5000;
  model.default_resolution = "720p";
  model.default_aspect_ratio = "16:9";
  model.default_aspect_ratio_with_image = "auto";
  return model;
}

Offering MakeOffering() {
  Offering offering;
  offering.mode = Mode::kImageToVideo;
  offering.durations_ms = {4000, 8000};
  offering.resolutions = {"720p", "1080p"};
  offering.audio = AudioSupport::kSelectable;
  return offering;
}

TEST(PriceProbes, AreOneOfEachCombination) {
  std::set<std::tuple<std::int64_t, std::string, bool>> seen;
  for (const Generation& probe : PriceProbes(MakeModel(), MakeOffering())) {
    seen.emplace(*probe.duration_ms, probe.resolution, *probe.audio);
    EXPECT_EQ(probe.count, 1);
    EXPECT_EQ(probe.model, "m");
    EXPECT_FALSE(probe.prompt.empty());
    EXPECT_EQ(ModeOf(probe), Mode::kImageToVideo);
    EXPECT_EQ(probe.aspect_ratio, "auto");
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(PriceProbes, AreOfTheModesThatNeedNoOtherVideo) {
  Offering offering = MakeOffering();
  for (const Mode mode : {Mode::kTextToVideo, Mode::kImageToVideo, Mode::kFirstLastFrame}) {
    offering.mode = mode;
    ASSERT_FALSE(PriceProbes(MakeModel(), offering).empty());
    EXPECT_EQ(ModeOf(PriceProbes(MakeModel(), offering).front()), mode);
  }
  for (const Mode mode : {Mode::kRemix, Mode::kExtend, Mode::kReferenceToVideo}) {
    offering.mode = mode;
    EXPECT_TRUE(PriceProbes(MakeModel(), offering).empty());
  }
}

TEST(PriceProbes, TakeTheModelsOwnWhereTheOfferingListsNothing) {
  Offering offering;
  offering.audio = AudioSupport::kNever;
  offering.aspect_ratios = {"1:1", "9:16"};
  const std::vector<Generation> probes = PriceProbes(MakeModel(), offering);
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].duration_ms, 5000);
  EXPECT_EQ(probes[0].resolution, "720p");
  EXPECT_EQ(probes[0].aspect_ratio, "1:1") << "the first that there is, where the model's own is not";
  EXPECT_EQ(probes[0].audio, false);
}

TEST(PriceProbes, AreNotWithoutEnd) {
  Offering offering = MakeOffering();
  offering.durations_ms.clear();
  for (int i = 1; i <= 500; ++i) offering.durations_ms.push_back(i * 1000);
  EXPECT_EQ(PriceProbes(MakeModel(), offering).size(), kPriceProbesMax);
}

TEST(PriceProbes, OfEveryShippedOfferingKeepItsRules) {
  const CatalogueResult shipped = ParseCatalogue("default", DefaultCatalogueText());
  ASSERT_NE(shipped.catalogue, nullptr);
  int probes = 0;
  for (const Model& model : shipped.catalogue->models()) {
    for (const Offering& offering : model.offerings) {
      for (const Generation& probe : PriceProbes(model, offering)) {
        ++probes;
        EXPECT_TRUE(FindBrokenRules(probe, offering).empty()) << offering.id;
      }
    }
  }
  EXPECT_GT(probes, 100);
}

}  // namespace
}  // namespace zoetrope
