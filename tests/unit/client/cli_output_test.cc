// Where data goes: a standard output that takes nothing, and videos that go there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

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

TEST_F(CliOutputTest, TheVideoGoesToStandardOutputAndAllElseBeside) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  ServeVideo();
  CliResult result = Run({"job", "download", kJob, "--save", "-"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, client::VideoBytes());
  EXPECT_THAT(result.err, HasSubstr("Saved to standard output (5012 bytes, sha256 "));
  for (const std::string format : {"table", "json", "jsonl"}) {
    result = Run({"job", "submit", "--model", "m", "--save", "-", "--output", format});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, client::VideoBytes()) << format;
    EXPECT_THAT(result.err, AllOf(HasSubstr("SUCCEEDED"), HasSubstr(kJob))) << format;
  }
  EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(CliOutputTest, ADamagedVideoNeverReachesStandardOutput) {
  ServeVideo(/*damaged=*/true);
  const CliResult result = Run({"job", "download", kJob, "--save", "-"});
  EXPECT_EQ(result.exit_code, 70);
  EXPECT_EQ(result.out, "");
}

TEST_F(CliOutputTest, AVideoThatStandardOutputDoesNotTakeIsNotSaved) {
  ServeVideo();
  const CliResult result = Run({"job", "download", kJob, "--save", "-"}, {.out = Out::kFull});
  EXPECT_EQ(result.exit_code, 74);
  EXPECT_EQ(result.err, kLost);
}

TEST_F(CliOutputTest, AVideoIsNotPouredIntoATerminal) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  ServeVideo();
  CliResult result = Run({"job", "submit", "--model", "m", "--save", "-"}, {.out = Out::kTerminal});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("standard output is a terminal"));
  EXPECT_TRUE(server_.submits().empty());
  result = Run({"job", "download", kJob, "--save", "-"}, {.out = Out::kTerminal});
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(CliOutputTest, ALengthThatTheJobDoesNotHaveIsNotShown) {
  v1::Job job = client::MakeJob(v1::JOB_STATE_RUNNING, 1);
  server_.on_get = [&](const v1::GetJobRequest&, v1::GetJobResponse* response) {
    *response->mutable_job() = job;
    return grpc::Status::OK;
  };
  job.mutable_generation()->clear_duration();
  EXPECT_THAT(Run({"job", "get", kJob}).out, HasSubstr("video       720p\n"));
  // A remix is as long as the video that it is made from; the length in the generation is the model's
  // default.
  job.mutable_generation()->mutable_duration()->set_seconds(4);
  v1::SourceVideo& source = *job.mutable_generation()->mutable_source_video();
  source.set_mode(v1::SOURCE_VIDEO_MODE_REMIX);
  EXPECT_THAT(Run({"job", "get", kJob}).out, HasSubstr("video       720p\n"));
  source.set_mode(v1::SOURCE_VIDEO_MODE_EXTEND);
  EXPECT_THAT(Run({"job", "get", kJob}).out, HasSubstr("video       4s 720p\n"));
}

TEST_F(CliOutputTest, AJobSaysWhyItRunsWhereItRuns) {
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse* response) {
    v1::Job& job = *response->mutable_job();
    job = client::MakeJob(v1::JOB_STATE_RUNNING, 1);
    v1::RoutingNote* const note = job.add_routing_notes();
    note->set_provider("fal");
    note->set_offering("sora-2@fal");
    note->set_why("passed over: over max_cost by USD 0.40");
    return grpc::Status::OK;
  };
  EXPECT_THAT(Run({"job", "get", kJob}).out,
              HasSubstr("fal       sora-2@fal  passed over: over max_cost by USD 0.40"));
}

TEST_F(CliTest, ItsCallsBelongToTheTraceOfItsEnvironment) {
  constexpr char kTrace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  std::vector<std::string> seen;
  server_.on_watch = [&seen](grpc::ServerContext* context, const v1::WatchJobRequest&,
                             client::FakeServer::WatchWriter* writer) {
    const auto found = context->client_metadata().find("traceparent");
    const bool named = found != context->client_metadata().end();
    seen.push_back(named ? std::string(found->second.data(), found->second.size()) : "");
    writer->Write(client::Snapshot(client::MakeJob(v1::JOB_STATE_SUCCEEDED, 75)));
    return grpc::Status::OK;
  };
  Run({"job", "watch", kJob}, {.environment = {{"TERM", "xterm"}, {"TRACEPARENT", kTrace}}});
  Run({"job", "watch", kJob});
  // What no header may have in it would be an error of the call.
  Run({"job", "watch", kJob}, {.environment = {{"TERM", "xterm"}, {"TRACEPARENT", "a\nb"}}});
  EXPECT_EQ(seen, (std::vector<std::string>{kTrace, "", ""}));
}

}  // namespace
}  // namespace zoetrope::cli
