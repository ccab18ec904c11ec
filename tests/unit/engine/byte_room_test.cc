#include "server/engine/byte_room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"

namespace zoetrope::testing {
namespace {

using Place = std::shared_ptr<ByteRoom::Place>;

// Who has a place, by name, in the order of entering.
class Guests {
 public:
  void Ask(ByteRoom& room, char name, std::size_t bytes) {
    tickets_[name] = room.Ask(bytes, [this, name](Place place) {
      entered_ += name;
      places_[name] = std::move(place);
    });
  }
  void Leave(char name) {
    // Out of the map before it is dropped: others enter in that moment.
    const auto place = places_.extract(name);
  }
  void GiveUp(char name) { tickets_.erase(name); }
  Place& PlaceOf(char name) { return places_[name]; }
  const std::string& entered() const { return entered_; }

 private:
  std::string entered_;
  std::map<char, Place> places_;
  std::map<char, ByteRoom::Ticket> tickets_;
};

TEST(ByteRoomTest, WhoFindsRoomEntersAtOnce) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 4);
  guests.Ask(room, 'b', 6);
  EXPECT_EQ(guests.entered(), "ab");
}

TEST(ByteRoomTest, WhoFindsNoneEntersWhenEnoughHaveLeft) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 4);
  guests.Ask(room, 'b', 4);
  guests.Ask(room, 'c', 7);
  EXPECT_EQ(guests.entered(), "ab");
  guests.Leave('a');
  EXPECT_EQ(guests.entered(), "ab");
  guests.Leave('b');
  EXPECT_EQ(guests.entered(), "abc");
}

TEST(ByteRoomTest, NobodyIsOvertaken) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 8);
  guests.Ask(room, 'b', 8);
  guests.Ask(room, 'c', 1);
  EXPECT_EQ(guests.entered(), "a") << "'c' would fit, and so would everything small for ever";
  guests.Leave('a');
  EXPECT_EQ(guests.entered(), "abc");
}

TEST(ByteRoomTest, WhatIsLargerThanAllGoesAlone) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 1);
  guests.Ask(room, 'b', 1'000);
  EXPECT_EQ(guests.entered(), "a");
  guests.Leave('a');
  EXPECT_EQ(guests.entered(), "ab");
  guests.Ask(room, 'c', 1);
  EXPECT_EQ(guests.entered(), "ab");
  guests.Leave('b');
  EXPECT_EQ(guests.entered(), "abc");
}

TEST(ByteRoomTest, WhoGivesUpIsPassedOver) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 10);
  guests.Ask(room, 'b', 10);
  guests.Ask(room, 'c', 10);
  guests.GiveUp('b');
  guests.Leave('a');
  EXPECT_EQ(guests.entered(), "ac");
}

TEST(ByteRoomTest, WhatIsNotNeededAnyMoreIsForTheNext) {
  ByteRoom room(10);
  Guests guests;
  guests.Ask(room, 'a', 10);
  guests.Ask(room, 'b', 6);
  guests.PlaceOf('a')->Shrink(20);  // more than it has: nothing happens
  guests.PlaceOf('a')->Shrink(5);
  EXPECT_EQ(guests.entered(), "a");
  guests.PlaceOf('a')->Shrink(4);
  EXPECT_EQ(guests.entered(), "ab");
  guests.Leave('a');
  guests.Ask(room, 'c', 4);
  EXPECT_EQ(guests.entered(), "abc");
  guests.Ask(room, 'd', 1);
  EXPECT_EQ(guests.entered(), "abc") << "all of it is taken";
}

TEST(ByteRoomTest, AtOnceOrNotAtAll) {
  ByteRoom room(10);
  Guests guests;
  Place place = room.TryTake(10);
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(room.TryTake(1), nullptr);
  guests.Ask(room, 'a', 8);
  place->Shrink(3);
  EXPECT_EQ(room.TryTake(1), nullptr) << "somebody waits";
  place.reset();
  EXPECT_EQ(guests.entered(), "a");
  place = room.TryTake(2);
  EXPECT_NE(place, nullptr);
}

TEST(ByteRoomTest, WhoWaitsWhenTheRoomGoesIsNotCalled) {
  Guests guests;
  std::optional<ByteRoom> room(10);
  guests.Ask(*room, 'a', 10);
  guests.Ask(*room, 'b', 1);
  room.reset();
  guests.Leave('a');
  EXPECT_EQ(guests.entered(), "a");
}

TEST(ByteRoomTest, ALongQueueOfThoseWhoLeaveAtOnceTakesNoStack) {
  ByteRoom room(1);
  Guests guests;
  guests.Ask(room, 'a', 1);
  int passed = 0;
  std::vector<ByteRoom::Ticket> tickets;
  for (int i = 0; i < 200'000; ++i) tickets.push_back(room.Ask(1, [&passed](const Place&) { ++passed; }));
  guests.Leave('a');
  EXPECT_EQ(passed, 200'000);
}

// What several threads have asked for and not given back, under one lock of its own.
class Crowd {
 public:
  void Ask(ByteRoom& room, std::size_t bytes) {
    ByteRoom::Ticket ticket = room.Ask(bytes, [this, bytes](Place place) {
      std::lock_guard lock(mutex_);
      bytes_ += bytes;
      most_ = std::max(most_, bytes_);
      ++entered_;
      inside_.emplace_back(bytes, std::move(place));
    });
    std::lock_guard lock(mutex_);
    tickets_.push_back(std::move(ticket));
  }
  // One of those who are inside leaves, if there is one.
  void LeaveOne(SeededRandom& random) {
    std::lock_guard lock(mutex_);
    if (inside_.empty()) return;
    std::swap(inside_[random.Below(inside_.size())], inside_.back());
    bytes_ -= inside_.back().first;
    left_.push_back(std::move(inside_.back().second));
    inside_.pop_back();
  }
  // Gives back what those had who left: others may enter in that moment.
  void GiveBack() {
    std::vector<Place> gone;
    std::lock_guard lock(mutex_);
    gone.swap(left_);
  }
  int entered() const { return entered_; }
  std::size_t most() const { return most_; }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::size_t, Place>> inside_;
  std::vector<Place> left_;
  std::vector<ByteRoom::Ticket> tickets_;
  std::size_t bytes_ = 0;
  std::size_t most_ = 0;
  int entered_ = 0;
};

TEST(ByteRoomTest, ThreadsNeverHaveMoreThanAllTogether) {
  const std::uint64_t seed = TestSeed();
  SCOPED_TRACE(seed);
  constexpr int kThreads = 8;
  constexpr int kAsks = 2'000;
  ByteRoom room(100);
  Crowd crowd;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&room, &crowd, seed, t] {
      SeededRandom random(seed + t);
      for (int i = 0; i < kAsks; ++i) {
        crowd.Ask(room, 1 + random.Below(60));
        if (random.Chance(0.7)) crowd.LeaveOne(random);
        crowd.GiveBack();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Each that leaves lets others in, until nobody waits.
  SeededRandom random(seed);
  for (int i = 0; i < kThreads * kAsks; ++i) {
    crowd.LeaveOne(random);
    crowd.GiveBack();
  }
  EXPECT_EQ(crowd.entered(), kThreads * kAsks);
  EXPECT_LE(crowd.most(), 100u);
  EXPECT_GT(crowd.most(), 60u) << "several at the same time";
}

}  // namespace
}  // namespace zoetrope::testing
