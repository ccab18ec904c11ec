// Every way in which a provider can break, at every provider, against the real programs: the documented
// verdict, and never a second submission where the first one may have been taken. The simulator's ledger is
// the judge.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

// What is to become of a job.
struct Verdict {
  v1::JobState state;
  v1::FailureReason reason = v1::FAILURE_REASON_UNSPECIFIED;
  std::size_t creations = 1;  // videos that the provider has made, or would charge for
  std::size_t posts = 1;      // submissions that the provider has seen
};

Verdict Made(std::size_t posts = 1) {
  return {v1::JOB_STATE_SUCCEEDED, v1::FAILURE_REASON_UNSPECIFIED, 1, posts};
}
Verdict Held(std::size_t creations) {
  return {v1::JOB_STATE_HELD, v1::FAILURE_REASON_OUTCOME_UNKNOWN, creations};
}
Verdict Refused(v1::FailureReason reason) { return {v1::JOB_STATE_FAILED, reason, 0}; }
Verdict Failed(v1::FailureReason reason) { return {v1::JOB_STATE_FAILED, reason, 1}; }

struct Fault {
  std::string name;
  std::vector<std::string> markers;  // of the simulator
  Verdict verdict;
  std::map<std::string, Verdict> other = {};                          // where a provider differs
  std::vector<std::string> providers = {"runpod", "fal", "runware"};  // that have it
};

// What leaves open whether the provider has taken the job.
std::vector<Fault> AmbiguousFaults() {
  std::vector<Fault> faults = {
      {"LostRequest", {"lost-request"}, Held(0)},
      {"ResetBefore", {"reset-before"}, Held(0)},
      {"Redirect", {"redirect"}, Held(0)},
      {"LostReply", {"lost-reply"}, Held(1)},
      {"Reset", {"reset"}, Held(1)},
      {"Truncated", {"truncated"}, Held(1)},
      {"HalfHeader", {"half-header"}, Held(1)},
      {"Html200", {"html-200"}, Held(1)},
      {"NotJson", {"not-json"}, Held(1)},
      {"Empty200", {"empty-200"}, Held(1)},
      {"Huge", {"huge"}, Held(1)},
      {"DeepJson", {"deep-json:10000"}, Held(1)},
      {"InvalidUtf8", {"invalid-utf8"}, Held(1)},
      {"NoId", {"no-id"}, Held(1)},
      // At the one that is given our id, a conflict means that it has the job already.
      {"Status409", {"status:409"}, Held(0), {}, {"runpod", "fal"}},
  };
  for (const int status : {408, 500, 502, 503, 504}) {
    faults.push_back({absl::StrCat("Status", status), {absl::StrCat("status:", status)}, Held(0)});
  }
  for (const int status : {500, 502}) {
    faults.push_back(
        {absl::StrCat("StatusCreated", status), {absl::StrCat("status-created:", status)}, Held(1)});
  }
  return faults;
}

std::vector<Fault> RefusalFaults() {
  const Verdict model = Refused(v1::FAILURE_REASON_MODEL_UNAVAILABLE);
  const Verdict invalid = Refused(v1::FAILURE_REASON_VALIDATION_REJECTED);
  const Verdict auth = Refused(v1::FAILURE_REASON_PROVIDER_AUTH_FAILED);
  const Verdict balance = Refused(v1::FAILURE_REASON_PROVIDER_BALANCE_EXHAUSTED);
  const Verdict content = Refused(v1::FAILURE_REASON_CONTENT_REJECTED);
  return {
      {"Status400", {"status:400"}, invalid},
      {"Status401", {"status:401"}, auth},
      {"Status402", {"status:402"}, balance},
      {"Status403", {"status:403"}, auth},
      // Without a word about the model, what a task names and is not there is an input of the caller's.
      {"Status404", {"status:404"}, model, {{"runware", invalid}}},
      {"Status422", {"status:422"}, invalid},
      {"Status429", {"status:429:1", "retry-after:1"}, Made(2)},
      {"ModelGone", {"model-gone"}, model},
      {"NoCredit", {"no-credit"}, balance},
      // One queue takes the job and has the model reject it.
      {"RejectContent", {"reject:content"}, content, {{"fal", Failed(v1::FAILURE_REASON_CONTENT_REJECTED)}}},
  };
}

std::vector<Fault> LifeFaults() {
  const Verdict error = Failed(v1::FAILURE_REASON_PROVIDER_ERROR);
  return {
      {"None", {}, Made()},
      {"Hang", {"hang:300"}, Made()},
      {"SlowDrip", {"slow-drip:1"}, Made()},
      {"UnknownStatus", {"unknown-status:WARMING"}, Made()},
      {"UnknownFields", {"unknown-fields"}, Made()},
      {"NumbersAsStrings", {"numbers-as-strings"}, Made()},
      {"MissingCost", {"missing-cost"}, Made()},
      {"Backwards", {"backwards", "run-ms:800"}, Made()},
      {"Poll404", {"poll-404:2"}, Made()},
      {"PollStatus500", {"poll-status:500:3"}, Made()},
      {"PollLost", {"poll-lost:2"}, Made()},
      {"PollTruncated", {"poll-truncated"}, Made()},
      {"ResultLost", {"result-lost:2"}, Made(), {}, {"fal"}},
      {"Fail", {"fail"}, error},
      {"FailContent", {"fail:content"}, Failed(v1::FAILURE_REASON_CONTENT_REJECTED)},
      {"FailValidation", {"fail:validation"}, Failed(v1::FAILURE_REASON_VALIDATION_REJECTED)},
      {"TimedOut", {"timed-out"}, Failed(v1::FAILURE_REASON_PROVIDER_TIMEOUT)},
      {"CompletedWithError",
       {"completed-with-error"},
       error,
       {{"runware", Failed(v1::FAILURE_REASON_RESULT_INVALID)}}},
      {"ExpiredResult", {"expired-result"}, Failed(v1::FAILURE_REASON_RESULT_LOST)},
  };
}

struct Case {
  Fault fault;
  std::string provider;
};

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const std::vector<Fault>& group : {AmbiguousFaults(), RefusalFaults(), LifeFaults()}) {
    for (const Fault& fault : group) {
      for (const std::string& provider : fault.providers) cases.push_back({fault, provider});
    }
  }
  return cases;
}

std::string PromptWith(const std::vector<std::string>& markers) {
  std::string prompt = "a boat";
  for (const std::string& marker : markers) absl::StrAppend(&prompt, " [[fault:", marker, "]]");
  return prompt;
}

v1::Money MoneyOf(std::int64_t nanos) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_units(nanos / 1'000'000'000);
  money.set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
  return money;
}

class ProviderFaultsTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // The job for `markers`, which no other account may take over.
  v1::Job Submit(const std::vector<std::string>& markers) {
    v1::SubmitRequest request = world_.Request(PromptWith(markers), GetParam().provider);
    request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
    return world_.Submit(request);
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_P(ProviderFaultsTest, HasItsVerdict) {
  const Fault& fault = GetParam().fault;
  const auto other = fault.other.find(GetParam().provider);
  const Verdict& verdict = other == fault.other.end() ? fault.verdict : other->second;

  const v1::Job accepted = Submit(fault.markers);
  const v1::Job job = world_.AwaitEnd(accepted.id(), absl::Seconds(60));
  EXPECT_EQ(v1::JobState_Name(job.state()), v1::JobState_Name(verdict.state)) << job.ShortDebugString();
  EXPECT_EQ(v1::FailureReason_Name(job.failure().reason()), v1::FailureReason_Name(verdict.reason))
      << job.ShortDebugString();
  EXPECT_TRUE(world_.ServerIsHealthy());
  if (verdict.state == v1::JOB_STATE_HELD) {
    EXPECT_GT(job.cost().reserved().nanos() + job.cost().reserved().units(), 0) << job.ShortDebugString();
    // One ambiguous answer does not close the account, and while it goes on working the held job stays where
    // it is.
    EXPECT_EQ(world_.AwaitEnd(Submit({}).id()).state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(world_.AwaitEnd(accepted.id()).revision(), job.revision());
  }
  const nlohmann::json ledger = world_.Ledger(PromptWith(fault.markers));
  const std::string marked = PromptWith(fault.markers);
  std::size_t posts = 0;
  for (const nlohmann::json& attempt : ledger["attempts"]) posts += attempt["prompt"] == marked ? 1 : 0;
  EXPECT_EQ(posts, verdict.posts) << ledger["attempts"].dump(1);
  EXPECT_EQ(ledger["creations"].size(), verdict.creations) << ledger["creations"].dump(1);
  if (verdict.state == v1::JOB_STATE_SUCCEEDED) {
    EXPECT_EQ(job.outputs_size(), 1);
    EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
    const auto charged = std::stoll(ledger["totals"]["charged_nanos"].get<std::string>());
    EXPECT_EQ(job.cost().settled().ShortDebugString(), MoneyOf(charged).ShortDebugString());
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, ProviderFaultsTest, ::testing::ValuesIn(AllCases()),
                         [](const ::testing::TestParamInfo<Case>& test) {
                           return absl::StrCat(test.param.fault.name, "_", test.param.provider);
                         });

// A wish to end a job, against everything that may happen at the same time.
class CancelTest : public ProviderFaultsTest {
 protected:
  // Whether the provider can be asked to end a job.
  bool CanCancel() const { return GetParam().provider != "runware"; }

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

  void ExpectLedger(std::size_t posts, std::size_t creations) {
    const nlohmann::json ledger = world_.Ledger();
    EXPECT_EQ(ledger["attempts"].size(), posts) << ledger["attempts"].dump(1);
    EXPECT_EQ(ledger["creations"].size(), creations) << ledger["creations"].dump(1);
    EXPECT_TRUE(world_.ServerIsHealthy());
  }
};

TEST_P(CancelTest, BeforeTheProviderHasIt) {
  // Refused for load, so that it waits for another try.
  const std::string id = Submit({"status:429:1", "retry-after:60"}).id();
  ASSERT_TRUE(Eventually(absl::Seconds(20), [&] { return world_.Ledger()["attempts"].size() == 1; }));
  AwaitAttempt(id, v1::ATTEMPT_STATE_PLANNED);
  Cancel(id);
  const v1::Job job = world_.AwaitEnd(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_FALSE(job.cost().has_settled() && job.cost().settled().nanos() != 0) << job.ShortDebugString();
  ExpectLedger(1, 0);
}

TEST_P(CancelTest, WhileItIsOnTheWire) {
  const std::string id = Submit({"hang:1500", "run-ms:60000"}).id();
  AwaitAttempt(id, v1::ATTEMPT_STATE_INTENT);
  Cancel(id);
  EXPECT_EQ(world_.AwaitEnd(id).state(), v1::JOB_STATE_CANCELLED);
  ExpectLedger(1, 1);
}

TEST_P(CancelTest, WhileItRuns) {
  const std::string id = Submit({"run-ms:60000"}).id();
  AwaitAttempt(id, v1::ATTEMPT_STATE_ACKED);
  Cancel(id);
  const v1::Job job = world_.AwaitEnd(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(job.cost().settlement() == v1::SETTLEMENT_STATE_PENDING, !CanCancel()) << job.ShortDebugString();
  if (CanCancel()) {
    EXPECT_EQ(world_.Ledger()["creations"][0]["state"], "CANCELLED");
  }
  ExpectLedger(1, 1);
}

TEST_P(CancelTest, TooLate) {
  const std::string id = Submit({"cancel-too-late", "run-ms:60000"}).id();
  AwaitAttempt(id, v1::ATTEMPT_STATE_ACKED);
  Cancel(id);
  // Where no one can be asked the wish is the end; elsewhere the video that was paid for is handed over.
  EXPECT_EQ(world_.AwaitEnd(id).state(), CanCancel() ? v1::JOB_STATE_SUCCEEDED : v1::JOB_STATE_CANCELLED);
  ExpectLedger(1, 1);
}

TEST_P(CancelTest, AfterTheEnd) {
  const v1::Job ended = world_.AwaitEnd(Submit({}).id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(Cancel(ended.id()).ShortDebugString(), ended.ShortDebugString());
  ExpectLedger(1, 1);
}

TEST_P(CancelTest, OfAHeldJob) {
  const v1::Job held = world_.AwaitEnd(Submit({"lost-reply"}).id());
  EXPECT_EQ(held.state(), v1::JOB_STATE_HELD);
  Cancel(held.id());
  const v1::Job job = world_.Await(held.id(), absl::Seconds(20),
                                   [](const v1::Job& now) { return client::IsTerminal(now.state()); });
  EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_PENDING);
  ExpectLedger(1, 1);
}

INSTANTIATE_TEST_SUITE_P(Providers, CancelTest,
                         ::testing::Values(Case{{"", {}, Made()}, "runpod"}, Case{{"", {}, Made()}, "fal"},
                                           Case{{"", {}, Made()}, "runware"}),
                         [](const ::testing::TestParamInfo<Case>& test) { return test.param.provider; });

}  // namespace
}  // namespace zoetrope::testing
