#include "server/providers/likeness.h"

#include <gtest/gtest.h>

#include <string>

#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

const absl::Time kSent = absl::FromUnixSeconds(1'800'000'000);

JsonValue Parse(const std::string& text) { return ParseJson(text).value_or(JsonValue()); }

Likeness Compare(const std::string& theirs, const std::string& ours) {
  const JsonValue shown = Parse(theirs);
  return CompareInput(&shown, Parse(ours));
}

TEST(LikenessTest, OneDifferenceIsEnough) {
  EXPECT_EQ(Both(Likeness::kSame, Likeness::kSame), Likeness::kSame);
  EXPECT_EQ(Both(Likeness::kSame, Likeness::kUntold), Likeness::kUntold);
  EXPECT_EQ(Both(Likeness::kUntold, Likeness::kSame), Likeness::kUntold);
  EXPECT_EQ(Both(Likeness::kUntold, Likeness::kOther), Likeness::kOther);
  EXPECT_EQ(Both(Likeness::kOther, Likeness::kUntold), Likeness::kOther);
}

TEST(LikenessTest, TheTimeHasBounds) {
  EXPECT_EQ(CompareTime(kSent, kSent), Likeness::kSame);
  EXPECT_EQ(CompareTime(kSent - kCreatedBefore, kSent), Likeness::kSame);
  EXPECT_EQ(CompareTime(kSent + kCreatedAfter, kSent), Likeness::kSame);
  EXPECT_EQ(CompareTime(kSent - kCreatedBefore - absl::Nanoseconds(1), kSent), Likeness::kOther);
  EXPECT_EQ(CompareTime(kSent + kCreatedAfter + absl::Nanoseconds(1), kSent), Likeness::kOther);
  EXPECT_EQ(CompareTime(std::nullopt, kSent), Likeness::kUntold);
}

TEST(LikenessTest, TheTwinWindowIsAsWideAsBoth) { EXPECT_EQ(kTwinWindow, kCreatedBefore + kCreatedAfter); }

TEST(LikenessTest, ReadsTimesWithAnyNumberOfDecimals) {
  const auto read = [](const std::string& text) { return TimeIn(JsonValue::OfString(text), ""); };
  EXPECT_EQ(read("2027-01-15T08:00:00Z"), kSent);
  EXPECT_EQ(read("2027-01-15T08:00:00.948268264Z"), kSent + absl::Nanoseconds(948'268'264));
  EXPECT_EQ(read("2027-01-15T09:00:00+01:00"), kSent);
  for (const char* none :
       {"", "2027-01-15", "2027-01-15T08:00:00", "infinite-future", "infinite-past", "now"})
    EXPECT_EQ(read(none), std::nullopt) << none;
}

TEST(LikenessTest, EveryMemberOfOursCounts) {
  EXPECT_EQ(Compare(R"({"a":"x","b":8,"c":true})", R"({"c":true,"b":8,"a":"x"})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":"x","more":1})", R"({"a":"x"})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":"x"})", R"({"a":"x","b":8})"), Likeness::kUntold);
  EXPECT_EQ(Compare(R"({"a":"x","b":null})", R"({"a":"x","b":8})"), Likeness::kUntold);
  EXPECT_EQ(Compare(R"({"a":"y"})", R"({"a":"x","b":8})"), Likeness::kOther) << "though b is not shown";
  EXPECT_EQ(Compare(R"({})", R"({"a":null})"), Likeness::kUntold);
}

TEST(LikenessTest, ValuesAreComparedByWhatTheySay) {
  EXPECT_EQ(Compare(R"({"a":8.0})", R"({"a":8})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":0.5})", R"({"a":0.5})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":"8"})", R"({"a":8})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":8})", R"({"a":"8"})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":"true"})", R"({"a":true})"), Likeness::kSame);
  for (const char* other : {R"({"a":9})", R"({"a":8.5})", R"({"a":[8]})", R"({"a":{}})", R"({"a":true})"})
    EXPECT_EQ(Compare(other, R"({"a":8})"), Likeness::kOther) << other;
  EXPECT_EQ(Compare(R"({"a":false})", R"({"a":true})"), Likeness::kOther);
  EXPECT_EQ(Compare(R"({"a":1})", R"({"a":true})"), Likeness::kOther);
}

TEST(LikenessTest, ListsAndObjectsAreComparedInside) {
  EXPECT_EQ(Compare(R"({"a":["x",{"b":1}]})", R"({"a":["x",{"b":1}]})"), Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":["y","x"]})", R"({"a":["x","y"]})"), Likeness::kOther) << "in another order";
  EXPECT_EQ(Compare(R"({"a":["x"]})", R"({"a":["x","y"]})"), Likeness::kOther);
  EXPECT_EQ(Compare(R"({"a":[{"c":1}]})", R"({"a":[{"b":1}]})"), Likeness::kUntold);
  EXPECT_EQ(Compare(R"({"a":"x"})", R"({"a":["x"]})"), Likeness::kOther);
  EXPECT_EQ(Compare(R"({"a":"x"})", R"({"a":{"b":1}})"), Likeness::kOther);
}

TEST(LikenessTest, APictureByValueMayBeShownByItsAddress) {
  EXPECT_EQ(Compare(R"({"a":"data:image/png;base64,AAAA"})", R"({"a":"data:image/png;base64,AAAA"})"),
            Likeness::kSame);
  EXPECT_EQ(Compare(R"({"a":"https://m.example/x.png"})", R"({"a":"data:image/png;base64,AAAA"})"),
            Likeness::kUntold);
  EXPECT_EQ(Compare(R"({"a":8})", R"({"a":"data:image/png;base64,AAAA"})"), Likeness::kUntold);
}

TEST(LikenessTest, WhatShowsNoInputTellsNothing) {
  EXPECT_EQ(CompareInput(nullptr, Parse(R"({"a":1})")), Likeness::kUntold);
  for (const char* none : {"null", "[]", "7", R"("a")"})
    EXPECT_EQ(Compare(none, R"({"a":1})"), Likeness::kUntold) << none;
}

}  // namespace
}  // namespace zoetrope
