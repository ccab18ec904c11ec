// What a provider wants done before a submission: an upload, at the one provider of these that needs one.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "server/engine/engine.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr char kUploaded[] = "https://media.wavespeed.sim/picture.png";

HttpResponse Json(int status, std::string body) { return {status, {}, std::move(body)}; }

// Uploads are answered as a test wants, everything else as by a provider without faults.
class PlayedProvider : public HttpClient {
 public:
  PlayedProvider(SimWorld* world, SimExecutor* executor) : world_(world), executor_(executor) {}

  // The next uploads' answers; without one an upload succeeds.
  void Answer(HttpResult result) { answers_.push_back(std::move(result)); }
  void AnswerAlways(HttpResult result) { always_ = std::move(result); }
  void set_upload_takes(absl::Duration takes) { upload_takes_ = takes; }
  void set_submission_takes(absl::Duration takes) { submission_takes_ = takes; }

  int uploads() const { return uploads_; }
  int creations() const { return static_cast<int>(submissions_.size()); }
  const std::string& submission() const { return submissions_.back(); }

  CallId Start(HttpRequest request, CallOptions, Done done) override {
    absl::Duration takes = absl::Milliseconds(10);
    HttpResult result = Json(200, R"({"code":200,"data":{"id":"p1","status":"completed",
                                      "outputs":["https://media.wavespeed.sim/x.mp4"]}})");
    if (request.url.ends_with("/media/upload/binary")) {
      ++uploads_;
      takes = upload_takes_;
      result = Uploaded();
    } else if (request.repeat == Repeat::kBillable) {
      submissions_.push_back(request.body);
      takes = submission_takes_;
      result = Json(200, R"({"code":200,"data":{"id":"p1","status":"created"}})");
    }
    executor_->PostAt(
        world_->clock().TimeNow() + takes,
        [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    return ++calls_;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

 private:
  HttpResult Uploaded() {
    if (always_) return *always_;
    if (answers_.empty()) {
      return Json(200, std::string(R"({"code":200,"data":{"download_url":")") + kUploaded + R"("}})");
    }
    HttpResult next = std::move(answers_.front());
    answers_.pop_front();
    return next;
  }

  SimWorld* const world_;
  SimExecutor* const executor_;
  std::deque<HttpResult> answers_;
  std::optional<HttpResult> always_;
  absl::Duration upload_takes_ = absl::Milliseconds(10);
  absl::Duration submission_takes_ = absl::Milliseconds(10);
  int uploads_ = 0;
  std::vector<std::string> submissions_;
  CallId calls_ = 0;
};

class EnginePrepareTest : public EngineFixture {
 protected:
  EnginePrepareTest() : EngineFixture("wavespeed") {
    store_.PutBlob(sha256_, {"image/png", "bytes"}, [](absl::Status) {});
    world_.RunFor(absl::Seconds(1));
    Start(accounts_);
  }

  HttpClient& http() override { return provider_; }

  std::string SubmitPicture() {
    return Submit(Image{BlobRef{sha256_, "image/png", 5, 4, 4}, ImageFit::kExact});
  }
  void ExpectRefusedUnpaid(const std::string& id, FailureReason reason) {
    EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
    EXPECT_EQ(StateOf(id).failure->reason, reason);
    EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kRefused);
    EXPECT_EQ(StateOf(id).attempts[0].settled, Money());
    EXPECT_EQ(provider_.creations(), 0);
  }

  const std::string sha256_ = std::string(64, 'a');
  PlayedProvider provider_{&world_, other_.get()};
  const Accounts accounts_ = OneAccount();
};

TEST_F(EnginePrepareTest, APictureGivenByValueIsUploadedAndItsUrlIsSent) {
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 1);
  ASSERT_EQ(provider_.creations(), 1);
  EXPECT_NE(provider_.submission().find(kUploaded), std::string::npos) << provider_.submission();
}

TEST_F(EnginePrepareTest, APictureBehindAUrlIsNotUploaded) {
  const std::string id = Submit();
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 0);
}

TEST_F(EnginePrepareTest, ARestartDoesNotUploadAgain) {
  store_.SetFaults([](const StoreCall& call) {
    StoreFault fault;
    if (call.operation == StoreOperation::kCommit) fault.kind = StoreFault::Kind::kUnknownNotApplied;
    return fault;
  });
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Seconds(5));
  ASSERT_EQ(provider_.uploads(), 1);
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kPlanned) << "the intent could not be written";
  engine_.reset();
  store_.SetFaults(nullptr);
  Start(accounts_);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 1);
  ASSERT_EQ(provider_.creations(), 1);
  EXPECT_NE(provider_.submission().find(kUploaded), std::string::npos) << provider_.submission();
}

TEST_F(EnginePrepareTest, AnUploadIsKeptAsSoonAsTheStoreCanAndNotRepeated) {
  Fail(StoreOperation::kAppendEvidence, 5);
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 1);
  EXPECT_EQ(provider_.creations(), 1);
}

TEST_F(EnginePrepareTest, WhatWasDoneBeforeIsAskedForUntilTheStoreAnswers) {
  Fail(StoreOperation::kReadEvidence, 3);
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 1);
}

TEST_F(EnginePrepareTest, PassingTroubleIsWaitedOut) {
  provider_.Answer(Json(503, ""));
  provider_.Answer(TransportError{Delivery::kMaybeSent, TransportFault::kTimeout, "no answer"});
  provider_.Answer(Json(200, "<html>"));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 4);
  EXPECT_EQ(provider_.creations(), 1);
}

TEST_F(EnginePrepareTest, LoadIsWaitedOutHoweverOften) {
  for (int i = 0; i < 8; ++i) provider_.Answer(Json(429, ""));
  const std::string id =
      Submit(Image{BlobRef{sha256_, "image/png", 5, 4, 4}, ImageFit::kExact}, absl::Hours(1));
  world_.RunFor(absl::Minutes(59));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 9);
}

TEST_F(EnginePrepareTest, TroubleThatStaysRefusesTheAttempt) {
  provider_.AnswerAlways(Json(500, R"({"code":500,"message":"disk full"})"));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  ExpectRefusedUnpaid(id, FailureReason::kProviderError);
  EXPECT_EQ(StateOf(id).failure->message,
            "what the provider wants done before a submission keeps failing: HTTP 500: disk full");
  EXPECT_EQ(StateOf(id).attempts[0].http_status, 500);
  EXPECT_EQ(provider_.uploads(), 5);
}

TEST_F(EnginePrepareTest, UploadsThatFailDoNotHoldBackJobsWithoutOne) {
  provider_.AnswerAlways(Json(500, ""));
  const std::string picture = SubmitPicture();
  world_.RunFor(absl::Minutes(2));
  EXPECT_EQ(StateOf(picture).phase, JobPhase::kFailed);
  Submit();
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(provider_.creations(), 1);
}

TEST_F(EnginePrepareTest, ARefusalKeepsTheProvidersWords) {
  provider_.AnswerAlways(Json(413, R"({"code":413,"message":"file too large"})"));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(4));
  ExpectRefusedUnpaid(id, FailureReason::kValidationRejected);
  EXPECT_EQ(StateOf(id).failure->message, "file too large");
  EXPECT_EQ(StateOf(id).failure->provider_code, "413");
  EXPECT_EQ(StateOf(id).attempts[0].http_status, 413);
  EXPECT_EQ(StateOf(id).failure->provider, "wavespeed");
  EXPECT_EQ(provider_.uploads(), 1);
}

TEST_F(EnginePrepareTest, ACancellationDoesNotWaitForTheUpload) {
  provider_.set_upload_takes(absl::Seconds(30));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(provider_.uploads(), 1);
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(engine_->Lanes().at("wavespeed").in_flight, 0) << "its permit is free";
  world_.RunFor(absl::Minutes(4));
  EXPECT_EQ(provider_.creations(), 0);
}

TEST_F(EnginePrepareTest, ADeadlineDoesNotWaitForTheUpload) {
  provider_.set_upload_takes(absl::Minutes(10));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Minutes(5) + absl::Seconds(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kDeadlineExceeded);
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(provider_.creations(), 0);
}

TEST_F(EnginePrepareTest, ADrainDoesNotWaitForTheUploadAndNothingIsSent) {
  provider_.set_upload_takes(absl::Seconds(30));
  const std::string id = SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  bool drained = false;
  engine_->Drain([&] { drained = true; });
  world_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(drained);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kQueued);
  EXPECT_EQ(provider_.creations(), 0);
}

// There is room for the pictures of one submission at a time.
class PictureRoomTest : public EnginePrepareTest {
 protected:
  PictureRoomTest() {
    engine_.reset();
    picture_bytes_max_ = 20;
    Start(accounts_);
    provider_.set_upload_takes(absl::Seconds(10));
  }
};

TEST_F(PictureRoomTest, PicturesAreTakenIntoMemoryAsThereIsRoomAndInOrder) {
  const std::string ids[] = {SubmitPicture(), SubmitPicture(), SubmitPicture()};
  for (int i = 1; i <= 3; ++i) {
    world_.RunFor(absl::Seconds(5));
    EXPECT_EQ(provider_.uploads(), i);
    EXPECT_EQ(provider_.creations(), i - 1);
    world_.RunFor(absl::Seconds(6));
  }
  world_.RunFor(absl::Minutes(3));
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 3);
}

TEST_F(PictureRoomTest, WhatIsOnItsWayTakesUpWhatItsRequestDoes) {
  engine_.reset();
  picture_bytes_max_ = 6'000;
  Start(accounts_);
  provider_.set_submission_takes(absl::Seconds(30));
  for (int i = 0; i < 2; ++i)
    Submit(Image{BlobRef{sha256_, "image/png", 1'500, 4, 4}, ImageFit::kExact});  // of which one fits
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(provider_.uploads(), 1);
  world_.RunFor(absl::Seconds(10));
  EXPECT_EQ(provider_.creations(), 1) << "with the picture's URL, and nobody has answered yet";
  EXPECT_EQ(provider_.uploads(), 2);
}

TEST_F(PictureRoomTest, AJobWithoutPicturesDoesNotWait) {
  SubmitPicture();
  SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(provider_.uploads(), 1);
  Submit();
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(provider_.creations(), 1);
}

TEST_F(PictureRoomTest, WhoWaitsForRoomTakesNobodysPermit) {
  for (int i = 0; i < 5; ++i) SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(engine_->Lanes().at("wavespeed").in_flight, 1);
}

TEST_F(PictureRoomTest, ADeadlineDoesNotWaitForRoom) {
  provider_.set_upload_takes(absl::Minutes(10));
  SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  const std::string late =
      Submit(Image{BlobRef{sha256_, "image/png", 5, 4, 4}, ImageFit::kExact}, absl::Seconds(15));
  world_.RunFor(absl::Seconds(16));
  EXPECT_EQ(StateOf(late).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(late).failure->reason, FailureReason::kDeadlineExceeded);
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(provider_.uploads(), 1);
}

TEST_F(PictureRoomTest, WhoIsCancelledWhileItWaitsLeavesNothingBehind) {
  SubmitPicture();
  const std::string cancelled = SubmitPicture();
  const std::string last = SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  store_.PutCommand("default", cancelled, CommandKind::kCancel, world_.clock().TimeNow(),
                    [](absl::Status) {});
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(StateOf(cancelled).phase, JobPhase::kCancelled);
  world_.RunFor(absl::Minutes(3));
  EXPECT_EQ(StateOf(last).phase, JobPhase::kSucceeded);
  EXPECT_EQ(provider_.uploads(), 2);
}

TEST_F(PictureRoomTest, APictureThatCannotBeReadGivesItsRoomBack) {
  Fail(StoreOperation::kReadBlob, 1);
  const std::string ids[] = {SubmitPicture(), SubmitPicture()};
  world_.RunFor(absl::Minutes(3));
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(PictureRoomTest, AnEngineThatEndsLeavesThoseWhoWait) {
  SubmitPicture();
  const std::string waits = SubmitPicture();
  world_.RunFor(absl::Seconds(1));
  engine_.reset();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(waits).phase, JobPhase::kQueued);
  EXPECT_EQ(provider_.uploads(), 1);
}

}  // namespace
}  // namespace zoetrope::testing
