// A wish to end a job, against everything that may happen at the same time, at every provider side by side
// and with the real programs.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

class CancelTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // Whether the provider can be asked to end a job.
  static bool CanCancel(const std::string& provider) { return provider == "runpod" || provider == "fal"; }

  static std::string PromptAt(const std::string& provider) { return absl::StrCat("a boat at ", provider); }

  // Ids by provider, of one job at each.
  std::map<std::string, std::string> SubmitEverywhere(const std::vector<std::string>& faults) {
    std::map<std::string, std::string> ids;
    for (const char* provider : kProviders) {
      v1::SubmitRequest request = world_.Request(absl::StrCat(PromptAt(provider), Markers(faults)), provider);
      request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
      ids[provider] = world_.Submit(request).id();
    }
    return ids;
  }

  v1::Job Cancel(const std::string& job_id) {
    const auto job = world_.client().Cancel(job_id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? *job : v1::Job();
  }

  v1::Job AwaitAttempt(const std::string& job_id, v1::AttemptState state) {
    return world_.Await(job_id, absl::Seconds(20), [state](const v1::Job& job) {
      return job.attempts_size() == 1 && job.attempts(0).state() == state;
    });
  }

  nlohmann::json LedgerAt(const std::string& provider) { return world_.Ledger(PromptAt(provider)); }

  void ExpectLedger(const std::string& provider, std::size_t posts, std::size_t creations) {
    const nlohmann::json ledger = LedgerAt(provider);
    EXPECT_EQ(ledger["attempts"].size(), posts) << ledger["attempts"].dump(1);
    EXPECT_EQ(ledger["creations"].size(), creations) << ledger["creations"].dump(1);
    EXPECT_TRUE(world_.ServerIsHealthy());
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_F(CancelTest, BeforeTheProviderHasIt) {
  // Refused for load, so that it waits for another try.
  for (const auto& [provider, id] : SubmitEverywhere({"status:429:1", "retry-after:60"})) {
    SCOPED_TRACE(provider);
    const std::string& at = provider;
    ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return LedgerAt(at)["attempts"].size() == 1; }));
    AwaitAttempt(id, v1::ATTEMPT_STATE_PLANNED);
    Cancel(id);
    const v1::Job job = world_.AwaitEnd(id);
    EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
    EXPECT_FALSE(job.cost().has_settled() && job.cost().settled().nanos() != 0) << job.ShortDebugString();
    ExpectLedger(provider, 1, 0);
  }
}

TEST_F(CancelTest, WhileItIsOnTheWire) {
  const auto ids = SubmitEverywhere({"hang:3000", "run-ms:60000"});
  for (const auto& [provider, id] : ids) {
    SCOPED_TRACE(provider);
    AwaitAttempt(id, v1::ATTEMPT_STATE_INTENT);
    Cancel(id);
  }
  for (const auto& [provider, id] : ids) {
    SCOPED_TRACE(provider);
    EXPECT_EQ(world_.AwaitEnd(id).state(), v1::JOB_STATE_CANCELLED);
    ExpectLedger(provider, 1, 1);
  }
}

TEST_F(CancelTest, WhileItRuns) {
  for (const auto& [provider, id] : SubmitEverywhere({"run-ms:60000"})) {
    SCOPED_TRACE(provider);
    AwaitAttempt(id, v1::ATTEMPT_STATE_ACKED);
    Cancel(id);
    const v1::Job job = world_.AwaitEnd(id);
    EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
    EXPECT_EQ(job.cost().settlement() == v1::SETTLEMENT_STATE_PENDING, !CanCancel(provider))
        << job.ShortDebugString();
    if (CanCancel(provider)) {
      EXPECT_EQ(LedgerAt(provider)["creations"][0]["state"], "CANCELLED");
    }
    ExpectLedger(provider, 1, 1);
  }
}

TEST_F(CancelTest, TooLate) {
  for (const auto& [provider, id] : SubmitEverywhere({"cancel-too-late", "run-ms:60000"})) {
    SCOPED_TRACE(provider);
    AwaitAttempt(id, v1::ATTEMPT_STATE_ACKED);
    Cancel(id);
    // Where no one can be asked the wish is the end; elsewhere the video that was paid for is handed over.
    EXPECT_EQ(world_.AwaitEnd(id).state(),
              CanCancel(provider) ? v1::JOB_STATE_SUCCEEDED : v1::JOB_STATE_CANCELLED);
    ExpectLedger(provider, 1, 1);
  }
}

TEST_F(CancelTest, AfterTheEnd) {
  for (const auto& [provider, id] : SubmitEverywhere({})) {
    SCOPED_TRACE(provider);
    const v1::Job ended = world_.AwaitEnd(id);
    EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(Cancel(id).ShortDebugString(), ended.ShortDebugString());
    ExpectLedger(provider, 1, 1);
  }
}

TEST_F(CancelTest, OfAHeldJob) {
  for (const auto& [provider, id] : SubmitEverywhere({"lost-request"})) {
    SCOPED_TRACE(provider);
    if (provider == "runware") continue;  // which is sent the same again
    EXPECT_EQ(world_.AwaitEnd(id).state(), v1::JOB_STATE_HELD);
    Cancel(id);
    const v1::Job job = world_.Await(id, absl::Seconds(20),
                                     [](const v1::Job& now) { return client::IsTerminal(now.state()); });
    EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
    EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_PENDING);
    ExpectLedger(provider, 1, 0);
  }
}

TEST_F(CancelTest, WhileItIsLookedFor) {
  for (const auto& [provider, id] : SubmitEverywhere({"lost-reply", "run-ms:60000"})) {
    SCOPED_TRACE(provider);
    Cancel(id);
    const v1::Job job = world_.Await(id, absl::Seconds(20),
                                     [](const v1::Job& now) { return client::IsTerminal(now.state()); });
    EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
    const nlohmann::json ledger = LedgerAt(provider);
    EXPECT_LE(ledger["creations"].size(), 1u) << ledger["creations"].dump(1);
    EXPECT_LE(ledger["attempts"].size(), provider == "runware" ? 2u : 1u) << ledger["attempts"].dump(1);
  }
}

}  // namespace
}  // namespace zoetrope::testing
