// The operator's commands of the real program, against a server in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli_fixture.h"
#include "fake_admin.h"

namespace zoetrope::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kAttempt[] = "6f1c2b3a-0000-4000-8000-000000000001";

class CliAttemptTest : public ::testing::Test {
 protected:
  CliAttemptTest() {
    admin_.on_list = [this](const admin::v1::ListHeldAttemptsRequest& request,
                            admin::v1::ListHeldAttemptsResponse* response) {
      listed_.push_back(request);
      admin::v1::HeldAttempt& held = *response->add_attempts();
      held.set_job_id(kJob);
      held.set_tenant("default");
      held.set_job_state(v1::JOB_STATE_HELD);
      held.set_marker(std::string("zoetrope-attempt=") + kAttempt);
      held.mutable_expire_time()->set_seconds(1'800'604'800);
      v1::Attempt& attempt = *held.mutable_attempt();
      attempt.set_id(kAttempt);
      attempt.set_provider("fal");
      attempt.set_offering("sora-2/image-to-video@fal");
      attempt.mutable_intent_time()->set_seconds(1'800'000'000);
      attempt.mutable_failure()->set_message("no answer");
      *attempt.mutable_cost()->mutable_reserved() = client::Usd(0, 800'000'000);
      return grpc::Status::OK;
    };
    admin_.on_resolve = [this](const admin::v1::ResolveAttemptRequest& request,
                               admin::v1::ResolveAttemptResponse* response) {
      resolved_.push_back(request);
      v1::Job& job = *response->mutable_job();
      job = client::MakeJob(v1::JOB_STATE_RUNNING, 5);
      v1::Attempt& attempt = *job.add_attempts();
      attempt.set_id(kAttempt);
      attempt.set_state(v1::ATTEMPT_STATE_ACKED);
      attempt.mutable_resolution()->set_kind(v1::RESOLUTION_KIND_ADOPTED);
      attempt.mutable_resolution()->set_note(request.note());
      attempt.mutable_resolution()->mutable_time()->set_seconds(1'800'000'100);
      return grpc::Status::OK;
    };
  }

  CliResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--admin", admin_.address()});
    return RunCli(arguments);
  }

  client::FakeAdmin admin_;
  std::vector<admin::v1::ListHeldAttemptsRequest> listed_;
  std::vector<admin::v1::ResolveAttemptRequest> resolved_;
};

TEST_F(CliAttemptTest, ListsWhatWaits) {
  const CliResult result = Run({"attempt", "list", "--held", "--provider", "fal"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("UNTIL"), HasSubstr(kJob), HasSubstr(kAttempt),
                    HasSubstr("2027-01-15T08:00:00Z"), HasSubstr("2027-01-22T08:00:00Z"),
                    HasSubstr("USD 0.80"), HasSubstr("zoetrope-attempt="), HasSubstr("no answer")));
  ASSERT_EQ(listed_.size(), 1u);
  EXPECT_EQ(listed_[0].provider(), "fal");
}

TEST_F(CliAttemptTest, ListsForPrograms) {
  const CliResult json = Run({"attempt", "list", "--json"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"attempts\": ["), HasSubstr("\"expire_time\"")));
  const CliResult quiet = Run({"attempt", "list", "-q"});
  EXPECT_EQ(quiet.out, std::string(kAttempt) + "\n");
}

TEST_F(CliAttemptTest, TakesTheAddressFromTheEnvironment) {
  CliProcess::Options options;
  options.environment["ZOETROPE_ADMIN"] = admin_.address();
  EXPECT_EQ(RunCli({"attempt", "list"}, options).exit_code, 0);
}

TEST_F(CliAttemptTest, DecidesByTheJob) {
  const CliResult result = Run({"attempt", "resolve", kJob, "--adopt", "theirs", "--note", "seen"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(resolved_.size(), 1u);
  EXPECT_EQ(resolved_[0].job_id(), kJob);
  EXPECT_EQ(resolved_[0].attempt_id(), "");
  EXPECT_EQ(resolved_[0].adopt().provider_job_id(), "theirs");
  EXPECT_EQ(resolved_[0].note(), "seen");
  EXPECT_TRUE(listed_.empty());
  EXPECT_THAT(result.out, AllOf(HasSubstr("DECISION"), HasSubstr("2027-01-15T08:01:40Z  ADOPTED")));
}

TEST_F(CliAttemptTest, DecidesByTheAttempt) {
  EXPECT_EQ(Run({"attempt", "resolve", kAttempt, "--not-created", "--note", "seen"}).exit_code, 0);
  EXPECT_EQ(Run({"attempt", "resolve", kAttempt, "--abandon", "--note", "seen"}).exit_code, 0);
  ASSERT_EQ(resolved_.size(), 2u);
  EXPECT_TRUE(resolved_[0].has_not_created());
  EXPECT_TRUE(resolved_[1].has_abandon());
  for (const auto& request : resolved_) {
    EXPECT_EQ(request.job_id(), kJob);
    EXPECT_EQ(request.attempt_id(), kAttempt);
  }
}

TEST_F(CliAttemptTest, AnAttemptThatDoesNotWaitIsNotFound) {
  const CliResult result =
      Run({"attempt", "resolve", "6f1c2b3a-0000-4000-8000-00000000ffff", "--abandon", "--note", "seen"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("name its job"));
  EXPECT_TRUE(resolved_.empty());
}

TEST_F(CliAttemptTest, ExactlyOneDecisionAndAReason) {
  const std::vector<std::vector<std::string>> wrong = {{"--note", "seen"},
                                                       {"--abandon"},
                                                       {"--abandon", "--not-created", "--note", "seen"},
                                                       {"--adopt", "theirs", "--abandon", "--note", "seen"},
                                                       {"--adopt", "", "--note", "seen"}};
  for (const std::vector<std::string>& flags : wrong) {
    std::vector<std::string> arguments = {"attempt", "resolve", kJob};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const CliResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(flags) << result.err;
  }
  EXPECT_TRUE(resolved_.empty());
}

TEST_F(CliAttemptTest, SaysWhatWasDecidedInstead) {
  admin_.on_resolve = [](const admin::v1::ResolveAttemptRequest&,
                         admin::v1::ResolveAttemptResponse*) -> grpc::Status {
    return client::RichError{grpc::StatusCode::FAILED_PRECONDITION,
                             "decided already",
                             "ATTEMPT_RESOLVED",
                             {{"resolution", "NOT_CREATED"}}};
  };
  const CliResult result = Run({"attempt", "resolve", kJob, "--abandon", "--note", "seen"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, AllOf(HasSubstr("ATTEMPT_RESOLVED"), HasSubstr("NOT_CREATED")));
}

TEST_F(CliAttemptTest, SaysWhereItLooked) {
  const CliResult result = RunCli({"attempt", "list", "--admin", "127.0.0.1:1", "--timeout", "20s"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_THAT(result.err, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("--admin")));
}

}  // namespace
}  // namespace zoetrope::cli
