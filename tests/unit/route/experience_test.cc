#include "server/route/experience.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

Offering Typical(int seconds) {
  Offering offering;
  offering.id = "o";
  offering.typical_duration = absl::Seconds(seconds);
  return offering;
}

constexpr absl::Time kNow = absl::UnixEpoch();

TEST(ExperienceTest, WithoutAnyTheCatalogueCounts) {
  const ExperienceBook book(absl::Hours(1));
  const Experience experience = book.Of("fal", Typical(60), kNow);
  EXPECT_EQ(experience.duration, absl::Seconds(60));
  EXPECT_EQ(experience.success_ratio, 1);
  EXPECT_EQ(experience.weight, 0);
}

TEST(ExperienceTest, TheCatalogueCountsForOneGeneration) {
  ExperienceBook book(absl::Hours(1));
  book.NoteSuccess("fal", "o", absl::Seconds(30), kNow);
  book.NoteSuccess("fal", "o", absl::Seconds(30), kNow);
  const Experience experience = book.Of("fal", Typical(60), kNow);
  EXPECT_EQ(experience.duration, absl::Seconds(40)) << "(60 + 30 + 30) / 3";
  EXPECT_EQ(experience.success_ratio, 1);
  EXPECT_EQ(experience.weight, 2);
}

TEST(ExperienceTest, AFailureCountsAgainstSuccessesAndTakesNoTime) {
  ExperienceBook book(absl::Hours(1));
  for (int i = 0; i < 3; ++i) book.NoteFailure("fal", "o", kNow);
  EXPECT_EQ(book.Of("fal", Typical(60), kNow).success_ratio, 0.25);
  EXPECT_EQ(book.Of("fal", Typical(60), kNow).duration, absl::Seconds(60));
  for (int i = 0; i < 4; ++i) book.NoteSuccess("fal", "o", absl::Seconds(60), kNow);
  EXPECT_EQ(book.Of("fal", Typical(60), kNow).success_ratio, 5.0 / 8);
}

TEST(ExperienceTest, AccountsAndOfferingsStandApart) {
  ExperienceBook book(absl::Hours(1));
  book.NoteFailure("fal", "o", kNow);
  Offering other = Typical(60);
  other.id = "other";
  EXPECT_EQ(book.Of("fal-2", Typical(60), kNow).weight, 0);
  EXPECT_EQ(book.Of("fal", other, kNow).weight, 0);
  EXPECT_EQ(book.Of("fal", Typical(60), kNow).weight, 1);
}

TEST(ExperienceTest, WhatIsAHalfLifeOldCountsHalf) {
  ExperienceBook book(absl::Hours(1));
  book.NoteSuccess("fal", "o", absl::Seconds(10), kNow);
  book.NoteFailure("fal", "o", kNow);
  const Experience later = book.Of("fal", Typical(60), kNow + absl::Hours(1));
  EXPECT_DOUBLE_EQ(later.weight, 1);
  EXPECT_DOUBLE_EQ(later.success_ratio, 1.5 / 2);
  EXPECT_NEAR(absl::ToDoubleSeconds(later.duration), 65 / 1.5, 1e-6);
  // What comes later counts whole, beside what is left.
  book.NoteFailure("fal", "o", kNow + absl::Hours(1));
  EXPECT_DOUBLE_EQ(book.Of("fal", Typical(60), kNow + absl::Hours(1)).success_ratio, 1.5 / 3);
  EXPECT_NEAR(book.Of("fal", Typical(60), kNow + absl::Hours(24 * 365)).success_ratio, 1, 1e-9);
  EXPECT_NEAR(absl::ToDoubleSeconds(book.Of("fal", Typical(60), kNow + absl::Hours(24 * 365)).duration), 60,
              1e-6);
}

TEST(ExperienceTest, AClockThatGoesBackMakesNothingOfIt) {
  ExperienceBook book(absl::Hours(1));
  book.NoteFailure("fal", "o", kNow);
  book.NoteFailure("fal", "o", kNow - absl::Hours(5));
  EXPECT_EQ(book.Of("fal", Typical(60), kNow - absl::Hours(9)).weight, 2);
  book.NoteSuccess("fal", "o", -absl::Seconds(100), kNow);
  EXPECT_GT(book.Of("fal", Typical(60), kNow).duration, absl::ZeroDuration());
}

}  // namespace
}  // namespace zoetrope
