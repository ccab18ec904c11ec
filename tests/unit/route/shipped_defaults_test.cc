// What a generation leaves open means the same at every provider of the shipped catalogue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;

// Offerings in service whose mode fits a generation with the model's defaults, and whether they take it.
void ForEachOffering(Generation (*make)(const Model&),
                     const std::function<void(const Offering&, const Generation&)>& see) {
  for (const Model& model : Shipped().models()) {
    const Generation generation = make(model);
    for (const Offering& offering : model.offerings) {
      const bool off = offering.lifecycle.state == LifecycleState::kDisabled;
      if (!off && offering.mode == ModeOf(generation)) see(offering, generation);
    }
  }
}

// Whoever takes the defaults is sent each of them, or has nothing else: what a provider would choose by
// itself never decides.
TEST(ShippedDefaults, AreSentOrTheOnlyChoice) {
  for (const auto make : {TextGeneration, ImageGeneration}) {
    ForEachOffering(make, [](const Offering& offering, const Generation& generation) {
      if (!Mismatches(generation, offering).empty()) return;
      EXPECT_TRUE(offering.Find(Field::kDuration) != nullptr || offering.durations_ms.size() == 1)
          << offering.id;
      const bool size = !offering.sizes.empty();
      EXPECT_TRUE(size || offering.Find(Field::kResolution) != nullptr || offering.resolutions.size() == 1)
          << offering.id;
      EXPECT_TRUE(size || offering.Find(Field::kAspectRatio) != nullptr || offering.aspect_ratios.size() == 1)
          << offering.id;
      EXPECT_TRUE(offering.Find(Field::kAudio) != nullptr || offering.audio != AudioSupport::kSelectable)
          << offering.id;
    });
  }
}

// An offering that cannot do what the others do by default is no candidate then, rather than doing something
// else. Each of these has its reason in the catalogue.
TEST(ShippedDefaults, OnlyTheseCannotTakeThem) {
  std::vector<std::string> text;
  ForEachOffering(TextGeneration, [&](const Offering& offering, const Generation& generation) {
    if (!Mismatches(generation, offering).empty()) text.push_back(offering.id);
  });
  EXPECT_THAT(text,
              ElementsAre("hailuo-2.3/text-to-video-1080p@fal", "hailuo-2.3/text-to-video-1080p@wavespeed",
                          "kling-3.0/text-to-video-1080p@fal", "kling-3.0/text-to-video-1080p@runware",
                          "kling-3.0/text-to-video-1080p@wavespeed"));
  std::vector<std::string> image;
  ForEachOffering(ImageGeneration, [&](const Offering& offering, const Generation& generation) {
    if (!Mismatches(generation, offering).empty()) image.push_back(offering.id);
  });
  EXPECT_THAT(image,
              ElementsAre("hailuo-2.3/image-to-video-1080p@fal", "hailuo-2.3/image-to-video-1080p@wavespeed",
                          "kling-3.0/image-to-video-1080p@fal", "kling-3.0/image-to-video-1080p@runware",
                          "kling-3.0/image-to-video-1080p@wavespeed", "veo-3.1-fast/image-to-video@runpod",
                          "wan-2.6/image-to-video@runpod"));
}

// Whoever asks for nothing but a picture has every provider of a model that serves: each has an offering that
// takes it, and where another does not, that one is a tier of its own and not another shape. But for one that
// makes a single shape of every picture: it would give another video than the others.
TEST(ShippedDefaults, APictureAloneHasACandidateAtEveryProvider) {
  for (const Model& model : Shipped().models()) {
    if (model.lifecycle.state == LifecycleState::kDisabled) continue;
    const Generation generation = ImageGeneration(model);
    std::set<std::string> providers;
    std::set<std::string> candidates;
    for (const Offering& offering : model.offerings) {
      if (offering.lifecycle.state == LifecycleState::kDisabled || offering.mode != Mode::kImageToVideo)
        continue;
      if (offering.id == "wan-2.6/image-to-video@runpod") continue;
      providers.insert(offering.dialect);
      const std::vector<Unsuitability> mismatches = Mismatches(generation, offering);
      if (mismatches.empty()) candidates.insert(offering.dialect);
      for (const Unsuitability& mismatch : mismatches) {
        EXPECT_NE(mismatch.field, "generation.aspect_ratio") << offering.id << " " << mismatch.description;
      }
    }
    EXPECT_EQ(candidates, providers) << model.id;
  }
}

// Pinned, so that a change of a default is a decision.
TEST(ShippedDefaults, AreThese) {
  std::vector<std::string> rows;
  for (const Model& model : Shipped().models()) {
    const Generation generation = ImageGeneration(model);
    rows.push_back(model.id + " " + std::to_string(*generation.duration_ms) + " " + generation.resolution +
                   " " + generation.aspect_ratio + (*generation.audio ? " sound" : " silent"));
  }
  EXPECT_THAT(rows, ElementsAre("hailuo-2.3 6000 768p auto silent", "kling-3.0 5000 720p auto sound",
                                "ltx-2.3 6000 1080p auto sound", "ltx-2.3-fast 6000 1080p auto sound",
                                "p-video 5000 720p auto sound", "pixverse-v6 5000 720p auto sound",
                                "seedance-1.5-pro 5000 720p 16:9 sound", "seedance-2.0 5000 720p auto sound",
                                "seedance-2.0-fast 5000 720p auto sound", "sora-2 4000 720p auto sound",
                                "veo-3.1-fast 8000 720p auto sound", "vidu-q3 5000 720p auto sound",
                                "wan-2.6 5000 720p auto sound"));
}

}  // namespace
}  // namespace zoetrope
