#include "server/api/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using ::testing::SizeIs;

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
