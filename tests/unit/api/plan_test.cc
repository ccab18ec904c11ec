#include "server/api/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
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
  const NewJob fresh = MakeNewJob(job, "print", "owner", *catalogue_, {});
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

TEST_F(PlanTest, ACeilingIsTheLowerOfTheCallersAndTheQuotes) {
  const std::optional<Money> none;
  const Money one = Money::FromNanos(1);
  const Money two = Money::FromNanos(2);
  const std::optional<PriceQuote> quote = PriceQuote{};
  const std::vector<Candidate> at_one = {{"north", "puppet-1/text@north", one}};
  EXPECT_EQ(CeilingOf(none, std::nullopt, at_one), none);
  EXPECT_EQ(CeilingOf(two, std::nullopt, at_one), two);
  EXPECT_EQ(CeilingOf(none, quote, at_one), one);
  EXPECT_EQ(CeilingOf(two, quote, at_one), one);
  EXPECT_EQ(CeilingOf(one, quote, {{"north", "puppet-1/text@north", two}}), one);
}

TEST_F(PlanTest, PricesGrowStale) {
  PlanRules rules;
  rules.price_age_max = absl::Hours(24);
  const Accounts accounts(testing::TestAccounts());
  // The prices are of 2 January 2026.
  const auto on = [&](const char* day) {
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", day, &time, nullptr));
    return CountStalePrices(*catalogue_, accounts, rules, time);
  };
  EXPECT_THAT(on("2026-01-03"), ElementsAre(Pair("north", 0), Pair("south", 0)));
  EXPECT_THAT(on("2026-01-04"), ElementsAre(Pair("north", 2), Pair("south", 3)))
      << "and the retired model does not count";
  rules.price_age_max = absl::InfiniteDuration();
  EXPECT_THAT(on("2036-01-01"), ElementsAre(Pair("north", 0), Pair("south", 0)));
}

}  // namespace
}  // namespace zoetrope
