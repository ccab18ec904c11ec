#include "server/route/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

TEST(Explain, JoinsWhatSeveralOfferingsWouldTake) {
  const std::vector<const Offering*> both = {&Find("sora-2/image-to-video@runpod"),
                                             &Find("sora-2/image-to-video@runware")};
  const Generation generation = ImageGeneration(Sora());
  EXPECT_EQ(Explain({Obstacle::kDuration, "", ""}, generation, both),
            "must be one of 4, 8, 12, 16, 20 seconds");
  EXPECT_EQ(Explain({Obstacle::kAspectRatio, "", ""}, generation, both), "must be one of auto, 16:9, 9:16");
  EXPECT_EQ(Explain({Obstacle::kCount, "", ""}, generation, both), "must be at most 4");
  EXPECT_EQ(Explain({Obstacle::kPromptLength, "", ""}, generation, both),
            "must have at least 1 characters, or at least 2 and at most 6000 characters");
  EXPECT_EQ(Explain({Obstacle::kMode, "", ""}, generation, {}), "cannot be had");
}

}  // namespace
}  // namespace zoetrope
