// Submissions of unknown outcome with the real programs: found where the provider can help, held where it
// cannot, and never paid for twice. The simulator's ledger is the judge.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

class ResolverTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // What can be asked: the rest has nothing that could tell.
  static bool CanTell(const std::string& provider) { return provider != "runpod" && provider != "vtrix"; }

  static std::string PromptAt(const std::string& provider) { return absl::StrCat("a boat at ", provider); }

  std::string Submit(const std::string& provider, const std::vector<std::string>& faults) {
    v1::SubmitRequest request = world_.Request(absl::StrCat(PromptAt(provider), Markers(faults)), provider);
    request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
    return world_.Submit(request).id();
  }

  std::map<std::string, std::string> SubmitEverywhere(const std::vector<std::string>& faults) {
    std::map<std::string, std::string> ids;
    for (const char* provider : kProviders) ids[provider] = Submit(provider, faults);
    return ids;
  }

  v1::Job AwaitAttempt(const std::string& job_id, v1::AttemptState state) {
    return world_.Await(job_id, absl::Seconds(20), [state](const v1::Job& job) {
      return job.attempts_size() == 1 && job.attempts(0).state() == state;
    });
  }

  void ExpectOneCreation(const std::string& provider) {
    const nlohmann::json ledger = world_.Ledger(PromptAt(provider));
    EXPECT_EQ(ledger["creations"].size(), 1u) << ledger["creations"].dump(1);
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_F(ResolverTest, ALostReplyIsFoundWhereTheProviderCanTell) {
  for (const auto& [provider, id] : SubmitEverywhere({"lost-reply"})) {
    SCOPED_TRACE(provider);
    const v1::Job job = world_.AwaitEnd(id);
    EXPECT_EQ(v1::JobState_Name(job.state()), CanTell(provider) ? "JOB_STATE_SUCCEEDED" : "JOB_STATE_HELD");
    ExpectOneCreation(provider);
    if (!CanTell(provider)) continue;
    EXPECT_EQ(job.attempts_size(), 1);
    EXPECT_EQ(job.outputs_size(), 1);
    EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  }
}

// The server dies between the answer that does not come and the end of the search.
TEST_F(ResolverTest, AKillInTheMiddleOfTheSearchChangesNothing) {
  const auto ids = SubmitEverywhere({"lost-reply", "run-ms:1000"});
  for (const auto& [provider, id] : ids) {
    world_.Await(id, absl::Seconds(20), [](const v1::Job& job) {
      return job.attempts_size() == 1 && job.attempts(0).state() != v1::ATTEMPT_STATE_PLANNED &&
             job.attempts(0).state() != v1::ATTEMPT_STATE_INTENT;
    });
  }
  world_.KillServer();
  ASSERT_TRUE(world_.StartServer());
  for (const auto& [provider, id] : ids) {
    SCOPED_TRACE(provider);
    EXPECT_EQ(v1::JobState_Name(world_.AwaitEnd(id).state()),
              CanTell(provider) ? "JOB_STATE_SUCCEEDED" : "JOB_STATE_HELD");
    ExpectOneCreation(provider);
  }
}

// The server dies with submissions on the wire: their answers go to nobody.
TEST_F(ResolverTest, AKillWithSubmissionsOnTheWireIsOne) {
  const auto ids = SubmitEverywhere({"hang:5000"});
  for (const auto& [provider, id] : ids) {
    AwaitAttempt(id, v1::ATTEMPT_STATE_INTENT);
    const std::string& at = provider;
    ASSERT_TRUE(
        Eventually(absl::Seconds(20), [&] { return world_.Ledger(PromptAt(at))["creations"].size() == 1; }));
  }
  world_.KillServer();
  ASSERT_TRUE(world_.StartServer());
  for (const auto& [provider, id] : ids) {
    SCOPED_TRACE(provider);
    EXPECT_EQ(v1::JobState_Name(world_.AwaitEnd(id).state()),
              CanTell(provider) ? "JOB_STATE_SUCCEEDED" : "JOB_STATE_HELD");
    ExpectOneCreation(provider);
  }
}

TEST_F(ResolverTest, OfTwoEqualOnesThatAreLostAtOnceNeitherIsTaken) {
  for (const std::string provider : {"fal", "wavespeed", "openai"}) {
    SCOPED_TRACE(provider);
    const std::string one = Submit(provider, {"lost-reply:2"});
    const std::string two = Submit(provider, {"lost-reply:2"});
    EXPECT_EQ(v1::JobState_Name(world_.AwaitEnd(one).state()), "JOB_STATE_HELD");
    EXPECT_EQ(v1::JobState_Name(world_.AwaitEnd(two).state()), "JOB_STATE_HELD");
    EXPECT_EQ(world_.Ledger(PromptAt(provider))["creations"].size(), 2u);
  }
}

TEST_F(ResolverTest, BesideAnEqualOneThatIsKnownTheOtherIsFound) {
  for (const std::string provider : {"fal", "wavespeed", "openai"}) {
    SCOPED_TRACE(provider);
    // The second submission with these words is answered.
    const std::string lost = Submit(provider, {"lost-reply"});
    ASSERT_TRUE(Eventually(absl::Seconds(20),
                           [&] { return world_.Ledger(PromptAt(provider))["attempts"].size() == 1; }));
    const std::string known = Submit(provider, {"lost-reply"});
    const v1::Job second = world_.AwaitEnd(known);
    const v1::Job first = world_.AwaitEnd(lost);
    EXPECT_EQ(v1::JobState_Name(first.state()), "JOB_STATE_SUCCEEDED");
    EXPECT_EQ(v1::JobState_Name(second.state()), "JOB_STATE_SUCCEEDED");
    EXPECT_NE(first.attempts(0).provider_job_id(), second.attempts(0).provider_job_id());
    EXPECT_EQ(world_.Ledger(PromptAt(provider))["creations"].size(), 2u);
  }
}

// Two names of one provider's account see the same list.
TEST(SharedListTest, OneJobInItBelongsToOneAttempt) {
  World world(
      {.bin_dir = ZOETROPE_BIN_DIR,
       .config = ConfigWith({{"wavespeed"}, {"wavespeed-b"}, {"fal"}, {"fal-b"}, {"openai"}, {"openai-b"}})});
  ASSERT_TRUE(world.Start());
  for (const std::string provider : {"wavespeed", "fal", "openai"}) {
    SCOPED_TRACE(provider);
    const std::string prompt = absl::StrCat("a boat of ", provider);
    const auto submit = [&](const std::string& account) {
      v1::SubmitRequest request = world.Request(absl::StrCat(prompt, Markers({"lost-request"})), account);
      request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
      return world.Submit(request).id();
    };
    const std::string lost = submit(provider + "-b");
    ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return world.Ledger(prompt)["attempts"].size() == 1; }));
    // The second submission with these words arrives.
    const v1::Job made = world.AwaitEnd(submit(provider));
    EXPECT_EQ(v1::JobState_Name(made.state()), "JOB_STATE_SUCCEEDED");
    EXPECT_EQ(v1::JobState_Name(world.AwaitEnd(lost).state()), "JOB_STATE_HELD");
    EXPECT_EQ(world.Ledger(prompt)["creations"].size(), 1u);
  }
}

}  // namespace
}  // namespace zoetrope::testing
