// Command lines that are refused, and what the user is told then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_fixture.h"

namespace zoetrope::cli {
namespace {

using client::RichError;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using CliUsageTest = CliTest;

// A shell hands over `''` where a variable is unset; without this the wish that it stood for is lost, and
// another video is bought than the one that was meant.
TEST_F(CliUsageTest, AnEmptyValueBuysNothing) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  for (const std::string flag : {"--model",           "--prompt",      "--prompt-file",
                                 "--negative-prompt", "--image",       "--last-image",
                                 "--reference-image", "--image-fit",   "--reference-video",
                                 "--reference-audio", "--audio-track", "--remix",
                                 "--extend",          "--duration",    "--resolution",
                                 "--aspect-ratio",    "--extra",       "--provider",
                                 "--allow",           "--max-cost",    "--deadline",
                                 "--label",           "--request-id",  "--save",
                                 "--timeout",         "--server",      "--quote"}) {
    std::vector<std::string> arguments = {"job", "submit", flag, ""};
    if (flag != "--model") arguments.insert(arguments.end(), {"--model", "m"});
    const CliResult result = flag == "--server" ? RunCli(arguments) : Run(arguments);
    EXPECT_EQ(result.exit_code, 2) << flag;
    EXPECT_THAT(result.err, HasSubstr(flag + ": ")) << flag;
  }
  EXPECT_TRUE(server_.submits().empty());
}

TEST_F(CliUsageTest, AnEmptyIdOrFilterIsNotEverything) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"job", "get", ""},
                                             {"job", "watch", ""},
                                             {"job", "cancel", ""},
                                             {"job", "list", "--provider", ""},
                                             {"job", "list", "--since", ""},
                                             {"models", ""},
                                             {"cost", ""}}) {
    const CliResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, AllOf(HasSubstr("must not be empty"), Not(HasSubstr("submitted"))));
  }
}

TEST_F(CliUsageTest, AnEmptyServerIsNotLookedFor) {
  const CliResult result = RunCli({"health", "--server", ""});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--server: must not be empty"), Not(HasSubstr(".cc:"))));
  // An empty variable is as good as none.
  EXPECT_EQ(Run({"health"}, {.environment = {{"ZOETROPE_SERVER", ""}}}).exit_code, 0);
}

TEST_F(CliUsageTest, NamesTheWordThatItDoesNotKnow) {
  const auto err = [](const std::vector<std::string>& arguments) {
    const CliResult result = RunCli(arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    return result.err;
  };
  EXPECT_EQ(err({"--bogus"}),
            "error: there is no flag --bogus\n"
            "Run with --help for more information.\n");
  EXPECT_EQ(err({"job", "submti"}),
            "error: there is no command submti\n"
            "Did you mean submit?\n"
            "Run with --help for more information.\n");
  EXPECT_THAT(err({"submit", "--model", "m"}),
              AllOf(HasSubstr("no command submit\n"), HasSubstr("mean job submit?")));
  EXPECT_THAT(err({"jbo", "list"}), AllOf(HasSubstr("no command jbo\n"), HasSubstr("mean job?")));
  EXPECT_THAT(err({"job", "submit", "--modle=m"}),
              AllOf(HasSubstr("no flag --modle=m\n"), HasSubstr("mean --model?")));
  EXPECT_THAT(err({"job", "get", "a", "b"}), HasSubstr("b is one argument too many\n"));
  EXPECT_THAT(err({"\x1b[31m"}), HasSubstr("no command ?[31m\n"));
  // Nothing unknown, only something missing.
  EXPECT_THAT(err({"job"}), HasSubstr("subcommand is required"));
  EXPECT_THAT(err({"job", "submit"}), HasSubstr("--model is required"));
}

TEST_F(CliUsageTest, ARevisionBelowNothingIsNotAskedFor) {
  const CliResult result = Run({"job", "watch", kJob, "--after", "-5"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--after: must not be negative"), Not(HasSubstr("submitted")),
                                Not(HasSubstr("goes on"))));
  EXPECT_TRUE(server_.watches().empty());
}

TEST_F(CliUsageTest, ARefusedWatchIsNotOneThatBroke) {
  for (const auto code :
       {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::NOT_FOUND, grpc::StatusCode::OUT_OF_RANGE,
        grpc::StatusCode::PERMISSION_DENIED, grpc::StatusCode::UNAUTHENTICATED,
        grpc::StatusCode::FAILED_PRECONDITION, grpc::StatusCode::UNIMPLEMENTED}) {
    server_.on_watch = [code](grpc::ServerContext*, const v1::WatchJobRequest&,
                              client::FakeServer::WatchWriter*) -> grpc::Status {
      return RichError{code, "no", "INVALID_FIELD", {}, {{"job_id", "no id"}}};
    };
    const CliResult result = Run({"job", "watch", kJob});
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("error: no"), Not(HasSubstr("submitted")), Not(HasSubstr("goes on"))))
        << code;
  }
}

TEST_F(CliUsageTest, OnlyARefusedSubmissionSaysThatNothingWasSubmitted) {
  const auto refusal = [] {
    return RichError{grpc::StatusCode::INVALID_ARGUMENT, "no", "INVALID_FIELD", {}, {{"job_id", "no id"}}};
  };
  server_.on_get = [&](const v1::GetJobRequest&, v1::GetJobResponse*) -> grpc::Status { return refusal(); };
  EXPECT_THAT(Run({"job", "get", "x"}).err, HasSubstr("next: correct the fields above\n"));
  server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    return refusal();
  };
  EXPECT_THAT(Run({"job", "submit", "--model", "m"}).err,
              HasSubstr("next: correct the fields above; nothing was submitted\n"));
  server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    return {grpc::StatusCode::INVALID_ARGUMENT, "no"};
  };
  EXPECT_THAT(Run({"job", "submit", "--model", "m"}).err, HasSubstr("next: nothing was submitted\n"));
}

}  // namespace
}  // namespace zoetrope::cli
