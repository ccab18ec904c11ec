#include "server/engine/places.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

TEST(PlacesTest, ThereAreSoManyAndNoMore) {
  Places places;
  EXPECT_EQ(places.Take("a", 0, 2), PlaceVerdict::kTaken);
  EXPECT_EQ(places.Take("b", 0, 2), PlaceVerdict::kTaken);
  EXPECT_EQ(places.Take("a", 0, 2), PlaceVerdict::kFull);
  EXPECT_EQ(places.taken(), 2U);
  places.Give("b");
  EXPECT_EQ(places.Take("a", 0, 2), PlaceVerdict::kTaken);
}

TEST(PlacesTest, APrincipalHasSoManyOfThem) {
  Places places;
  EXPECT_EQ(places.Take("a", 1, 10), PlaceVerdict::kTaken);
  EXPECT_EQ(places.Take("a", 1, 10), PlaceVerdict::kPrincipalFull);
  EXPECT_EQ(places.Take("b", 1, 10), PlaceVerdict::kTaken) << "each by itself";
  EXPECT_EQ(places.Take("a", 2, 10), PlaceVerdict::kTaken) << "the limit of the moment counts";
  places.Give("a");
  EXPECT_EQ(places.Take("a", 1, 10), PlaceVerdict::kPrincipalFull);
  places.Give("a");
  EXPECT_EQ(places.Take("a", 1, 10), PlaceVerdict::kTaken);
}

TEST(PlacesTest, WhatWasAcceptedHasItsPlaceWhateverTheLimits) {
  Places places;
  for (int i = 0; i < 3; ++i) places.Add("a");
  EXPECT_EQ(places.taken(), 3U);
  EXPECT_EQ(places.Take("a", 0, 3), PlaceVerdict::kFull);
  EXPECT_EQ(places.Take("a", 3, 10), PlaceVerdict::kPrincipalFull);
}

}  // namespace
}  // namespace zoetrope
