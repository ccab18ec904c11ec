// Submissions of which no one knows what became, and the operator who decides about them: the real server,
// the real command line client, and the simulated provider's ledger as the judge. RunPod has no way to look a
// submission up, so that a lost reply leaves its job held.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/png_picture.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr char kProvider[] = "runpod";

struct CliRun {
  int exit_code = -1;
  std::string out;
};

class HeldTest : public ::testing::Test {
 protected:
  explicit HeldTest(const std::string& hold_for = "168h")
      : world_({.bin_dir = ZOETROPE_BIN_DIR,
                .config = absl::StrCat("unknown_outcomes: {hold_for: ", hold_for, "}\n",
                                       ConfigWith({{"runpod"}, {"fal"}, {"vtrix"}}))}) {}
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // A job whose submission the provider has obeyed, or not, and not answered. No other account may have it
  // unless `failover`.
  v1::Job SubmitHeld(const std::string& prompt, const std::string& fault, bool failover = false) {
    v1::SubmitRequest request = world_.Request(absl::StrCat(prompt, Markers({fault})), kProvider);
    request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
    if (failover) {
      request.mutable_routing()->clear_provider();
      request.mutable_routing()->add_allowed_providers(kProvider);
      // Publishes no price, and so comes second.
      request.mutable_routing()->add_allowed_providers("vtrix");
      // Of a size that both take.
      request.mutable_generation()->mutable_first_frame()->set_data(WhitePicture());
      request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_AFTER_REFUSED);
    }
    const v1::Job job = world_.AwaitEnd(world_.Submit(request).id());
    EXPECT_EQ(job.state(), v1::JOB_STATE_HELD) << job.ShortDebugString();
    return job;
  }

  CliRun Cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(ZOETROPE_BIN_DIR) + "/zoetrope");
    arguments.insert(arguments.end(), {"--admin", world_.admin_address()});
    const std::string file = folder_.File(absl::StrCat("cli.", ++runs_));
    ChildProcess process(std::move(arguments), file);
    CliRun run;
    run.exit_code = process.Wait(absl::Minutes(1)).value_or(-1);
    std::ifstream in(file);
    run.out.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return run;
  }
  nlohmann::json ListHeld() {
    const CliRun run = Cli({"attempt", "list", "--held", "--json"});
    EXPECT_EQ(run.exit_code, 0) << run.out;
    nlohmann::json listed = nlohmann::json::parse(run.out, nullptr, false);
    return listed.contains("attempts") ? listed["attempts"] : nlohmann::json::array();
  }

  // The provider's id of the one job that it has made of the prompt.
  std::string CreatedId(const std::string& prompt) {
    const nlohmann::json ledger = world_.Ledger(prompt);
    EXPECT_EQ(ledger["creations"].size(), 1u) << ledger.dump(1);
    return ledger["creations"].empty() ? "" : ledger["creations"][0]["id"].get<std::string>();
  }
  void ExpectLedger(const std::string& prompt, std::size_t posts, std::size_t creations) {
    const nlohmann::json ledger = world_.Ledger(prompt);
    EXPECT_EQ(ledger["attempts"].size(), posts) << ledger.dump(1);
    EXPECT_EQ(ledger["creations"].size(), creations) << ledger.dump(1);
  }

  // The decision stands in the one revision that carried it out, and in all after it.
  void ExpectAudit(const std::string& job_id, v1::ResolutionKind kind, const std::string& note) {
    int undecided = 0;
    int decided = 0;
    v1::Job last;
    const absl::Status watched = client::WatchEach(
        world_.client(), {.job_id = job_id, .after_revision = 0}, {}, [&](const v1::WatchJobResponse& event) {
          if (!event.has_revision()) return true;
          last = event.revision().job();
          const v1::Attempt& first = last.attempts(0);
          first.has_resolution() ? ++decided : ++undecided;
          EXPECT_TRUE(decided == 0 || first.has_resolution()) << "a decision has gone";
          if (first.has_resolution()) {
            EXPECT_EQ(first.resolution().kind(), kind);
            EXPECT_EQ(first.resolution().note(), note);
            EXPECT_TRUE(first.resolution().has_time());
          }
          return true;
        });
    EXPECT_TRUE(watched.ok()) << watched;
    EXPECT_GE(undecided, 3) << "planned, sent, unknown, held";
    EXPECT_GE(decided, 1);
    EXPECT_EQ(last.revision(), undecided + decided);
  }

  World world_;
  TempDir folder_;
  int runs_ = 0;
};

TEST_F(HeldTest, TheOperatorSeesWhatWaits) {
  const v1::Job job = SubmitHeld("a boat at dawn", "lost-reply");
  const nlohmann::json listed = ListHeld();
  ASSERT_EQ(listed.size(), 1u) << listed.dump(1);
  EXPECT_EQ(listed[0]["job_id"], job.id());
  EXPECT_EQ(listed[0]["tenant"], "default");
  EXPECT_EQ(listed[0]["attempt"]["id"], job.attempts(0).id());
  EXPECT_EQ(listed[0]["attempt"]["provider"], kProvider);
  EXPECT_EQ(listed[0]["attempt"]["cost"]["reserved"]["currency_code"], "USD");
  EXPECT_FALSE(listed[0]["attempt"]["failure"]["message"].get<std::string>().empty());
  EXPECT_TRUE(listed[0].contains("expire_time"));
  const CliRun other = Cli({"attempt", "list", "--held", "--provider", "fal", "--json"});
  EXPECT_FALSE(nlohmann::json::parse(other.out).contains("attempts"));
}

TEST_F(HeldTest, WhatIsAdoptedIsDelivered) {
  const std::string prompt = "a boat that arrives";
  const v1::Job job = SubmitHeld(prompt, "lost-reply");
  const CliRun run =
      Cli({"attempt", "resolve", job.attempts(0).id(), "--adopt", CreatedId(prompt), "--note", "found it"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const v1::Job ended = world_.AwaitEnd(job.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  EXPECT_EQ(ended.outputs_size(), 1);
  EXPECT_EQ(ended.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  const nlohmann::json ledger = world_.Ledger(prompt);
  EXPECT_EQ(ended.cost().settled().ShortDebugString(),
            MoneyOf(std::stoll(ledger["totals"]["charged_nanos"].get<std::string>())).ShortDebugString());
  ExpectLedger(prompt, 1, 1);
  ExpectAudit(job.id(), v1::RESOLUTION_KIND_ADOPTED, "found it");
  EXPECT_TRUE(ListHeld().empty());
  // Again, and otherwise.
  EXPECT_EQ(Cli({"attempt", "resolve", job.id(), "--adopt", CreatedId(prompt), "--note", "again"}).exit_code,
            0);
  const CliRun other = Cli({"attempt", "resolve", job.id(), "--abandon", "--note", "no"});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_NE(other.out.find("ATTEMPT_RESOLVED"), std::string::npos) << other.out;
}

TEST_F(HeldTest, OneJobOfTheProviderIsAdoptedOnce) {
  const v1::Job first = SubmitHeld("a boat and its twin", "lost-reply");
  const v1::Job second = SubmitHeld("the twin", "lost-request");
  const std::string id = CreatedId("a boat and its twin");
  EXPECT_EQ(Cli({"attempt", "resolve", first.id(), "--adopt", id, "--note", "a"}).exit_code, 0);
  const CliRun taken = Cli({"attempt", "resolve", second.id(), "--adopt", id, "--note", "a"});
  EXPECT_EQ(taken.exit_code, 4);
  EXPECT_NE(taken.out.find("PROVIDER_JOB_TAKEN"), std::string::npos) << taken.out;
  EXPECT_EQ(world_.AwaitEnd(second.id()).state(), v1::JOB_STATE_HELD);
  EXPECT_EQ(world_.AwaitEnd(first.id()).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(HeldTest, WhatWasNotCreatedGoesToTheNextProvider) {
  const std::string prompt = "a boat that never left";
  const v1::Job job = SubmitHeld(prompt, "runpod/lost-request", /*failover=*/true);
  ASSERT_EQ(job.attempts(0).provider(), kProvider) << job.ShortDebugString();
  ExpectLedger(prompt, 1, 0);
  const CliRun run = Cli({"attempt", "resolve", job.id(), "--not-created", "--note", "not in the console"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const v1::Job ended = world_.AwaitEnd(job.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  ASSERT_EQ(ended.attempts_size(), 2);
  EXPECT_EQ(ended.attempts(0).state(), v1::ATTEMPT_STATE_REFUSED);
  EXPECT_EQ(ended.attempts(1).provider(), "vtrix");
  ExpectLedger(prompt, 2, 1);
  ExpectAudit(job.id(), v1::RESOLUTION_KIND_NOT_CREATED, "not in the console");
}

TEST_F(HeldTest, AnAccountWithALiveJobCannotBeTakenAway) {
  const v1::Job job = SubmitHeld("a boat that waits", "lost-reply");
  world_.StopServer();
  const std::string without = ConfigWith({{"fal"}, {"vtrix"}});
  world_.SetConfig(without);
  world_.LaunchServer();
  EXPECT_EQ(world_.WaitForServer(absl::Seconds(20)), 1);
  EXPECT_NE(world_.ServerLog().find("`runpod` (1 job)"), std::string::npos) << world_.ServerLog();
  world_.SetConfig("allow_missing_accounts: true\n" + without);
  ASSERT_TRUE(world_.StartServer());
  EXPECT_EQ(world_.client().Get(job.id())->state(), v1::JOB_STATE_HELD);
}

TEST_F(HeldTest, WhatIsAbandonedIsCountedAsSpent) {
  const std::string prompt = "a boat that is lost";
  const v1::Job job = SubmitHeld(prompt, "lost-reply");
  const CliRun run = Cli({"attempt", "resolve", job.id(), "--abandon", "--note", "no trace"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const v1::Job ended = world_.AwaitEnd(job.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(ended.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN);
  EXPECT_EQ(ended.cost().settled().ShortDebugString(), job.cost().reserved().ShortDebugString());
  EXPECT_EQ(ended.attempts(0).cost().source(), v1::COST_SOURCE_RESERVATION);
  ExpectLedger(prompt, 1, 1);
  ExpectAudit(job.id(), v1::RESOLUTION_KIND_ABANDONED, "no trace");
}

TEST_F(HeldTest, AJobThatItsCallerEndedStillWaitsForItsMoney) {
  const v1::Job job = SubmitHeld("a boat nobody wants", "lost-reply");
  ASSERT_TRUE(world_.client().Cancel(job.id()).ok());
  ASSERT_EQ(ListHeld().size(), 1u);
  EXPECT_EQ(ListHeld()[0]["job_state"], "JOB_STATE_CANCELLED");
  const CliRun run = Cli({"attempt", "resolve", job.id(), "--not-created", "--note", "not there"});
  EXPECT_EQ(run.exit_code, 0) << run.out;
  const v1::Job ended = world_.Await(job.id(), absl::Seconds(20), [](const v1::Job& now) {
    return now.cost().settlement() == v1::SETTLEMENT_STATE_SETTLED;
  });
  EXPECT_EQ(ended.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(ended.cost().settled().ShortDebugString(), MoneyOf(0).ShortDebugString());
}

// The server dies between the decision, which is durable, and its execution.
TEST_F(HeldTest, ADecisionIsCarriedOutByTheNextServer) {
  const ResolutionKind kinds[] = {ResolutionKind::kAdopted, ResolutionKind::kNotCreated,
                                  ResolutionKind::kAbandoned};
  std::vector<v1::Job> jobs;
  for (const ResolutionKind kind : kinds) {
    jobs.push_back(SubmitHeld(absl::StrCat("boat number ", static_cast<int>(kind)),
                              kind == ResolutionKind::kNotCreated ? "lost-request" : "lost-reply"));
  }
  const std::string theirs = CreatedId("boat number 0");
  world_.KillServer();
  {
    RealClock clock;
    auto store = SqliteStore::Open({.path = world_.store_path()}, &clock, nullptr);
    ASSERT_TRUE(store.ok()) << store.status();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const AttemptDecision decision{jobs[i].attempts(0).id(), kinds[i],
                                     kinds[i] == ResolutionKind::kAdopted ? theirs : "", "before the crash"};
      const absl::Status put = Await<absl::Status>(
          [&](auto done) { (*store)->PutDecision(jobs[i].id(), decision, clock.TimeNow(), done); });
      ASSERT_TRUE(put.ok()) << put;
    }
  }
  ASSERT_TRUE(world_.StartServer());
  const v1::JobState states[] = {v1::JOB_STATE_SUCCEEDED, v1::JOB_STATE_FAILED, v1::JOB_STATE_FAILED};
  const v1::ResolutionKind audits[] = {v1::RESOLUTION_KIND_ADOPTED, v1::RESOLUTION_KIND_NOT_CREATED,
                                       v1::RESOLUTION_KIND_ABANDONED};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const v1::Job ended = world_.Await(jobs[i].id(), absl::Seconds(20),
                                       [](const v1::Job& job) { return client::IsTerminal(job.state()); });
    EXPECT_EQ(ended.state(), states[i]) << ended.ShortDebugString();
    EXPECT_EQ(ended.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
    ExpectAudit(jobs[i].id(), audits[i], "before the crash");
    const bool created = kinds[i] != ResolutionKind::kNotCreated;
    ExpectLedger(absl::StrCat("boat number ", i), 1, created ? 1 : 0);
  }
  EXPECT_TRUE(ListHeld().empty());
}

// The same at random moments around the call: the decision is there as a whole, or not at all.
TEST_F(HeldTest, AKillAroundTheDecisionLeavesItMadeOrNot) {
  RealRandom entropy;
  const std::uint64_t seed = entropy.Next() % 1'000'000;
  std::cout << "seed " << seed << "\n";
  SeededRandom random(seed);
  for (int round = 0; round < 6; ++round) {
    const std::string prompt = absl::StrCat("boat of round ", round, ".");
    const v1::Job job = SubmitHeld(prompt, "lost-reply");
    admin::v1::ResolveAttemptRequest request;
    request.set_job_id(job.id());
    request.set_note("once");
    if (round % 2 == 0) {
      request.mutable_adopt()->set_provider_job_id(CreatedId(prompt));
    } else {
      request.mutable_abandon();
    }
    client::ClientOptions once;
    once.retry.max_attempts = 1;
    client::AdminClient admin(client::MakeChannel(world_.admin_address()), once);
    auto call = std::async(std::launch::async, [&] { return admin.Resolve(request).ok(); });
    // No condition: the random moment is what is tested.
    call.wait_for(std::chrono::microseconds(random.Below(4'000)));
    world_.KillServer();
    const bool answered = call.get();
    ASSERT_TRUE(world_.StartServer());
    client::AdminClient next(client::MakeChannel(world_.admin_address()), once);
    const auto repeated = next.Resolve(request);
    EXPECT_TRUE(repeated.ok()) << repeated.status() << " after " << (answered ? "an" : "no") << " answer";
    const v1::Job ended = world_.Await(job.id(), absl::Seconds(20),
                                       [](const v1::Job& now) { return client::IsTerminal(now.state()); });
    EXPECT_EQ(ended.state(), round % 2 == 0 ? v1::JOB_STATE_SUCCEEDED : v1::JOB_STATE_FAILED)
        << ended.ShortDebugString();
    ExpectLedger(prompt, 1, 1);
    ExpectAudit(job.id(), round % 2 == 0 ? v1::RESOLUTION_KIND_ADOPTED : v1::RESOLUTION_KIND_ABANDONED,
                "once");
  }
}

class ShortHoldTest : public HeldTest {
 protected:
  ShortHoldTest() : HeldTest("5s") {}
};

TEST_F(ShortHoldTest, WhatNobodyDecidesIsAbandonedInTheEnd) {
  const std::string prompt = "a boat nobody asks after";
  const v1::Job job = SubmitHeld(prompt, "lost-reply");
  const v1::Job ended = world_.Await(job.id(), absl::Seconds(30),
                                     [](const v1::Job& now) { return client::IsTerminal(now.state()); });
  EXPECT_EQ(ended.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(ended.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN);
  EXPECT_EQ(ended.attempts(0).resolution().kind(), v1::RESOLUTION_KIND_EXPIRED);
  EXPECT_EQ(ended.attempts(0).cost().source(), v1::COST_SOURCE_RESERVATION);
  ExpectLedger(prompt, 1, 1);
}

}  // namespace
}  // namespace zoetrope::testing
