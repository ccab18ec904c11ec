// Charges that a provider tells after the end, with its dialect and virtual time.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using Fate = SimNetwork::Fate;

constexpr Money kPrice = Money::FromNanos(400'000'000);
constexpr Money kBooked = Money::FromNanos(SimNetwork::kBookedNanos);

class ChargesTest : public EngineFixture {
 protected:
  ChargesTest() : EngineFixture("wavespeed") {
    network_.SetFaults({0, 0, 0});
    network_.LagBooks(absl::ZeroDuration());
    StartWith(accounts_);
  }

  HttpClient& http() override { return network_; }
  EngineObserver* observer() override { return &observer_; }

  struct CountingObserver : EngineObserver {
    void OnExchange(std::string_view, ProviderCall call, int, std::optional<TransportFault>,
                    absl::Duration) override {
      ++calls[call];
    }
    void OnSettled(std::string_view, std::string_view, const SettledMoney& money) override {
      settled.push_back(money.amount);
      overrun = money.overrun;
    }
    std::map<ProviderCall, int> calls;
    std::vector<Money> settled;
    Money overrun;
  };

  static std::vector<Account> Wavespeed() {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt("wavespeed", "https://wavespeed.sim/api/v3"));
    return accounts;
  }
  void StartWith(const Accounts& accounts) {
    Start(accounts);
    engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
    world_.RunFor(absl::Seconds(1));
  }
  void Restart(const Accounts& accounts, absl::Duration down) {
    engine_.reset();
    network_.Crash();
    store_.Crash();
    world_.RunFor(down);
    StartWith(accounts);
  }
  const Attempt AttemptOf(const std::string& id) { return StateOf(id).attempts.back(); }
  // Until the video is there.
  std::string Make() {
    NewJob fresh = Fresh();
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(2);
    std::string id = Submit(std::move(fresh));
    world_.RunUntil([&] { return IsTerminal(StateOf(id).phase); });
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
    return id;
  }
  void AwaitSettled(const std::string& id) {
    world_.RunUntil([&] { return IsSettled(StateOf(id)); });
    world_.RunFor(absl::Seconds(1));  // until the engine knows that it is durable
  }
  absl::Duration SinceEnd(const std::string& id) {
    return world_.clock().TimeNow() - StateOf(id).complete_time;
  }

  CountingObserver observer_;
  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  const Accounts accounts_{Wavespeed()};
};

TEST_F(ChargesTest, AreAskedForAtOnce) {
  const std::string id = Make();
  EXPECT_EQ(AttemptOf(id).settlement, Settlement::kPending);
  EXPECT_EQ(AttemptOf(id).reserved, kPrice);
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_EQ(AttemptOf(id).computed, kPrice);
  EXPECT_EQ(AttemptOf(id).cost_source, CostSource::kProvider);
  EXPECT_LT(SinceEnd(id), absl::Seconds(3));
  EXPECT_EQ(observer_.calls[ProviderCall::kCharge], 1);
  EXPECT_EQ(observer_.settled, std::vector<Money>{kBooked});
  EXPECT_EQ(engine_->live_job_count(), 0u) << "and the job is forgotten";
}

TEST_F(ChargesTest, AreWaitedFor) {
  network_.LagBooks(absl::Seconds(100));
  const std::string id = Make();
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_GT(SinceEnd(id), absl::Seconds(80));
  EXPECT_LE(network_.book_looks(), 10) << "with growing pauses";
}

TEST_F(ChargesTest, ThatNeverComeAreTheCataloguesPrice) {
  network_.LagBooks(absl::Hours(100));
  const std::string id = Make();
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kPrice);
  EXPECT_EQ(AttemptOf(id).cost_source, CostSource::kCatalogue);
  EXPECT_NEAR(absl::ToDoubleMinutes(SinceEnd(id)), 10, 0.5);
  EXPECT_EQ(engine_->live_job_count(), 0u);
}

TEST_F(ChargesTest, OutliveBooksThatAreOutOfOrder) {
  std::vector<Fate> fates;
  for (int i = 0; i < 4; ++i) {
    fates.insert(fates.end(), {Fate::kNoConnection, Fate::kLostReply, Fate::kErrorAfter, Fate::kThrottled,
                               Fate::kGarbage});
  }
  network_.ScriptBooks(fates);
  const std::string id = Make();
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_GT(SinceEnd(id), absl::Minutes(10)) << "longer than an entry that is missing is waited for";
  EXPECT_EQ(network_.book_looks(), 21);
  EXPECT_FALSE(engine_->Lanes().at("wavespeed").trouble) << "jobs can be made all the same";
}

TEST_F(ChargesTest, AreAskedForAfterARestart) {
  network_.LagBooks(absl::Minutes(2));
  const std::string id = Make();
  world_.RunFor(absl::Seconds(10));
  Restart(accounts_, absl::Hours(30));
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_EQ(network_.Creations("wavespeed", "sim-1"), 1);
}

TEST_F(ChargesTest, SurviveAFirstLookThatFailsAfterALongStop) {
  network_.LagBooks(absl::Minutes(2));
  const std::string id = Make();
  world_.RunFor(absl::Seconds(10));
  network_.ScriptBooks({Fate::kNoConnection, Fate::kErrorBefore});
  Restart(accounts_, absl::Hours(30));
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
}

TEST_F(ChargesTest, AboveTheReservationAreAnOverrunWithoutAPriceToo) {
  NewJob fresh = Fresh();
  fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(2);
  const Money cap = Money::FromNanos(100'000'000);
  fresh.job.spec.candidates[0].price.reset();
  fresh.job.spec.candidates[0].reservation_cap = cap;
  fresh.ledger.clear();
  Reserve(fresh.job.state.attempts[0], std::nullopt, fresh.job.spec.create_time, fresh.ledger, cap);
  const std::string id = Submit(std::move(fresh));
  world_.RunUntil([&] { return IsTerminal(StateOf(id).phase); });
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_EQ(observer_.overrun, Money::FromNanos(kBooked.nanos() - cap.nanos()));
}

TEST_F(ChargesTest, OfManyJobsAreNotAskedForInOneInstantAfterARestart) {
  network_.LagBooks(absl::Hours(1));
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(Make());
  Restart(accounts_, absl::Hours(2));
  world_.RunFor(absl::Seconds(1));
  const int before = network_.book_looks();
  world_.RunFor(absl::Seconds(4));
  EXPECT_GT(network_.book_looks(), before) << "the first second is not all";
  for (const std::string& id : ids) AwaitSettled(id);
}

TEST_F(ChargesTest, AreNotAskedForDuringADrain) {
  network_.LagBooks(absl::Minutes(2));
  const std::string id = Make();
  world_.RunFor(absl::Seconds(10));
  bool drained = false;
  engine_->Drain([&] { drained = true; });
  world_.RunUntil([&] { return drained; });
  world_.RunFor(absl::Seconds(2));
  const int looks = network_.book_looks();
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(network_.book_looks(), looks);
  EXPECT_EQ(AttemptOf(id).settlement, Settlement::kPending);
  Restart(accounts_, absl::Seconds(1));
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
}

TEST_F(ChargesTest, OfAnAccountThatIsGoneAreTheCataloguesPrice) {
  network_.LagBooks(absl::Hours(1));
  const std::string id = Make();
  world_.RunFor(absl::Seconds(10));
  const Accounts none{std::vector<Account>()};
  Restart(none, absl::Seconds(1));
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kPrice);
  EXPECT_EQ(AttemptOf(id).cost_source, CostSource::kCatalogue);
  engine_.reset();
}

TEST_F(ChargesTest, AreKeptThroughAStoreThatFails) {
  const std::string id = Make();
  Fail(StoreOperation::kCommit, 3);
  AwaitSettled(id);
  EXPECT_EQ(AttemptOf(id).settled, kBooked);
  EXPECT_EQ(observer_.settled, std::vector<Money>{kBooked});
}

}  // namespace
}  // namespace zoetrope::testing
