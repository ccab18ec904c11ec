#include "server/api/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/crypto.h"
#include "server/base/error.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Image ByValue(const std::string& bytes) { return Image{.source = BlobRef{.sha256 = Sha256Hex(bytes)}}; }

class PlanTest : public ::testing::Test {
 protected:
  Job Make(ValidRequest request, std::vector<Candidate> candidates, PlanRules rules = {}) {
    Generation effective = request.generation;
    return MakeJob("tenant", request, std::move(effective), std::move(candidates), *catalogue_, rules,
                   absl::FromUnixSeconds(1'000), &random_);
  }

  testing::SeededRandom random_{1};
  std::unique_ptr<const Catalogue> catalogue_ = testing::TestCatalogue();
};

TEST_F(PlanTest, PicturesAreDescribed) {
  const std::string png = testing::TinyPng();
  ValidRequest request;
  request.generation.first_frame = ByValue(png);
  request.generation.reference_images = {ByValue(png), Image{.source = "https://img.example/a.png"}};
  request.blobs = {{Sha256Hex(png), MediaBytes{.bytes = png}}};
  ASSERT_TRUE(ProbePictures(request, "").ok());
  const BlobRef& first = *request.generation.first_frame->blob();
  EXPECT_EQ(first.content_type, "image/png");
  EXPECT_EQ(first.size_bytes, static_cast<std::int64_t>(png.size()));
  EXPECT_EQ(first.width_px, 1);
  EXPECT_EQ(*request.generation.reference_images[0].blob(), first);
  EXPECT_EQ(request.blobs.begin()->second.content_type, "image/png");
}

TEST_F(PlanTest, EveryPictureThatIsNoneIsNamed) {
  ValidRequest request;
  request.generation.first_frame = ByValue("not a picture");
  request.generation.reference_images = {ByValue("neither")};
  request.blobs = {{Sha256Hex("not a picture"), {.bytes = "not a picture"}},
                   {Sha256Hex("neither"), {.bytes = "neither"}}};
  const absl::Status status = ProbePictures(request, "quote.");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields,
              ElementsAre("quote.generation.first_frame.data", "quote.generation.reference_images[0].data"));
}

TEST_F(PlanTest, TheFirstCandidateIsPlannedAndTheRestKept) {
  ValidRequest request;
  request.deadline = absl::Minutes(5);
  const Job job = Make(
      request, {{"north", "puppet-1/text@north", Money::FromNanos(7)}, {"south", "puppet-1/text@south", {}}});
  EXPECT_THAT(job.spec.candidates, SizeIs(2));
  ASSERT_THAT(job.state.attempts, SizeIs(1));
  EXPECT_EQ(job.state.attempts[0].provider, "north");
  EXPECT_EQ(job.state.attempts[0].reserved, Money::FromNanos(7));
  EXPECT_EQ(job.spec.deadline_time, absl::FromUnixSeconds(1'300));
  EXPECT_EQ(job.state.update_time, absl::FromUnixSeconds(1'000));
}

TEST_F(PlanTest, TheCallersPolicyComesBeforeTheServers) {
  const std::vector<Candidate> candidates = {{"north", "puppet-1/text@north", {}}};
  EXPECT_EQ(Make({}, candidates).spec.unknown_policy, UnknownPolicy::kHold);
  EXPECT_EQ(Make({}, candidates, {.unknown_policy = UnknownPolicy::kAbandon}).spec.unknown_policy,
            UnknownPolicy::kAbandon);
  ValidRequest request;
  request.unknown_policy = UnknownPolicy::kHold;
  EXPECT_EQ(Make(request, candidates, {.unknown_policy = UnknownPolicy::kAbandon}).spec.unknown_policy,
            UnknownPolicy::kHold);
}

TEST_F(PlanTest, ANewJobBringsItsReservationAndItsOfferingsText) {
  const Job job = Make({}, {{"north", "puppet-1/text@north", Money::FromNanos(7)}});
  const NewJob fresh = MakeNewJob(job, "print", "owner", *catalogue_);
  EXPECT_EQ(fresh.job, job);
  EXPECT_EQ(fresh.fingerprint, "print");
  EXPECT_EQ(fresh.owner, "owner");
  ASSERT_THAT(fresh.ledger, SizeIs(1));
  EXPECT_EQ(fresh.ledger[0].attempt_id, job.state.attempts[0].id);
  EXPECT_EQ(fresh.ledger[0].amount, Money::FromNanos(7));
  const Offering* offering = catalogue_->FindOffering("puppet-1/text@north");
  EXPECT_EQ(fresh.offering_texts.at(offering->revision), offering->text);
}

TEST(DayTest, IsOfUtc) {
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(0)), "1970-01-01");
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86'399)), "1970-01-01");
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86'400)), "1970-01-02");
}

}  // namespace
}  // namespace zoetrope
