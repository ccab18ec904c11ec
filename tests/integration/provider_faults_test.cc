// Every way in which a provider can break, at every provider, against the real programs: the documented
// verdict, and never a second submission where the first one may have been taken. The simulator's ledger is
// the judge. All faults of a provider are tried side by side, each at an account of its own, so that what one
// of them does to its lane is nobody else's affair.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
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
  std::size_t creations = 1;                       // videos that the provider has made, or would charge for
  std::size_t posts = 1;                           // submissions that the provider has seen
  std::optional<std::int64_t> settled_nanos = {};  // where not what the provider has charged
};

Verdict Made(std::size_t posts = 1) {
  return {v1::JOB_STATE_SUCCEEDED, v1::FAILURE_REASON_UNSPECIFIED, 1, posts};
}
// Nobody tells the price, before or after: what was set aside counts.
Verdict MadeUnpriced() {
  Verdict verdict = Made();
  verdict.settled_nanos = 5'000'000'000;
  return verdict;
}
Verdict Held(std::size_t creations) {
  return {v1::JOB_STATE_HELD, v1::FAILURE_REASON_OUTCOME_UNKNOWN, creations};
}
Verdict Refused(v1::FailureReason reason) { return {v1::JOB_STATE_FAILED, reason, 0}; }
Verdict Failed(v1::FailureReason reason) { return {v1::JOB_STATE_FAILED, reason, 1}; }

struct Fault {
  std::string name;                  // lower case and `-`, for it is a part of an account's name
  std::vector<std::string> markers;  // of the simulator
  Verdict verdict;
  std::map<std::string, Verdict> other = {};  // where a provider differs
  std::vector<std::string> not_at = {};       // providers that do not have it
};

// What leaves open whether the provider has taken the job. Two have no way to find out. One is given our id,
// and so is sent the same again; three list what was made, and what they do not list is not proven to be
// missing.
Fault NotTaken(const std::string& name, const std::string& marker) {
  return {name, {marker}, Held(0), {{"runware", Made(2)}}};
}
Fault Taken(const std::string& name, const std::string& marker) {
  return {name,
          {marker},
          Held(1),
          {{"runware", Made(2)}, {"fal", Made()}, {"wavespeed", Made()}, {"openai", Made()}}};
}

std::vector<Fault> AmbiguousFaults() {
  std::vector<Fault> faults = {
      NotTaken("lost-request", "lost-request"),
      NotTaken("reset-before", "reset-before"),
      NotTaken("redirect", "redirect"),
      // At the one that is given our id, a conflict means that it has the job already.
      {"status-409", {"status:409"}, Held(0), {}, {"runware"}},
  };
  for (const char* fault : {"lost-reply", "reset", "truncated", "half-header", "html-200", "not-json",
                            "empty-200", "huge", "invalid-utf8", "no-id"}) {
    faults.push_back(Taken(fault, fault));
  }
  faults.push_back(Taken("deep-json", "deep-json:10000"));
  for (const int status : {408, 500, 502, 503, 504}) {
    faults.push_back(NotTaken(absl::StrCat("status-", status), absl::StrCat("status:", status)));
  }
  for (const int status : {500, 502}) {
    faults.push_back(Taken(absl::StrCat("status-created-", status), absl::StrCat("status-created:", status)));
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
      {"status-400", {"status:400"}, invalid},
      {"status-401", {"status:401"}, auth},
      {"status-402", {"status:402"}, balance},
      {"status-403", {"status:403"}, auth},
      // Without a word about the model, what a task names and is not there is an input of the caller's.
      {"status-404", {"status:404"}, model, {{"runware", invalid}}},
      {"status-422", {"status:422"}, invalid},
      {"status-429", {"status:429:1", "retry-after:1"}, Made(2)},
      {"model-gone", {"model-gone"}, model},
      {"no-credit", {"no-credit"}, balance},
      // One queue takes the job and has the model reject it.
      {"reject-content", {"reject:content"}, content, {{"fal", Failed(v1::FAILURE_REASON_CONTENT_REJECTED)}}},
  };
}

std::vector<Fault> LifeFaults() {
  const Verdict error = Failed(v1::FAILURE_REASON_PROVIDER_ERROR);
  const Verdict timeout = Failed(v1::FAILURE_REASON_PROVIDER_TIMEOUT);
  const Verdict invalid = Failed(v1::FAILURE_REASON_RESULT_INVALID);
  return {
      {"none", {}, Made()},
      {"hang", {"hang:300"}, Made()},
      {"slow-drip", {"slow-drip:1"}, Made()},
      {"unknown-status", {"unknown-status:WARMING"}, Made()},
      {"unknown-fields", {"unknown-fields"}, Made()},
      {"numbers-as-strings", {"numbers-as-strings"}, Made()},
      {"missing-cost", {"missing-cost"}, Made(), {{"vtrix", MadeUnpriced()}}},
      {"backwards", {"backwards", "run-ms:800"}, Made()},
      {"poll-404", {"poll-404:2"}, Made()},
      {"poll-status-500", {"poll-status:500:3"}, Made()},
      {"poll-lost", {"poll-lost:2"}, Made()},
      {"poll-truncated", {"poll-truncated"}, Made()},
      {"result-lost", {"result-lost:2"}, Made(), {}, {"runpod", "runware", "vtrix", "wavespeed", "openai"}},
      {"fail", {"fail"}, error},
      {"fail-content", {"fail:content"}, Failed(v1::FAILURE_REASON_CONTENT_REJECTED)},
      // A code that no page explains: a fault of the provider.
      {"fail-validation",
       {"fail:validation"},
       Failed(v1::FAILURE_REASON_VALIDATION_REJECTED),
       {{"openai", error}}},
      // Neither has a word for it.
      {"timed-out", {"timed-out"}, timeout, {{"vtrix", error}, {"openai", error}}},
      // One keeps to `completed`: see its own test.
      {"completed-with-error",
       {"completed-with-error"},
       error,
       {{"runware", invalid}, {"vtrix", invalid}},
       {"openai"}},
      {"no-video", {"no-video"}, invalid, {}, {"openai"}},
      {"expired-result", {"expired-result"}, Failed(v1::FAILURE_REASON_RESULT_LOST), {}, {"openai"}},
  };
}

// One fault at one provider.
struct Trial {
  std::string name;
  std::string account;
  std::string prompt;
  Verdict verdict;
  std::string job_id = {};
  v1::Job job = {};
  std::string next_id = {};  // of a job that came to the account after it
};

std::vector<Trial> TrialsAt(const std::string& provider) {
  std::vector<Trial> trials;
  for (const std::vector<Fault>& group : {AmbiguousFaults(), RefusalFaults(), LifeFaults()}) {
    for (const Fault& fault : group) {
      if (std::count(fault.not_at.begin(), fault.not_at.end(), provider) != 0) continue;
      const auto other = fault.other.find(provider);
      trials.push_back({fault.name, absl::StrCat(provider, "-", fault.name),
                        absl::StrCat("a boat called ", fault.name, ".", Markers(fault.markers)),
                        other == fault.other.end() ? fault.verdict : other->second});
    }
  }
  return trials;
}

class ProviderFaultsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::vector<TestAccount> accounts;
    for (const Trial& trial : trials_) accounts.push_back({trial.account});
    world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith(accounts)});
    ASSERT_TRUE(world_->Start());
  }

  // A job that no other account may take over.
  std::string Submit(const Trial& trial, const std::string& prompt) {
    v1::SubmitRequest request = world_->Request(prompt, trial.account);
    request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
    return world_->Submit(request).id();
  }

  void CheckJob(const Trial& trial) {
    const v1::Job& job = trial.job;
    EXPECT_EQ(v1::JobState_Name(job.state()), v1::JobState_Name(trial.verdict.state))
        << job.ShortDebugString();
    EXPECT_EQ(v1::FailureReason_Name(job.failure().reason()), v1::FailureReason_Name(trial.verdict.reason))
        << job.ShortDebugString();
    if (trial.verdict.state == v1::JOB_STATE_HELD) {
      EXPECT_GT(job.cost().reserved().nanos() + job.cost().reserved().units(), 0) << job.ShortDebugString();
    }
  }

  void CheckLedger(const Trial& trial) {
    const nlohmann::json ledger = world_->Ledger(trial.prompt);
    EXPECT_EQ(ledger["attempts"].size(), trial.verdict.posts) << ledger["attempts"].dump(1);
    EXPECT_EQ(ledger["creations"].size(), trial.verdict.creations) << ledger["creations"].dump(1);
    if (trial.verdict.state != v1::JOB_STATE_SUCCEEDED) return;
    EXPECT_EQ(trial.job.outputs_size(), 1);
    EXPECT_EQ(trial.job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
    const auto charged = std::stoll(ledger["totals"]["charged_nanos"].get<std::string>());
    EXPECT_EQ(trial.job.cost().settled().ShortDebugString(),
              MoneyOf(trial.verdict.settled_nanos.value_or(charged)).ShortDebugString());
  }

  std::vector<Trial> trials_ = TrialsAt(GetParam());
  std::optional<World> world_;
};

TEST_P(ProviderFaultsTest, EachHasItsVerdict) {
  for (Trial& trial : trials_) trial.job_id = Submit(trial, trial.prompt);
  for (Trial& trial : trials_) {
    SCOPED_TRACE(trial.account);
    trial.job = world_->AwaitEnd(trial.job_id, absl::Seconds(60));
    CheckJob(trial);
    if (trial.verdict.state == v1::JOB_STATE_HELD) {
      trial.next_id = Submit(trial, absl::StrCat("a boat after ", trial.name));
    }
  }
  EXPECT_TRUE(world_->ServerIsHealthy());
  for (const Trial& trial : trials_) {
    SCOPED_TRACE(trial.account);
    if (!trial.next_id.empty()) {
      // One ambiguous answer does not close the account, and while it goes on working the held job stays
      // where it is.
      EXPECT_EQ(world_->AwaitEnd(trial.next_id).state(), v1::JOB_STATE_SUCCEEDED);
      EXPECT_EQ(world_->AwaitEnd(trial.job_id).revision(), trial.job.revision());
    }
    CheckLedger(trial);
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, ProviderFaultsTest,
                         ::testing::ValuesIn(std::vector<std::string>(std::begin(kProviders),
                                                                      std::end(kProviders))),
                         [](const ::testing::TestParamInfo<std::string>& test) { return test.param; });

}  // namespace
}  // namespace zoetrope::testing
