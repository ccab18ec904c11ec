// Submissions of unknown outcome at the dialect where the same bytes can be sent again under the same id.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/engine/resolver_fixture.h"

namespace zoetrope::testing {
namespace {

class RepeatTest : public ResolverTest {
 protected:
  RepeatTest() : ResolverTest("runware") {}
};

TEST_F(RepeatTest, AJobWhoseAnswerWasLostIsFound) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(network_.submissions(), 2);
  EXPECT_EQ(observer_.calls[ProviderCall::kRepeat], 1);
  EXPECT_EQ(observer_.ends[SearchEnd::kFound], 1);
}

TEST_F(RepeatTest, ARequestThatWasLostIsMadeByTheNext) {
  network_.ScriptSubmissions({Fate::kLostRequest, Fate::kErrorBefore, Fate::kNoConnection, Fate::kGarbage});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(network_.submissions(), 5);
}

TEST_F(RepeatTest, LoadIsWaitedOut) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kThrottled});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(network_.submissions(), 2) << "the provider asked for three seconds";
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
}

// The provider remembers the id for ten minutes: what comes later could be a second video.
TEST_F(RepeatTest, WhatWouldComeTooLateIsNotSent) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kThrottled});
  network_.ThrottleFor(absl::Hours(1));
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);  // by asking after the id, without waiting for the hour
  world_.RunFor(absl::Hours(2));
  EXPECT_EQ(network_.submissions(), 2);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(RepeatTest, WhatWasPlannedInTimeAndCameToItTooLateIsNotSent) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kThrottled});
  network_.ThrottleFor(absl::Minutes(9));
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Minutes(2));
  world_.clock().SetTime(world_.clock().TimeNow() + absl::Minutes(9));  // as after a process that was frozen
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 2) << "by now the provider has forgotten the id";
}

TEST_F(RepeatTest, ARefusalNowTellsNothingOfThen) {
  // The account has no money any more, which is waited for; what was accepted before goes on.
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kRefused});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
}

TEST_F(RepeatTest, RepetitionsHaveAnEndAndThenItIsHeld) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(1));
  const int after_a_minute = network_.submissions();
  EXPECT_LE(after_a_minute, 7);
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(id);
  EXPECT_LE(network_.submissions(), 7);
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(RepeatTest, ARestartInTheMiddleOfItGoesOn) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kLostReply, Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunUntil([&] { return network_.submissions() == 2; });
  Restart();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(RepeatTest, AfterALongTimeTheProviderIsOnlyAsked) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  Restart(absl::Minutes(11));
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown);
  world_.RunFor(absl::Minutes(15));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1) << "it may have forgotten the id";
}

TEST_F(RepeatTest, AfterALongTimeWhatIsNotThereIsHeld) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.submissions() == 1; });
  Restart(absl::Minutes(11));
  world_.RunFor(absl::Minutes(15));
  ExpectHeld(id);
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(RepeatTest, WhatItsCallerDoesNotWantAnyMoreIsNotSentAgain) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.submissions() == 3; });
  Cancel(id);
  world_.RunFor(absl::Seconds(1));
  const int then = network_.submissions();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(network_.submissions(), then) << "it would have been made, and paid for";
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kHeld);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kPending);
}

TEST_F(RepeatTest, ACancelledJobThatIsThereIsFoundForItsMoney) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kLostRequest, Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  Cancel(id);
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
  EXPECT_EQ(network_.total_creations(), 1);
}

// There is room for one picture, and it is taken when the repetition is due.
class RepeatRoomTest : public RepeatTest {
 protected:
  RepeatRoomTest() {
    engine_.reset();
    picture_bytes_max_ = 20;
    store_.PutBlob(sha256_, {"image/png", "bytes"}, [](absl::Status) {});
    StartWith(accounts_);
  }
  std::string SubmitPicture() {
    NewJob wish = Wish();
    wish.job.spec.generation.first_frame =
        Image{BlobRef{sha256_, "image/png", 5, 1280, 720}, ImageFit::kExact};
    return Submit(std::move(wish));
  }
  // A submission is lost, and another one has the room until half a minute later.
  std::string LoseOneAndFillTheRoom() {
    network_.ScriptSubmissions({Fate::kLostRequest});
    const std::string id = SubmitPicture();
    AwaitUnknown(id);
    store_.SetFaults([](const StoreCall& call) {
      StoreFault fault;
      if (call.operation == StoreOperation::kReadBlob) fault.reply_delay = absl::Seconds(30);
      return fault;
    });
    SubmitPicture();
    world_.RunFor(absl::Seconds(20));
    EXPECT_EQ(network_.submissions(), 1) << "there is no room to send it again";
    store_.SetFaults(nullptr);
    return id;
  }

  const std::string sha256_ = std::string(64, 'a');
};

TEST_F(RepeatRoomTest, IsSentAgainWhenThereIsRoom) {
  const std::string id = LoseOneAndFillTheRoom();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 2);
}

TEST_F(RepeatRoomTest, IsNotWhenItsCallerDoesNotWantItAnyMore) {
  const std::string id = LoseOneAndFillTheRoom();
  Cancel(id);
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(network_.total_creations(), 1) << "it would have been made, and paid for";
}

TEST_F(RepeatRoomTest, NorToAnAccountThatIsDownByThen) {
  const std::string id = LoseOneAndFillTheRoom();
  network_.TakeDown(provider_, world_.clock().TimeNow() + absl::Seconds(25));
  for (int i = 0; i < 10; ++i) SubmitWish("another kite");
  world_.RunFor(absl::Seconds(5));
  ASSERT_EQ(engine_->Lanes().at(provider_).condition, LaneCondition::kBroken);
  world_.RunFor(absl::Seconds(15));  // there has been room since
  EXPECT_EQ(observer_.calls[ProviderCall::kRepeat], 0);
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
}

TEST_F(RepeatTest, NothingIsSentAgainAfterTheDeadline) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  NewJob fresh = Wish();
  fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Seconds(10);
  const std::string id = Submit(std::move(fresh));
  world_.RunFor(absl::Seconds(10));
  const int then = network_.submissions();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(network_.submissions(), then);
  ExpectHeld(id);
}

TEST_F(RepeatTest, OtherBytesAreNotSentUnderTheSameId) {
  // What was sent is not known, because the note of it was not kept.
  Fail(StoreOperation::kAppendEvidence, 1);
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(12));
  EXPECT_EQ(network_.submissions(), 1);
  ExpectFound(id);  // by asking after the id
}

TEST_F(RepeatTest, AnAccountThatIsDownIsNotSentTo) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  network_.TakeDown("runware", world_.clock().TimeNow() + absl::Minutes(2));
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(RepeatTest, AStoreThatIsACopyOnlyAsks) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  copied_at_ = world_.clock().TimeNow();
  Restart();
  world_.RunFor(absl::Minutes(15));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1) << "the first server may have gone elsewhere since";
}

TEST_F(RepeatTest, AndHoldsWhatIsNotThere) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.submissions() == 1; });
  copied_at_ = world_.clock().TimeNow();
  Restart();
  world_.RunFor(absl::Minutes(15));
  ExpectHeld(id);
  EXPECT_EQ(network_.submissions(), 1);
}

// A job that was accepted, and not yet sent, when the store was copied.
TEST_F(RepeatTest, WhatACopyHasPlannedIsNotSent) {
  NewJob fresh = Wish();
  const std::string id = fresh.job.spec.id;
  Create(std::move(fresh));
  copied_at_ = world_.clock().TimeNow();
  Restart();
  world_.RunFor(absl::Minutes(15));
  ExpectHeld(id);
  EXPECT_EQ(network_.submissions(), 0);
  const std::string later = SubmitWish("another kite sim-2");
  world_.RunFor(absl::Minutes(15));
  ExpectFound(later);
}

}  // namespace
}  // namespace zoetrope::testing
