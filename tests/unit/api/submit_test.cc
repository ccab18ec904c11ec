#include "server/api/submit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/validate/image_probe.h"
#include "tests/support/open_admission.h"
#include "tests/support/random_job.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using testing::ApiWorld;
using ::testing::ElementsAre;
using testing::GoodRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StoreCall;
using testing::StoreFault;

class SubmitTest : public ::testing::Test {
 protected:
  absl::StatusOr<Submitted> Submit(const v1::SubmitRequest& request, const std::string& tenant = "default") {
    std::optional<absl::StatusOr<Submitted>> answer;
    submitter_.Submit(testing::OfTenant(tenant), &request, [&answer](absl::StatusOr<Submitted> result) {
      EXPECT_FALSE(answer.has_value()) << "answered twice";
      answer = std::move(result);
    });
    EXPECT_TRUE(world_.world.RunUntil([&answer] { return answer.has_value(); }));
    return answer ? *std::move(answer) : absl::InternalError("no answer");
  }

  v1::ErrorReason ReasonFor(const v1::SubmitRequest& request) { return ReasonOf(Submit(request).status()); }

  // The next calls of that kind go wrong, `times` times.
  void Fail(StoreOperation operation, StoreFault::Kind kind, int times = 1) {
    world_.store.SetFaults([operation, kind, left = times](const StoreCall& call) mutable {
      if (call.operation != operation || left == 0) return StoreFault{};
      --left;
      return StoreFault{.kind = kind};
    });
  }

  // A job of the tenant that has succeeded at `provider`.
  std::string SucceededJob(const std::string& provider, const std::string& provider_video_id,
                           std::vector<Parameter> extras = {}) {
    Job job = testing::SimpleJob(1);
    job.spec.generation.extras = std::move(extras);
    job.spec.generation.duration_ms = 4000;
    job.state.attempts[0].offering = "puppet-1/image@south";
    job.state.phase = JobPhase::kSucceeded;
    job.state.attempts[0].phase = AttemptPhase::kSucceeded;
    job.state.attempts[0].provider = provider;
    Output output;
    output.provider_video_id = provider_video_id;
    job.state.outputs = {output};
    bool made = false;
    world_.store.Create({.job = job, .fingerprint = "", .owner = "o", .ledger = {}, .offering_texts = {}},
                        [&made](CreateResult result) { made = result.outcome == CommitOutcome::kDurable; });
    world_.world.RunUntilIdle();
    EXPECT_TRUE(made);
    return job.spec.id;
  }

  v1::SubmitRequest Remix(const std::string& job_id) {
    v1::SubmitRequest request = GoodRequest();
    request.mutable_generation()->mutable_source_video()->set_mode(v1::SOURCE_VIDEO_MODE_REMIX);
    request.mutable_generation()->mutable_source_video()->set_job_id(job_id);
    return request;
  }

  ApiWorld world_;
  Submitter submitter_{world_.parts()};
};

TEST_F(SubmitTest, MakesADurableJobAndHandsItOver) {
  const absl::StatusOr<Submitted> result = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->duplicate);
  const Job& job = result->job;
  EXPECT_TRUE(IsUuid(job.spec.id));
  EXPECT_EQ(job.state.revision, 1);
  EXPECT_EQ(job.state.phase, JobPhase::kQueued);
  EXPECT_EQ(job.spec.generation.duration_ms, 4000);
  EXPECT_EQ(job.spec.deadline_time, job.spec.create_time + absl::Hours(1));
  ASSERT_THAT(job.spec.candidates, SizeIs(2));
  EXPECT_EQ(job.spec.candidates[0].provider, "north");
  ASSERT_THAT(job.state.attempts, SizeIs(1));
  const Attempt& attempt = job.state.attempts[0];
  EXPECT_EQ(attempt.phase, AttemptPhase::kPlanned);
  EXPECT_EQ(attempt.offering, "puppet-1/text@north");
  EXPECT_EQ(attempt.offering_revision, world_.catalogue->FindOffering("puppet-1/text@north")->revision);
  EXPECT_EQ(attempt.quoted, Money::FromNanos(400'000'000));
  EXPECT_EQ(attempt.reserved, Money::FromNanos(400'000'000));
  EXPECT_EQ(attempt.settlement, Settlement::kReserved);

  EXPECT_EQ(world_.store.Peek(job.spec.id)->job, job);
  const std::vector<LedgerRow> ledger = world_.store.PeekLedger(job.spec.id);
  ASSERT_THAT(ledger, SizeIs(1));
  EXPECT_EQ(ledger[0].kind, LedgerKind::kReserve);
  EXPECT_EQ(ledger[0].amount, *attempt.quoted);
  ASSERT_THAT(world_.engine.adopted, SizeIs(1));
  EXPECT_EQ(world_.engine.adopted[0].id, job.spec.id);
  EXPECT_EQ(world_.engine.adopted[0].ownership.epoch, 1);
  EXPECT_EQ(world_.engine.places(), 9);
}

TEST_F(SubmitTest, KeepsTheOfferingsText) {
  const absl::StatusOr<Submitted> result = Submit(GoodRequest());
  ASSERT_TRUE(result.ok());
  std::optional<absl::StatusOr<std::string>> text;
  world_.store.ReadOfferingText(result->job.state.attempts[0].offering_revision,
                                [&text](absl::StatusOr<std::string> read) { text = std::move(read); });
  world_.world.RunUntilIdle();
  ASSERT_TRUE(text && text->ok());
  EXPECT_EQ(**text, world_.catalogue->FindOffering("puppet-1/text@north")->text);
}

TEST_F(SubmitTest, SameRequestIdAndContentIsTheSameJob) {
  const absl::StatusOr<Submitted> first = Submit(GoodRequest("r-1"));
  const absl::StatusOr<Submitted> again = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->job.spec.id, first->job.spec.id);
  EXPECT_THAT(world_.engine.adopted, SizeIs(1));
  EXPECT_EQ(world_.engine.places(), 9);
}

TEST_F(SubmitTest, SameRequestIdWithOtherContentIsRefusedWithTheJob) {
  const absl::StatusOr<Submitted> first = Submit(GoodRequest("r-1"));
  v1::SubmitRequest other = GoodRequest("r-1");
  other.mutable_generation()->set_prompt("A puppet leaves");
  const absl::StatusOr<Submitted> result = Submit(other);
  ASSERT_EQ(ReasonOf(result.status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_TRUE(absl::IsAlreadyExists(result.status()));
  EXPECT_THAT(std::string(*result.status().GetPayload("type.googleapis.com/google.rpc.ErrorInfo")),
              ::testing::HasSubstr(first->job.spec.id));
  EXPECT_EQ(world_.engine.places(), 9);
}

TEST_F(SubmitTest, RequestIdsOfTenantsAreTheirOwn) {
  const absl::StatusOr<Submitted> first = Submit(GoodRequest("r-1"), "a");
  const absl::StatusOr<Submitted> other = Submit(GoodRequest("r-1"), "b");
  ASSERT_TRUE(first.ok() && other.ok());
  EXPECT_NE(first->job.spec.id, other->job.spec.id);
  EXPECT_FALSE(other->duplicate);
}

TEST_F(SubmitTest, WithoutRequestIdEveryCallIsAJob) {
  EXPECT_NE(Submit(GoodRequest())->job.spec.id, Submit(GoodRequest())->job.spec.id);
}

TEST_F(SubmitTest, ARetryIsAnsweredBeforeAnythingElse) {
  const absl::StatusOr<Submitted> first = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(first.ok());
  // Full, draining, and with rules that the request breaks: none of it changes a retry's answer.
  world_.engine.set_places(0);
  const absl::StatusOr<Submitted> full = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->job.spec.id, first->job.spec.id);
  submitter_.Drain();
  const absl::StatusOr<Submitted> draining = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(draining.ok()) << draining.status();
  EXPECT_EQ(draining->job.spec.id, first->job.spec.id);
  v1::SubmitRequest broken = GoodRequest("r-1");
  broken.mutable_generation()->clear_prompt();
  EXPECT_EQ(ReasonFor(broken), v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_F(SubmitTest, RefusesWhileDraining) {
  submitter_.Drain();
  const absl::StatusOr<Submitted> result = Submit(GoodRequest("r-1"));
  EXPECT_EQ(ReasonOf(result.status()), v1::ERROR_REASON_DRAINING);
  EXPECT_TRUE(result.status().GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  EXPECT_EQ(ReasonFor(GoodRequest()), v1::ERROR_REASON_DRAINING);
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
}

TEST_F(SubmitTest, RefusesWhileStartingAndNoLonger) {
  submitter_.Hold();
  EXPECT_EQ(ReasonFor(GoodRequest("r-1")), v1::ERROR_REASON_DRAINING);
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
  submitter_.Open();
  EXPECT_TRUE(Submit(GoodRequest("r-1")).ok());
}

TEST_F(SubmitTest, RefusesWhenFullAndSaysWhenToComeBack) {
  world_.engine.set_places(0);
  const absl::StatusOr<Submitted> result = Submit(GoodRequest("r-1"));
  EXPECT_EQ(ReasonOf(result.status()), v1::ERROR_REASON_QUEUE_FULL);
  EXPECT_TRUE(result.status().GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
}

TEST_F(SubmitTest, RefusesWhatMemoryHasNoRoomForAndSaysWhenToComeBack) {
  v1::SubmitRequest request = GoodRequest("r-1");
  request.mutable_generation()->mutable_first_frame()->set_data(testing::TinyPng());
  request.mutable_generation()->mutable_first_frame()->set_fit(v1::IMAGE_FIT_COVER);
  SubmitParts parts = world_.parts();
  parts.bytes_max = 2 * request.ByteSizeLong();
  Submitter submitter(parts);
  std::vector<v1::SubmitRequest> requests(4, request);
  requests[1].set_request_id("r-2");
  requests[2].set_request_id("r-3");
  std::map<std::size_t, absl::StatusOr<Submitted>> results;
  const auto submit = [&](std::size_t i) {
    submitter.Submit(
        testing::OfTenant("default"), &requests[i],
        [&results, i](absl::StatusOr<Submitted> result) { results.insert_or_assign(i, std::move(result)); });
  };
  submit(0);
  world_.world.RunUntilIdle();
  for (const std::size_t i : {1, 2}) submit(i);
  requests[0].set_request_id("r-4");
  submit(0);
  submit(3);
  world_.world.RunUntilIdle();
  EXPECT_TRUE(results.at(1).ok()) << results.at(1).status();
  EXPECT_TRUE(results.at(2).ok()) << results.at(2).status();
  EXPECT_EQ(ReasonOf(results.at(0).status()), v1::ERROR_REASON_QUEUE_FULL);
  EXPECT_TRUE(results.at(0).status().GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  EXPECT_TRUE(results.at(3).ok() && results.at(3)->duplicate) << "a retry is answered all the same";
  submit(0);
  world_.world.RunUntilIdle();
  EXPECT_TRUE(results.at(0).ok()) << "there is room again";
}

TEST_F(SubmitTest, BadRequestsAreTypedAndMakeNothing) {
  using Change = void (*)(v1::SubmitRequest&);
  const std::pair<v1::ErrorReason, Change> cases[] = {
      {v1::ERROR_REASON_INVALID_FIELD, [](auto& r) { r.mutable_generation()->clear_prompt(); }},
      {v1::ERROR_REASON_INVALID_FIELD, [](auto& r) { r.clear_generation(); }},
      {v1::ERROR_REASON_INVALID_FIELD, [](auto& r) { r.set_request_id(std::string(65, 'x')); }},
      {v1::ERROR_REASON_INVALID_FIELD, [](auto& r) { r.mutable_generation()->set_count(5); }},
      {v1::ERROR_REASON_INVALID_FIELD,
       [](auto& r) { r.mutable_generation()->mutable_first_frame()->set_data("no picture"); }},
      {v1::ERROR_REASON_MODEL_NOT_FOUND, [](auto& r) { r.mutable_generation()->set_model("pupet-1"); }},
      {v1::ERROR_REASON_MODEL_RETIRED, [](auto& r) { r.mutable_generation()->set_model("ghost-1"); }},
      {v1::ERROR_REASON_NO_PROVIDER, [](auto& r) { r.mutable_routing()->set_provider("west"); }},
      {v1::ERROR_REASON_UNSUPPORTED_PARAMETER,
       [](auto& r) { r.mutable_generation()->mutable_duration()->set_seconds(7); }},
      {v1::ERROR_REASON_MAX_COST_EXCEEDED,
       [](auto& r) {
         r.mutable_max_cost()->set_currency_code("USD");
         r.mutable_max_cost()->set_nanos(1);
       }},
  };
  for (const auto& [reason, change] : cases) {
    v1::SubmitRequest request = GoodRequest("r-bad");
    change(request);
    EXPECT_EQ(v1::ErrorReason_Name(ReasonFor(request)), v1::ErrorReason_Name(reason))
        << request.ShortDebugString();
  }
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
  EXPECT_EQ(world_.engine.places(), 10);
}

TEST_F(SubmitTest, EverythingThatIsWrongIsSaidAtOnce) {
  v1::SubmitRequest request = GoodRequest();
  request.mutable_generation()->clear_prompt();
  request.mutable_generation()->mutable_duration()->set_seconds(7);
  v1::Parameter& extra = *request.mutable_generation()->add_extras();
  extra.set_name("nope");
  extra.set_integer_value(1);
  const auto fields = [this](const v1::SubmitRequest& wrong) {
    std::set<std::string> paths;
    for (const FieldViolation& violation : ViolationsOf(Submit(wrong).status()))
      paths.insert(violation.field);
    return paths;
  };
  EXPECT_THAT(fields(request),
              ElementsAre("generation.duration", HasSubstr("generation.extras"), "generation.prompt"));
  request.mutable_generation()->set_model("muppet-9");
  EXPECT_THAT(fields(request), ElementsAre("generation.model", "generation.prompt"));
}

TEST_F(SubmitTest, SuggestsTheModelThatWasMeant) {
  v1::SubmitRequest request = GoodRequest();
  request.mutable_generation()->set_model("pupet-1");
  EXPECT_THAT(std::string(Submit(request).status().message()), ::testing::HasSubstr("puppet-1"));
  request.mutable_generation()->set_model("something else");
  EXPECT_THAT(std::string(Submit(request).status().message()),
              ::testing::Not(::testing::HasSubstr("did you mean")));
}

TEST_F(SubmitTest, ACheckMakesNothing) {
  v1::SubmitRequest request = GoodRequest("r-1");
  request.set_validate_only(true);
  const absl::StatusOr<Submitted> result = Submit(request);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->job.spec.id, "");
  EXPECT_EQ(result->job.state.attempts[0].provider, "north");
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
  EXPECT_EQ(world_.engine.places(), 10);
  // The id is still free, and once it is not, a check of the same content meets the job.
  const absl::StatusOr<Submitted> made = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE(made->duplicate);
  EXPECT_EQ(Submit(request)->job.spec.id, made->job.spec.id);
}

TEST_F(SubmitTest, KeepsPicturesGivenByValue) {
  v1::SubmitRequest request = GoodRequest("r-1");
  request.mutable_generation()->mutable_first_frame()->set_data(testing::TinyPng());
  const absl::StatusOr<Submitted> result = Submit(request);
  ASSERT_TRUE(result.ok()) << result.status();
  const BlobRef* blob = result->job.spec.generation.first_frame->blob();
  ASSERT_NE(blob, nullptr);
  EXPECT_EQ(blob->content_type, "image/png");
  EXPECT_EQ(blob->width_px, 1);
  EXPECT_EQ(blob->height_px, 1);
  std::optional<absl::StatusOr<MediaBytes>> kept;
  world_.store.ReadBlob(blob->sha256, [&kept](absl::StatusOr<MediaBytes> read) { kept = std::move(read); });
  world_.world.RunUntilIdle();
  ASSERT_TRUE(kept && kept->ok());
  EXPECT_EQ((*kept)->bytes, testing::TinyPng());
}

TEST_F(SubmitTest, APictureIsFittedForEachCandidateThatNeedsIt) {
  v1::SubmitRequest request = GoodRequest();
  v1::Image& picture = *request.mutable_generation()->mutable_first_frame();
  picture.set_data(testing::TinyPng());
  EXPECT_THAT(Submit(request)->job.spec.candidates, SizeIs(1)) << "as it is, only one provider takes it";
  picture.set_fit(v1::IMAGE_FIT_COVER);
  const absl::StatusOr<Submitted> fitted = Submit(request);
  ASSERT_TRUE(fitted.ok()) << fitted.status();
  EXPECT_THAT(fitted->job.spec.candidates, SizeIs(2));
  const Image& frame = *fitted->job.spec.generation.first_frame;
  ASSERT_THAT(frame.fitted, SizeIs(1));
  EXPECT_EQ(frame.blob()->pixels(), (PixelSize{1, 1})) << "the picture itself stays";
  EXPECT_EQ(frame.fitted[0].pixels(), (PixelSize{64, 32}));
  std::optional<absl::StatusOr<MediaBytes>> copy;
  world_.store.ReadBlob(frame.fitted[0].sha256,
                        [&copy](absl::StatusOr<MediaBytes> bytes) { copy = std::move(bytes); });
  world_.world.RunUntilIdle();
  ASSERT_TRUE(copy->ok());
  EXPECT_EQ(ProbeImage((*copy)->bytes)->width_px, 64);
}

TEST_F(SubmitTest, APictureThatNoOneNeedsFittedStaysAlone) {
  v1::SubmitRequest request = GoodRequest();
  request.mutable_routing()->set_provider("north");
  request.mutable_generation()->mutable_first_frame()->set_data(testing::TinyPng());
  request.mutable_generation()->mutable_first_frame()->set_fit(v1::IMAGE_FIT_CONTAIN);
  EXPECT_THAT(Submit(request)->job.spec.generation.first_frame->fitted, IsEmpty());
}

TEST_F(SubmitTest, APictureThatCannotBeKeptMakesNoJob) {
  Fail(StoreOperation::kPutBlob, StoreFault::Kind::kUnknownNotApplied);
  v1::SubmitRequest request = GoodRequest();
  request.mutable_generation()->mutable_first_frame()->set_data(testing::TinyPng());
  EXPECT_EQ(ReasonFor(request), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
  EXPECT_EQ(world_.engine.places(), 10);
}

TEST_F(SubmitTest, AStoreThatRefusesIsUnavailable) {
  Fail(StoreOperation::kCreate, StoreFault::Kind::kConflict);
  EXPECT_EQ(ReasonFor(GoodRequest("r-1")), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(world_.engine.places(), 10);
}

TEST_F(SubmitTest, ALookUpThatFailsIsUnavailable) {
  submitter_.Drain();
  Fail(StoreOperation::kFindRequest, StoreFault::Kind::kUnknownNotApplied);
  EXPECT_EQ(ReasonFor(GoodRequest("r-1")), v1::ERROR_REASON_STORE_UNAVAILABLE);
}

TEST_F(SubmitTest, UnknownButWrittenIsAcceptedAndAdopted) {
  Fail(StoreOperation::kCreate, StoreFault::Kind::kUnknownApplied);
  const absl::StatusOr<Submitted> result = Submit(GoodRequest());
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(world_.engine.adopted, SizeIs(1));
  EXPECT_EQ(world_.engine.adopted[0].id, result->job.spec.id);
  EXPECT_EQ(world_.engine.places(), 9);
}

TEST_F(SubmitTest, UnknownAndNotWrittenGivesThePlaceBackAfterLookingForLong) {
  Fail(StoreOperation::kCreate, StoreFault::Kind::kUnknownNotApplied);
  EXPECT_EQ(ReasonFor(GoodRequest("r-1")), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(world_.engine.places(), 9);
  world_.world.RunFor(absl::Seconds(10));
  EXPECT_EQ(world_.engine.places(), 9);
  world_.world.RunFor(absl::Minutes(2));
  EXPECT_EQ(world_.engine.places(), 10);
  EXPECT_THAT(world_.engine.adopted, IsEmpty());
  EXPECT_TRUE(Submit(GoodRequest("r-1")).ok()) << Submit(GoodRequest("r-1")).status();
}

TEST_F(SubmitTest, AJobThatIsFoundLaterIsAdoptedThough) {
  // Written, not answered, and the reads fail for a while.
  world_.store.SetFaults([reads = 6](const StoreCall& call) mutable {
    if (call.operation == StoreOperation::kCreate)
      return StoreFault{.kind = StoreFault::Kind::kUnknownApplied};
    if (call.operation == StoreOperation::kRead && reads-- > 0)
      return StoreFault{.kind = StoreFault::Kind::kUnknownNotApplied};
    return StoreFault{};
  });
  EXPECT_EQ(ReasonFor(GoodRequest("r-1")), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_THAT(world_.engine.adopted, IsEmpty());
  world_.world.RunFor(absl::Minutes(5));
  ASSERT_THAT(world_.engine.adopted, SizeIs(1));
  EXPECT_THAT(world_.store.JobIds(), ElementsAre(world_.engine.adopted[0].id));
  // And the caller's retry finds it.
  world_.store.SetFaults(nullptr);
  const absl::StatusOr<Submitted> again = Submit(GoodRequest("r-1"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->duplicate);
  EXPECT_THAT(world_.engine.adopted, SizeIs(1));
}

TEST_F(SubmitTest, NothingIsTouchedOnceTheSubmitterIsGone) {
  auto submitter = std::make_unique<Submitter>(world_.parts());
  Fail(StoreOperation::kCreate, StoreFault::Kind::kUnknownNotApplied);
  const v1::SubmitRequest request = GoodRequest();
  bool answered = false;
  submitter->Submit(testing::OfTenant("default"), &request,
                    [&answered](absl::StatusOr<Submitted>) { answered = true; });
  ASSERT_TRUE(world_.world.RunUntil([&answered] { return answered; }));
  submitter.reset();
  world_.world.RunFor(absl::Minutes(5));
  EXPECT_EQ(world_.engine.places(), 9);
}

TEST_F(SubmitTest, ASourceVideoPinsItsProvider) {
  const std::string source = SucceededJob("south", "video-7");
  const absl::StatusOr<Submitted> result = Submit(Remix(source));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->job.spec.routing.provider, "south");
  EXPECT_EQ(result->job.spec.generation.source_video->provider_video_id, "video-7");
  EXPECT_EQ(result->job.state.attempts[0].offering, "puppet-1/remix@south");
  // As the catalogue prices it.
  EXPECT_EQ(result->job.state.attempts[0].quoted, Money::FromNanos(1'000'000'000));
  EXPECT_EQ(result->job.state.attempts[0].reserved, Money::FromNanos(1'000'000'000));
  EXPECT_EQ(result->job.state.attempts[0].settlement, Settlement::kReserved);
}

TEST_F(SubmitTest, ASourceThatWillNotDoIsAViolation) {
  const std::string nameless = SucceededJob("south", "");
  EXPECT_EQ(ViolationsOf(Submit(Remix(nameless)).status()).at(0).field, "generation.source_video.job_id");
  const std::string missing = "01890a5d-ac96-774b-bcce-b302099a8057";
  EXPECT_EQ(ViolationsOf(Submit(Remix(missing)).status()).at(0).field, "generation.source_video.job_id");
  const absl::StatusOr<Submitted> queued = Submit(GoodRequest());
  ASSERT_TRUE(queued.ok());
  EXPECT_EQ(ViolationsOf(Submit(Remix(queued->job.spec.id)).status()).at(0).field,
            "generation.source_video.job_id");
}

TEST_F(SubmitTest, ARemixIsAsLongAsItsSource) {
  const absl::StatusOr<Submitted> result = Submit(Remix(SucceededJob("south", "video-7")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->job.spec.generation.duration_ms, 4000);
  // Of a video that is no job of ours no one knows it.
  v1::SubmitRequest theirs = Remix("");
  theirs.mutable_generation()->mutable_source_video()->set_provider_video_id("video-8");
  theirs.mutable_routing()->set_provider("south");
  const absl::StatusOr<Submitted> unknown = Submit(theirs);
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_EQ(unknown->job.spec.generation.duration_ms, std::nullopt);
}

TEST_F(SubmitTest, ASourceThatItsProviderHasDeletedIsAViolation) {
  const std::string deleted = SucceededJob("south", "video-7", {{"drop_after", true}});
  const std::vector<FieldViolation> violations = ViolationsOf(Submit(Remix(deleted)).status());
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].field, "generation.source_video.job_id");
  EXPECT_EQ(violations[0].description,
            "it was made with `drop_after` on, so that its provider has deleted it; a video that shall be "
            "used again "
            "is made with `drop_after` off");
}

TEST_F(SubmitTest, ASourceElsewhereThanTheRoutingIsAViolation) {
  const std::string source = SucceededJob("south", "video-7");
  v1::SubmitRequest pinned = Remix(source);
  pinned.mutable_routing()->set_provider("north");
  EXPECT_EQ(ViolationsOf(Submit(pinned).status()).at(0).field, "routing.provider");
  v1::SubmitRequest allowed = Remix(source);
  allowed.mutable_routing()->add_allowed_providers("north");
  EXPECT_EQ(ViolationsOf(Submit(allowed).status()).at(0).field, "routing.allowed_providers");
  v1::SubmitRequest index = Remix(source);
  index.mutable_generation()->mutable_source_video()->set_output_index(1);
  EXPECT_EQ(ViolationsOf(Submit(index).status()).at(0).field, "generation.source_video.output_index");
}

TEST_F(SubmitTest, QuotesEveryOffering) {
  v1::QuoteSubject subject;
  *subject.mutable_generation() = GoodRequest().generation();
  std::optional<absl::StatusOr<Quoted>> quoted;
  submitter_.Quote("default", &subject,
                   [&quoted](absl::StatusOr<Quoted> result) { quoted = std::move(result); });
  ASSERT_TRUE(quoted && quoted->ok());
  EXPECT_EQ((*quoted)->generation.duration_ms, 4000);
  EXPECT_THAT((*quoted)->evaluations, SizeIs(::testing::Ge(2u)));
  EXPECT_EQ((*quoted)->evaluations[0].provider, "north");
  EXPECT_EQ((*quoted)->evaluations[0].price->amount, Money::FromNanos(400'000'000));
}

TEST_F(SubmitTest, AQuotesViolationsNameTheQuote) {
  v1::QuoteSubject subject;
  subject.mutable_generation()->set_model("puppet-1");
  std::optional<absl::StatusOr<Quoted>> quoted;
  submitter_.Quote("default", &subject,
                   [&quoted](absl::StatusOr<Quoted> result) { quoted = std::move(result); });
  ASSERT_TRUE(quoted.has_value());
  EXPECT_EQ(ViolationsOf(quoted->status()).at(0).field, "quote.generation.prompt");
}

// Between the look-up of a request id and that of its job the job's time may be over.
TEST_F(SubmitTest, ARequestIdWhoseJobGoesAtThatInstantStandsForANewOne) {
  v1::SubmitRequest request = GoodRequest();
  request.set_request_id("r");
  const auto first = Submit(request);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string id = first->job.spec.id;
  JobChange end{.job_id = id, .ownership = world_.store.Peek(id)->ownership, .expected_revision = 1};
  end.state = first->job.state;
  end.state.revision = 2;
  end.state.phase = JobPhase::kFailed;
  end.state.attempts[0].settlement = Settlement::kSettled;
  world_.store.Commit(end, [](CommitOutcome outcome) { EXPECT_EQ(outcome, CommitOutcome::kDurable); });
  world_.world.RunUntilIdle();
  world_.store.SetFaults([this](const StoreCall& call) {
    if (call.operation == StoreOperation::kRead) {
      world_.store.SetFaults(nullptr);
      world_.store.RemoveEnded(absl::InfiniteFuture(), 10,
                               [](absl::StatusOr<Removed> removed) { EXPECT_EQ(removed->jobs, 1); });
    }
    return StoreFault{};
  });
  EXPECT_EQ(ReasonFor(request), v1::ERROR_REASON_STORE_UNAVAILABLE);
  const auto again = Submit(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->duplicate);
  EXPECT_NE(again->job.spec.id, id);
}

}  // namespace
}  // namespace zoetrope
