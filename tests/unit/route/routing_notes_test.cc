#include "server/route/routing_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> Words(const std::vector<RoutingNote>& notes) {
  std::vector<std::string> words;
  for (const RoutingNote& note : notes) words.push_back(note.provider + ": " + note.why);
  return words;
}

std::vector<std::string> NotesOf(const Scene& scene) {
  const auto routed = RouteWithNotes(scene.Input());
  EXPECT_TRUE(routed.ok()) << routed.status();
  return routed.ok() ? Words(routed->notes) : std::vector<std::string>();
}

TEST(RoutingNotesTest, CandidatesSayWhatMakesTheirPlace) {
  Scene scene(Seedance(), ImageGeneration(Seedance()));
  scene.generation.audio = false;  // half the price at one of the two
  const auto routed = RouteWithNotes(scene.Input());
  ASSERT_TRUE(routed.ok());
  ASSERT_GE(routed->notes.size(), 2u);
  EXPECT_TRUE(routed->notes[0].candidate && routed->notes[1].candidate);
  EXPECT_EQ(routed->notes[0].offering, routed->candidates[0].offering);
  EXPECT_THAT(routed->notes[0].why, StartsWith("the cheapest, at USD "));
  EXPECT_THAT(routed->notes[1].why, HasSubstr(" more than the first"));
  scene.routing.strategy = RoutingStrategy::kFastest;
  EXPECT_THAT(NotesOf(scene)[0], HasSubstr("the fastest, at USD "));
}

TEST(RoutingNotesTest, WhatIsPassedOverSaysBy) {
  Scene scene(Seedance(), ImageGeneration(Seedance()));
  scene.generation.audio = false;  // half the price at one of the two
  const auto all = Route(scene.Input());
  ASSERT_TRUE(all.ok());
  const Money dear = *all->back().price;
  scene.max_cost = Money::FromNanos(dear.nanos() - 400'000);
  const auto routed = RouteWithNotes(scene.Input());
  ASSERT_TRUE(routed.ok());
  const RoutingNote passed{all->back().provider, all->back().offering, false,
                           "passed over: over max_cost by USD 0.0004"};
  EXPECT_THAT(routed->notes, Contains(passed));
  EXPECT_THAT(routed->notes[0].why, StartsWith("the only one that can do it, at USD "));
}

TEST(RoutingNotesTest, ABudgetWithoutRoomIsNamed) {
  std::vector<RoutingNote> notes = {{"fal", "a", true, "the cheapest"}, {"runpod", "b", true, "next"}};
  const BudgetShortage shortage{{"fal-day", "fal", absl::UnixEpoch()},
                                Money::FromNanos(2'000'000'000),
                                Money::FromNanos(1'800'000'000),
                                Money::FromNanos(600'000'000)};
  NoteOverBudget({"fal", "a", Money::FromNanos(600'000'000)}, shortage, notes);
  EXPECT_THAT(Words(notes),
              ElementsAre("runpod: next", "fal: passed over: over budget `fal-day` by USD 0.40"));
  EXPECT_FALSE(notes[1].candidate);
  NoteOverBudget({"unknown", "c"}, shortage, notes);
  EXPECT_THAT(notes, SizeIs(2));
}

TEST(RoutingNotesTest, AreBounded) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.providers.clear();
  for (int i = 0; i < 100; ++i)
    scene.providers.push_back({"account-" + std::to_string(i), "fal", &scene.adapter});
  scene.routing.provider = "account-0";
  const auto routed = RouteWithNotes(scene.Input());
  ASSERT_TRUE(routed.ok());
  EXPECT_THAT(routed->notes, SizeIs(kRoutingNotes));
  for (const RoutingNote& note : routed->notes) EXPECT_LE(note.why.size(), kRoutingNoteChars);
}

}  // namespace
}  // namespace zoetrope
