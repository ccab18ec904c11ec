// Why a job failed, as its caller sees it: every reason from every provider that can give it, with the
// provider's own code and words, through the real programs. protos/README.md tells callers the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto kValidation = v1::FAILURE_REASON_VALIDATION_REJECTED;
constexpr auto kContent = v1::FAILURE_REASON_CONTENT_REJECTED;
constexpr auto kAuth = v1::FAILURE_REASON_PROVIDER_AUTH_FAILED;
constexpr auto kBalance = v1::FAILURE_REASON_PROVIDER_BALANCE_EXHAUSTED;
constexpr auto kRate = v1::FAILURE_REASON_PROVIDER_RATE_LIMITED;
constexpr auto kOutage = v1::FAILURE_REASON_PROVIDER_ERROR;
constexpr auto kTimeout = v1::FAILURE_REASON_PROVIDER_TIMEOUT;
constexpr auto kModelGone = v1::FAILURE_REASON_MODEL_UNAVAILABLE;
constexpr auto kLost = v1::FAILURE_REASON_RESULT_LOST;
constexpr auto kInvalid = v1::FAILURE_REASON_RESULT_INVALID;
constexpr auto kDeadline = v1::FAILURE_REASON_DEADLINE_EXCEEDED;
constexpr auto kUnknown = v1::FAILURE_REASON_OUTCOME_UNKNOWN;

// The reasons that come from what a provider does.
constexpr v1::FailureReason kReasons[] = {kValidation, kContent,   kAuth, kBalance, kRate,     kOutage,
                                          kTimeout,    kModelGone, kLost, kInvalid, kDeadline, kUnknown};

// How a provider gives a reason, and what of its own is then to be seen.
struct Row {
  v1::FailureReason reason;
  std::string provider;
  std::vector<std::string> faults;  // of the simulator
  std::string code;                 // the provider's, whole; empty where it has none
  std::string words;                // the provider's, some of them
};

// Refusals of a submission.
std::vector<Row> RefusedRows() {
  return {
      {kValidation, "runpod", {"status:422"}, "", "Unprocessable entity"},
      {kValidation, "fal", {"status:400"}, "bad_request", "Bad request"},
      {kValidation, "runware", {"status:400"}, "invalidRequest", "Bad request"},
      {kValidation, "vtrix", {"status:400"}, "400", "Bad request"},
      {kValidation, "wavespeed", {"status:400"}, "400", "Bad request"},
      {kValidation, "openai", {"status:400"}, "invalid_request_error", "Bad request"},
      {kContent, "runpod", {"reject:content"}, "", "blocked by our moderation system"},
      {kContent, "runware", {"reject:content"}, "contentPolicyViolation", "safety system"},
      {kContent, "vtrix", {"reject:content"}, "400", "rejected by the content policy"},
      {kContent, "wavespeed", {"reject:content"}, "400", "flagged as potentially sensitive"},
      {kContent, "openai", {"reject:content"}, "moderation_blocked", "blocked by our moderation system"},
      {kBalance, "runpod", {"no-credit"}, "", "insufficient credits"},
      {kBalance, "fal", {"no-credit"}, "", "Exhausted balance"},
      {kBalance, "runware", {"no-credit"}, "insufficientCredits", "Not enough credits"},
      {kBalance, "vtrix", {"no-credit"}, "40201", "Insufficient credits"},
      {kBalance, "wavespeed", {"no-credit"}, "402", "Insufficient balance"},
      {kBalance, "openai", {"no-credit"}, "insufficient_quota", "exceeded your current quota"},
      {kModelGone, "runpod", {"model-gone"}, "", "endpoint not found"},
      {kModelGone, "fal", {"model-gone"}, "", "Application \"fal-ai/sora-2/image-to-video\" not found"},
      {kModelGone, "runware", {"model-gone"}, "modelUnavailable", "no longer available"},
      {kModelGone, "vtrix", {"model-gone"}, "404", "model sora_2_i2v not found"},
      {kModelGone, "wavespeed", {"model-gone"}, "404", "model not found"},
      {kModelGone, "openai", {"model-gone"}, "model_not_found", "does not exist"},
  };
}

// Ends of a job that was taken.
std::vector<Row> FailedRows() {
  return {
      {kValidation, "runpod", {"fail:validation"}, "400", "Invalid request body"},
      {kValidation, "fal", {"fail:validation"}, "value_error", "input was not accepted"},
      {kValidation,
       "runware",
       {"fail:validation"},
       "invalidProviderRequest",
       "did not accept the parameters"},
      {kValidation, "vtrix", {"fail:validation"}, "014001097", "was not accepted by the model"},
      {kValidation, "wavespeed", {"fail:validation"}, "", "Invalid input"},
      {kContent, "runpod", {"fail:content"}, "400", "blocked by our moderation system"},
      {kContent, "fal", {"fail:content"}, "content_policy_violation", "422"},
      {kContent, "runware", {"fail:content"}, "contentPolicyViolation", "safety system"},
      {kContent, "vtrix", {"fail:content"}, "014001097", "blocked by our moderation system"},
      {kContent, "wavespeed", {"fail:content"}, "", "flagged as potentially sensitive"},
      {kContent, "openai", {"fail:content"}, "moderation_blocked", "blocked by our moderation system"},
      {kOutage, "runpod", {"fail"}, "500", "failed to generate the video"},
      {kOutage, "fal", {"fail"}, "downstream_service_error", "Downstream service error"},
      {kOutage, "runware", {"fail"}, "inferenceError", "failed at the provider"},
      {kOutage, "vtrix", {"fail"}, "014001095", "Internal generation error"},
      {kOutage, "wavespeed", {"fail"}, "", "the upstream service returned an error"},
      {kOutage, "openai", {"fail"}, "video_generation_failed", "could not be generated"},
      {kTimeout, "runpod", {"timed-out"}, "", "job timed out"},
      {kTimeout, "fal", {"timed-out"}, "request_timeout", "Request timed out"},
      {kTimeout, "runware", {"timed-out"}, "timeoutProvider", "did not answer in time"},
      {kTimeout, "wavespeed", {"timed-out"}, "", "Prediction timed out"},
      {kInvalid, "vtrix", {"completed-with-error"}, "014001096", "Result parsing error"},
  };
}

// Where the finding is this server's, with what the provider said on the way there.
std::vector<Row> FoundRows() {
  const std::vector<std::string> load = {"status:429:1000", "retry-after:1"};
  return {
      {kRate, "runpod", load, "", "Too many requests"},
      {kRate, "fal", load, "concurrent_requests_limit", "Too many requests"},
      {kRate, "runware", load, "rateLimitExceeded", "Too many requests"},
      {kRate, "vtrix", load, "429", "Too many requests"},
      {kRate, "wavespeed", load, "429", "Too many requests"},
      {kRate, "openai", load, "rate_limit_exceeded", "Too many requests"},
      {kLost, "runpod", {"poll-404:1000"}, "", "Not Found"},
      {kLost, "fal", {"poll-404:1000"}, "", "Not Found"},
      {kLost, "runware", {"poll-404:1000"}, "taskNotFound", "Not Found"},
      {kLost, "vtrix", {"poll-404:1000"}, "404", "Not Found"},
      {kLost, "wavespeed", {"poll-404:1000"}, "404", "Not Found"},
      {kLost, "openai", {"poll-404:1000"}, "invalid_request_error", "Not Found"},
      {kUnknown, "runpod", {"status:500"}, "", "Internal server error"},
      {kUnknown, "fal", {"status:500"}, "internal_error", "Internal server error"},
      // Which is sent the same again until its deadline.
      {kUnknown, "runware", {"status:500:1000"}, "internalServerError", "Internal server error"},
      {kUnknown, "vtrix", {"status:500"}, "500", "Internal server error"},
      {kUnknown, "wavespeed", {"status:500"}, "500", "Internal server error"},
      {kUnknown, "openai", {"status:500"}, "server_error", "Internal server error"},
  };
}

constexpr const char* kBadKey[][3] = {
    {"runpod", "", "unauthorized"},
    {"fal", "", "invalid key credentials"},
    {"runware", "invalidApiKey", "The API key is not valid"},
    {"vtrix", "401", "invalid API key"},
    {"wavespeed", "401", "invalid authentication"},
    {"openai", "invalid_api_key", "Incorrect API key provided"},
};

std::vector<Row> AllRows() {
  std::vector<Row> rows = RefusedRows();
  for (Row& row : FailedRows()) rows.push_back(std::move(row));
  for (Row& row : FoundRows()) rows.push_back(std::move(row));
  for (const auto& [provider, code, words] : kBadKey) rows.push_back({kAuth, provider, {}, code, words});
  for (const std::string provider : kProviders) {
    rows.push_back({kDeadline, provider, {"never-finishes"}, "", ""});
    // A completed job of this one has its file where its id says; no answer can leave it out.
    if (provider != "openai") rows.push_back({kInvalid, provider, {"no-video"}, "", ""});
  }
  // The others find what was made.
  for (const std::string provider : {"runpod", "vtrix"})
    rows.push_back({kUnknown, provider, {"lost-reply"}, "", ""});
  return rows;
}

bool Has(const std::vector<Row>& rows, v1::FailureReason reason, const std::string& provider) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return row.reason == reason && row.provider == provider; });
}

// The last column of a reason's row in protos/README.md: who cannot give it, and why. In lower case.
std::string NotFrom(v1::FailureReason reason) {
  std::ifstream in(absl::StrCat(ZOETROPE_SOURCE_DIR, "/protos/README.md"));
  const std::string name = v1::FailureReason_Name(reason).substr(std::string("FAILURE_REASON_").size());
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(absl::StrCat("| `", name, "` |"))) continue;
    const std::size_t end = line.rfind('|');
    const std::size_t begin = line.rfind('|', end - 1);
    return absl::AsciiStrToLower(line.substr(begin, end - begin));
  }
  ADD_FAILURE() << "protos/README.md does not tell of " << name;
  return "";
}

TEST(FailureReasonsTableTest, TellsWhoGivesWhat) {
  const std::vector<Row> rows = AllRows();
  for (const v1::FailureReason reason : kReasons) {
    for (const std::string provider : kProviders) {
      const bool named = NotFrom(reason).find(provider) != std::string::npos;
      EXPECT_NE(Has(rows, reason, provider), named) << v1::FailureReason_Name(reason) << " from " << provider;
    }
  }
}

struct Trial {
  Row row;
  std::string account;
  std::string prompt;
  std::string job_id = {};
};

class FailureReasonsTest : public ::testing::Test {
 protected:
  // Each row at an account of its own.
  static std::vector<Trial> Trials() {
    std::vector<Trial> trials;
    for (const Row& row : AllRows()) {
      const std::string number = absl::StrCat("row-", trials.size(), ".");
      trials.push_back({row, absl::StrCat(row.provider, "-", trials.size()),
                        absl::StrCat("a boat called ", number, Markers(row.faults))});
    }
    return trials;
  }

  void Start(const std::vector<Trial>& trials) {
    std::vector<TestAccount> accounts;
    for (const Trial& trial : trials)
      accounts.push_back({trial.account, trial.row.reason == kAuth ? "bad-key" : "sandbox"});
    world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith(accounts)});
    ASSERT_TRUE(world_->Start());
  }

  std::string Submit(const Trial& trial) {
    v1::SubmitRequest request = world_->Request(trial.prompt, trial.account);
    request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
    request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_ABANDON);
    const bool endless = trial.row.reason == kUnknown && trial.row.provider == "runware";
    if (trial.row.reason == kRate || trial.row.reason == kDeadline || endless)
      request.mutable_deadline()->set_seconds(10);
    return world_->Submit(request).id();
  }

  std::optional<World> world_;
};

TEST_F(FailureReasonsTest, EachComesFromEveryProviderThatCanGiveIt) {
  std::vector<Trial> trials = Trials();
  ASSERT_NO_FATAL_FAILURE(Start(trials));
  for (Trial& trial : trials) trial.job_id = Submit(trial);
  for (const Trial& trial : trials) {
    const Row& row = trial.row;
    SCOPED_TRACE(
        absl::StrCat(v1::FailureReason_Name(row.reason), " from ", row.provider, Markers(row.faults)));
    const v1::Job job = world_->AwaitEnd(trial.job_id, absl::Seconds(60));
    EXPECT_EQ(v1::JobState_Name(job.state()), "JOB_STATE_FAILED");
    ASSERT_EQ(job.attempts_size(), 1);
    std::vector<v1::Failure> failures = {job.failure()};
    // What ended the attempt is what its caller is told. One that the provider still has has not failed.
    if (row.reason != kDeadline) failures.push_back(job.attempts(0).failure());
    for (const v1::Failure& failure : failures) {
      EXPECT_EQ(v1::FailureReason_Name(failure.reason()), v1::FailureReason_Name(row.reason));
      EXPECT_EQ(failure.provider(), trial.account);
      EXPECT_EQ(failure.provider_code(), row.code);
      EXPECT_THAT(failure.message(), HasSubstr(row.words));
    }
    EXPECT_EQ(job.outputs_size(), 0);
  }
}

// A video of this provider is where its id says: that it is gone, or never was, shows when it is fetched.
TEST_F(FailureReasonsTest, WhatOnlyTheDownloadShows) {
  world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith({TestAccount{"openai"}})});
  ASSERT_TRUE(world_->Start());
  for (const std::string fault : {"expired-result", "completed-with-error"}) {
    SCOPED_TRACE(fault);
    v1::SubmitRequest request = world_->Request("a boat" + Markers({fault}), "openai");
    const v1::Job job = world_->AwaitEnd(world_->Submit(request).id());
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
    v1::DownloadVideoRequest wanted;
    wanted.set_job_id(job.id());
    grpc::ClientContext context;
    const auto stream = world_->stub().DownloadVideo(&context, wanted);
    v1::DownloadVideoResponse message;
    while (stream->Read(&message)) EXPECT_FALSE(message.has_chunk());
    EXPECT_EQ(ReadError(stream->Finish()).reason, "RESULT_LOST");
  }
}

// A provider may say anything: what a caller sees of it is bounded and printable, without what looks like a
// key.
TEST_F(FailureReasonsTest, WhatAProviderSaysIsBoundedAndClean) {
  world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith({TestAccount{"openai"}})});
  ASSERT_TRUE(world_->Start());
  const std::string key = "sk_0123456789abcdefghijklmnopqrstuvwxyz";
  std::string code = key + " \xE2\x80\xAE turned";
  for (int i = 0; i < 300; ++i) code += "\xC3\xA4";
  // The simulator has a job fail with the code that it is given.
  const v1::SubmitRequest request = world_->Request("a boat" + Markers({"fail:" + code}), "openai");
  const v1::Job job = world_->AwaitEnd(world_->Submit(request).id());
  const std::string& shown = job.failure().provider_code();
  EXPECT_EQ(job.failure().reason(), kOutage);
  EXPECT_EQ(CountCodePoints(shown), limits::kProviderCodeChars);
  EXPECT_TRUE(shown.starts_with("[removed] turned\xC3\xA4")) << shown;
}

}  // namespace
}  // namespace zoetrope::testing
