// Where data goes: a standard output that takes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli_fixture.h"

namespace zoetrope::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

using CliOutputTest = CliTest;

constexpr char kLost[] = "error: standard output does not take what was to be printed\n";

TEST_F(CliOutputTest, ASubmissionWhoseIdCannotBePrintedSaysItElsewhere) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  for (const Out out : {Out::kFull, Out::kDeserted, Out::kClosed}) {
    for (const std::string format : {"table", "json", "jsonl"}) {
      const CliResult result = Run({"job", "submit", "-q", "--model", "m", "--output", format}, {.out = out});
      EXPECT_EQ(result.exit_code, 74) << static_cast<int>(out) << format;
      EXPECT_EQ(result.err, absl::StrCat("Job ", kJob, " is accepted.\n", kLost));
    }
    const CliResult watched = Run({"job", "submit", "-q", "--model", "m", "--watch"}, {.out = out});
    EXPECT_EQ(watched.exit_code, 74) << static_cast<int>(out);
    EXPECT_EQ(watched.err, absl::StrCat("Job ", kJob, " is accepted.\n", kLost));
  }
}

TEST_F(CliOutputTest, DataThatIsLostIsNoSuccess) {
  server_.on_list = [](const v1::ListJobsRequest&, v1::ListJobsResponse* response) {
    *response->add_jobs() = client::MakeJob(v1::JOB_STATE_RUNNING, 1);
    return grpc::Status::OK;
  };
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse* response) {
    *response->mutable_job() = client::MakeJob(v1::JOB_STATE_RUNNING, 1);
    return grpc::Status::OK;
  };
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"job", "list"},
                                             {"job", "get", kJob},
                                             {"health"},
                                             {"version"},
                                             {"--help"},
                                             {"job", "submit", "--help"}}) {
    for (const Out out : {Out::kFull, Out::kClosed}) {
      const CliResult result = Run(arguments, {.out = out});
      EXPECT_EQ(result.exit_code, 74) << testing::PrintToString(arguments);
      EXPECT_THAT(result.err, EndsWith(kLost)) << testing::PrintToString(arguments);
    }
  }
}

// The code of the job says more than that of the output.
TEST_F(CliOutputTest, AFailureKeepsItsCodeWhenItsDataIsLost) {
  ServeJob(v1::JOB_STATE_FAILED);
  const CliResult result = Run({"job", "watch", kJob, "-q"}, {.out = Out::kFull});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(result.err, kLost);
}

TEST_F(CliOutputTest, AWatchThatNobodyReadsEnds) {
  ServeEndlessJob();
  const CliResult result = Run({"job", "watch", kJob, "--output", "jsonl"}, {.out = Out::kFull});
  EXPECT_EQ(result.exit_code, 74);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr(absl::StrCat("job watch ", kJob, " --after 5\n")), EndsWith(kLost)));
}

}  // namespace
}  // namespace zoetrope::cli
