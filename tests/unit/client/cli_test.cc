// The real program against a server in this process: what it prints, and what it exits with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "cli_fixture.h"

namespace zoetrope::cli {
namespace {

using client::FakeServer;
using client::MakeJob;
using client::Revision;
using client::RichError;
using client::Snapshot;
using client::Usd;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(CliTest, SubmitPrintsTheJobAndHowToWatchIt) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job", "submit", "--model", "sora-2", "--prompt", "a fox"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "job         0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f\n"
            "request id  r-1\n"
            "state       QUEUED\n"
            "revision    1\n"
            "model       sora-2\n"
            "video       8s 720p\n"
            "quoted      USD 0.80\n"
            "reserved    USD 0.80\n"
            "settlement  RESERVED\n"
            "created     2026-11-20T05:00:00Z\n");
  EXPECT_EQ(Normal(result.err),
            absl::StrCat("To watch it:\n  zoetrope --server SERVER job watch ", kJob, "\n"));
}

TEST_F(CliTest, SubmitSendsWhatTheFlagsSay) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job",
                                "submit",
                                "-q",
                                "--model",
                                "sora-2",
                                "--prompt-file",
                                "-",
                                "--negative-prompt",
                                "rain",
                                "--image",
                                "https://example.com/a.png",
                                "--reference-image",
                                "https://example.com/b.png",
                                "--image-fit",
                                "cover",
                                "--duration",
                                "8s",
                                "--resolution",
                                "720p",
                                "--aspect-ratio",
                                "16:9",
                                "--no-audio",
                                "--seed",
                                "0",
                                "--count",
                                "2",
                                "--extra",
                                "ttl=60",
                                "--extra",
                                "note:s=7",
                                "--allow",
                                "fal",
                                "--allow",
                                "runware",
                                "--strategy",
                                "fastest",
                                "--failover",
                                "failed",
                                "--max-cost",
                                "1.20",
                                "--quote",
                                "q-1",
                                "--deadline",
                                "15m",
                                "--label",
                                "team=a",
                                "--request-id",
                                "mine",
                                "--on-unknown",
                                "abandon"},
                               {.input = "a fox\nruns\n"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, absl::StrCat(kJob, "\n"));
  EXPECT_EQ(result.err, "");
  const v1::SubmitRequest request = server_.submits().at(0);
  EXPECT_EQ(request.generation().prompt(), "a fox\nruns");
  EXPECT_EQ(request.generation().first_frame().fit(), v1::IMAGE_FIT_COVER);
  EXPECT_EQ(request.generation().reference_images(0).url(), "https://example.com/b.png");
  EXPECT_TRUE(request.generation().has_audio());
  EXPECT_FALSE(request.generation().audio());
  EXPECT_TRUE(request.generation().has_seed());
  EXPECT_EQ(request.generation().extras(0).integer_value(), 60);
  EXPECT_EQ(request.generation().extras(1).string_value(), "7");
  EXPECT_EQ(request.generation().duration().seconds(), 8);
  EXPECT_EQ(request.generation().count(), 2);
  EXPECT_EQ(request.routing().allowed_providers_size(), 2);
  EXPECT_EQ(request.routing().strategy(), v1::ROUTING_STRATEGY_FASTEST);
  EXPECT_EQ(request.routing().failover(), v1::FAILOVER_POLICY_AFTER_FAILED);
  EXPECT_EQ(request.max_cost().SerializeAsString(), Usd(1, 200'000'000).SerializeAsString());
  EXPECT_EQ(request.quote_id(), "q-1");
  EXPECT_EQ(request.deadline().seconds(), 900);
  EXPECT_EQ(request.labels().at("team"), "a");
  EXPECT_EQ(request.request_id(), "mine");
  EXPECT_EQ(request.unknown_outcome_policy(), v1::UNKNOWN_OUTCOME_POLICY_ABANDON);
}

TEST_F(CliTest, WatchPrintsOnePlainLinePerRevision) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job", "watch", kJob, "--logs"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err,
            "revision 1  QUEUED  1s  USD 0.80 reserved\n"
            "revision 2  RUNNING  2s  fal  USD 0.80 reserved\n"
            "log  hello?[31m\n"
            "revision 3  SUCCEEDED  1m15s  USD 0.80\n");
  EXPECT_THAT(result.out, HasSubstr("state       SUCCEEDED\n"));
  EXPECT_THAT(result.out, HasSubstr("charged     USD 0.80\noverrun     USD 0.0125 more"));
}

TEST_F(CliTest, WatchAsJsonLinesPrintsEveryEvent) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job", "watch", kJob, "--after", "2", "--output", "jsonl", "-q"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("{\"progress\":{\"progress\":0.42}}\n{\"log\":{\"message\":"));
  EXPECT_THAT(result.out, HasSubstr("{\"revision\":{\"revision\":\"3\",\"job\":{\"id\":\"0199f3c2"));
}

TEST_F(CliTest, WatchFromTheLastRevisionStillShowsTheJob) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  server_.on_watch = [](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter*) {
    return grpc::Status::OK;
  };
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse* response) {
    *response->mutable_job() = MakeJob(v1::JOB_STATE_CANCELLED, 3);
    return grpc::Status::OK;
  };
  const CliResult result = Run({"job", "watch", kJob, "--after", "3"});
  EXPECT_EQ(result.exit_code, 8);
  EXPECT_THAT(result.out, HasSubstr("state       CANCELLED\n"));
}

TEST_F(CliTest, TheEndOfTheJobIsTheExitCode) {
  ServeJob(v1::JOB_STATE_FAILED);
  CliResult result = Run({"job", "submit", "--model", "m", "--watch"});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_THAT(result.out, HasSubstr("failure     CONTENT_REJECTED: the prompt was refused\n"));
  ServeJob(v1::JOB_STATE_CANCELLED);
  result = Run({"job", "submit", "--model", "m", "--watch"});
  EXPECT_EQ(result.exit_code, 8);
}

TEST_F(CliTest, SubmitLeavesAHeldJobAndSaysSo) {
  ServeJob(v1::JOB_STATE_HELD);
  const CliResult result = Run({"job", "submit", "--model", "m", "--save", testing::TempDir() + "held.mp4"});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_THAT(result.err, HasSubstr("The job is HELD"));
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("job watch ", kJob, " --after 3\n")));
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("job download ", kJob, " --save ")));
  EXPECT_THAT(result.out, HasSubstr("state       HELD\n"));
}

TEST_F(CliTest, WatchWaitsForAHeldJobUnlessToldOtherwise) {
  server_.on_watch = [](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter* writer) {
    writer->Write(Snapshot(MakeJob(v1::JOB_STATE_HELD, 1)));
    writer->Write(Revision(MakeJob(v1::JOB_STATE_SUCCEEDED, 2)));
    return grpc::Status::OK;
  };
  CliResult result = Run({"job", "watch", kJob});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("The job is HELD"), HasSubstr("SUCCEEDED")));
  result = Run({"job", "watch", kJob, "--exit-on-held"});
  EXPECT_EQ(result.exit_code, 7);
}

TEST_F(CliTest, CtrlCDetachesAndSaysHowToGoOn) {
  ServeEndlessJob();
  CliProcess process(WithServer({"job", "watch", kJob, "--until", "settled"}), {});
  process.AwaitMessage("revision 5");
  process.Interrupt();
  const CliResult result = process.Finish();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(
      Normal(result.err),
      EndsWith(absl::StrCat("Detached; the job goes on. To watch on:\n  zoetrope --server SERVER job watch ",
                            kJob, " --after 5 --until settled\n")));
  EXPECT_EQ(result.out, "");
}

TEST_F(CliTest, CtrlCWhileSubmittingSaysHowToFindOut) {
  const auto done = std::make_shared<absl::Notification>();
  server_.on_submit = [done](const v1::SubmitRequest&, v1::SubmitResponse*) {
    done->WaitForNotification();
    return grpc::Status::OK;
  };
  CliProcess process(WithServer({"job", "submit", "--model", "m", "--prompt", "p"}), {});
  server_.AwaitSubmit();
  process.Interrupt();
  const CliResult result = process.Finish();
  done->Notify();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("with --request-id ", server_.submits()[0].request_id(),
                                                 " finds it or makes it, never a second one")));
}

TEST_F(CliTest, TheTimeLimitEndsTheWatchAndNotTheJob) {
  ServeEndlessJob();
  const CliResult result = Run({"job", "watch", kJob, "--timeout", "300ms"});
  EXPECT_EQ(result.exit_code, 124);
  EXPECT_THAT(result.err, HasSubstr("The job goes on. To watch on:\n"));
}

TEST_F(CliTest, SavesTheVideo) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  ServeVideo();
  const std::string path = testing::TempDir() + "zoetrope_cli_save.mp4";
  std::filesystem::remove(path);
  CliResult result = Run({"job", "submit", "--model", "m", "--save", path});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("Saved "));
  EXPECT_EQ(std::filesystem::file_size(path), client::VideoBytes().size());
  // The second time nothing is even submitted: the place is taken.
  result = Run({"job", "submit", "--model", "m", "--save", path});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("exists already; --force replaces it"));
  EXPECT_EQ(server_.submits().size(), 1u);
  result = Run({"job", "download", kJob, "--save", path, "--force"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::filesystem::remove(path);
}

TEST_F(CliTest, KeepsNoDamagedVideo) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  ServeVideo(/*damaged=*/true);
  const std::string path = testing::TempDir() + "zoetrope_cli_damaged.mp4";
  const CliResult result = Run({"job", "submit", "--model", "m", "--save", path});
  EXPECT_EQ(result.exit_code, 70);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("the download is damaged"), HasSubstr("The video is made. To save it:\n")));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(CliTest, AnErrorSaysWhatIsWrongAndWhatToDo) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    return RichError{grpc::StatusCode::INVALID_ARGUMENT,
                     "2 fields are wrong",
                     "INVALID_FIELD",
                     {},
                     {{"generation.prompt", "must not be empty"}, {"deadline", "at least 10s"}}};
  };
  const CliResult result = Run({"job", "submit", "--model", "m"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "error: 2 fields are wrong (INVALID_ARGUMENT)\n"
            "reason: INVALID_FIELD\n"
            "field: generation.prompt: must not be empty\n"
            "field: deadline: at least 10s\n"
            "next: correct the fields above; nothing was submitted\n");
}

TEST_F(CliTest, EachRefusalHasItsExitCodeAndItsAdvice) {
  struct Case {
    RichError error;
    int exit_code;
    std::string advice;
  };
  const Case cases[] = {
      {{grpc::StatusCode::NOT_FOUND, "no", "MODEL_NOT_FOUND"}, 3, "models` lists the models"},
      {{grpc::StatusCode::FAILED_PRECONDITION, "no", "MODEL_RETIRED", {{"replacement", "sora-3"}}},
       4,
       "use --model sora-3"},
      {{grpc::StatusCode::FAILED_PRECONDITION, "no", "MAX_COST_EXCEEDED", {{"price", "USD 1.30"}}},
       4,
       "raise --max-cost to USD 1.30"},
      {{grpc::StatusCode::ALREADY_EXISTS, "no", "REQUEST_ID_REUSED", {{"job_id", "j7"}}}, 4, "job get j7`"},
      {{grpc::StatusCode::RESOURCE_EXHAUSTED, "no", "QUEUE_FULL", {}, {}, absl::Seconds(3)},
       5,
       "retry after: 3s"},
      {{grpc::StatusCode::INTERNAL, "no", "INTERNAL", {{"incident", "i-9"}}}, 70, "--request-id"},
  };
  for (const Case& c : cases) {
    server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) { return grpc::Status(c.error); };
    const CliResult result = Run({"job", "submit", "--model", "m", "-q"});
    EXPECT_EQ(result.exit_code, c.exit_code) << c.error.reason;
    EXPECT_THAT(result.err, HasSubstr(c.advice)) << c.error.reason;
  }
}

TEST_F(CliTest, ADuplicateIsNamed) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job", "submit", "--model", "m", "--request-id", "again"});
  EXPECT_THAT(result.err, HasSubstr("already stands for this job; no new one was made"));
}

TEST_F(CliTest, ListsAndGetsAndCancels) {
  server_.on_list = [](const v1::ListJobsRequest& request, v1::ListJobsResponse* response) {
    EXPECT_EQ(request.states(0), v1::JOB_STATE_RUNNING);
    for (int i = 0; i < 3; ++i) *response->add_jobs() = MakeJob(v1::JOB_STATE_RUNNING, 1);
    response->mutable_jobs(0)->add_attempts()->set_provider("fal");
    return grpc::Status::OK;
  };
  CliResult result = Run({"job", "list", "--state", "running", "--limit", "2"});
  EXPECT_EQ(result.out,
            "JOB                                   STATE    MODEL   PROVIDER  COST               CREATED\n"
            "0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f  RUNNING  sora-2  fal       USD 0.80 reserved  "
            "2026-11-20T05:00:00Z\n"
            "0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f  RUNNING  sora-2  -         USD 0.80 reserved  "
            "2026-11-20T05:00:00Z\n");
  EXPECT_EQ(result.err, "There are more; --limit raises the number from 2.\n");
  result = Run({"job", "list", "--state", "sleeping"});
  EXPECT_EQ(result.exit_code, 2);
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse*) -> grpc::Status {
    return RichError{grpc::StatusCode::NOT_FOUND, "no such job", "JOB_NOT_FOUND"};
  };
  result = Run({"job", "get", "x"});
  EXPECT_EQ(result.exit_code, 3);
  server_.on_cancel = [](const v1::CancelJobRequest&, v1::CancelJobResponse* response) {
    *response->mutable_job() = MakeJob(v1::JOB_STATE_CANCELLED, 2);
    return grpc::Status::OK;
  };
  result = Run({"job", "cancel", kJob, "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr(" \"state\": \"JOB_STATE_CANCELLED\",\n"));
  EXPECT_THAT(result.err, HasSubstr("What the provider charges is not known yet."));
}

TEST_F(CliTest, RoutingTakesWeightsByName) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  CliResult result = Run({"job", "submit", "-q", "--model", "sora-2", "--prompt", "p", "--strategy",
                          "weighted", "--weight", "cost=3", "--weight", "reliability=100"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const v1::Routing routing = server_.submits().at(0).routing();
  EXPECT_EQ(routing.strategy(), v1::ROUTING_STRATEGY_WEIGHTED);
  EXPECT_EQ(routing.weights().cost(), 3);
  EXPECT_EQ(routing.weights().speed(), 0);
  EXPECT_EQ(routing.weights().reliability(), 100);
  EXPECT_EQ(Run({"job", "submit", "-q", "--model", "m", "--prompt", "p", "--strategy", "reliable"}).exit_code,
            0);
  EXPECT_EQ(server_.submits().at(1).routing().strategy(), v1::ROUTING_STRATEGY_MOST_RELIABLE);
  EXPECT_FALSE(server_.submits().at(1).routing().has_weights());
  for (const char* wrong : {"cost", "cost=", "cost=x", "time=1", "=1"}) {
    result = Run({"job", "submit", "-q", "--model", "m", "--prompt", "p", "--weight", wrong});
    EXPECT_EQ(result.exit_code, 2) << wrong;
    EXPECT_THAT(result.err, HasSubstr("is not cost=N, speed=N or reliability=N")) << wrong;
  }
}

void AddOffering(v1::Model& model, v1::GenerationMode mode, const std::string& provider, int32_t nanos,
                 v1::PriceCertainty certainty) {
  v1::Offering& offering = *model.add_offerings();
  offering.set_dialect("fal");
  offering.set_provider(provider);
  offering.set_configured(!provider.empty());
  offering.set_mode(mode);
  *offering.mutable_lifecycle() = model.lifecycle();
  if (nanos > 0) *offering.mutable_price() = Usd(0, nanos);
  offering.set_price_certainty(certainty);
}

TEST_F(CliTest, ModelsAreAMatrix) {
  std::vector<int64_t> seconds;
  server_.on_models = [&](const v1::ListModelsRequest& request, v1::ListModelsResponse* response) {
    seconds.push_back(request.price_duration().seconds());
    v1::Model& model = *response->add_models();
    model.set_id(request.page_token().empty() ? "sora-2" : "wan-2.6");
    model.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_ACTIVE);
    if (!request.page_token().empty()) {
      AddOffering(model, v1::GENERATION_MODE_TEXT_TO_VIDEO, "fal", 900'000'000, v1::PRICE_CERTAINTY_EXACT);
      AddOffering(model, v1::GENERATION_MODE_IMAGE_TO_VIDEO, "fal", 800'000'000,
                  v1::PRICE_CERTAINTY_ESTIMATE);
      AddOffering(model, v1::GENERATION_MODE_IMAGE_TO_VIDEO, "fal", 0, v1::PRICE_CERTAINTY_UNSPECIFIED);
      // Cheaper than a new video, and no price of one.
      AddOffering(model, v1::GENERATION_MODE_EXTEND, "fal", 400'000'000, v1::PRICE_CERTAINTY_ESTIMATE);
      AddOffering(model, v1::GENERATION_MODE_TEXT_TO_VIDEO, "", 0, v1::PRICE_CERTAINTY_UNKNOWN);
      AddOffering(model, v1::GENERATION_MODE_REMIX, "fal", 0, v1::PRICE_CERTAINTY_UNSPECIFIED);
      model.mutable_offerings(5)->mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_DISABLED);
      return grpc::Status::OK;
    }
    response->set_next_page_token("2");
    model.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_RETIRED);
    model.mutable_lifecycle()->set_sunset_date("2026-09-24");
    model.mutable_lifecycle()->set_replacement("wan-2.6");
    AddOffering(model, v1::GENERATION_MODE_IMAGE_TO_VIDEO, "openai", 800'000'000, v1::PRICE_CERTAINTY_EXACT);
    // Whatever an offering says of itself, it ends with its model.
    model.mutable_offerings(0)->clear_lifecycle();
    model.mutable_offerings(0)->mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_ACTIVE);
    v1::Model& bare = *response->add_models();
    bare.set_id("veo");
    bare.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_DEPRECATING);
    return grpc::Status::OK;
  };
  CliResult result = Run({"models"});
  EXPECT_EQ(result.out,
            "MODEL    LIFE   UNTIL       INSTEAD  PROVIDER  HERE  FROM        PRICE OF 8s\n"
            "sora-2   dead   2026-09-24  wan-2.6  openai    yes   image       USD 0.80\n"
            "veo      dying  -           -        -         -     -           -\n"
            "wan-2.6  alive  -           -        fal       yes   text,image  ~USD 0.80\n"
            "wan-2.6  alive  -           -        fal       yes   extend      ~USD 0.40\n"
            "wan-2.6  alive  -           -        fal       no    text        unknown\n"
            "wan-2.6  off    -           -        fal       yes   remix       -\n");
  EXPECT_EQ(seconds, (std::vector<int64_t>{8, 8}));
  Run({"models", "--duration", "10s"});
  EXPECT_EQ(seconds.back(), 10);
  result = Run({"models", "-q"});
  EXPECT_EQ(result.out, "sora-2\nveo\nwan-2.6\n");
}

// Wan makes 5, 10 and 15 s, and the asked 8 s have no price: that of 10 s stands there, and says so.
TEST_F(CliTest, ModelsPricesTheNextLengthThatThereIs) {
  std::vector<int64_t> seconds;
  server_.on_models = [&](const v1::ListModelsRequest& request, v1::ListModelsResponse* response) {
    seconds.push_back(request.price_duration().seconds());
    const bool ten = seconds.back() == 10;
    v1::Model& model = *response->add_models();
    model.set_id("wan-2.6");
    model.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_ACTIVE);
    for (const auto mode : {v1::GENERATION_MODE_TEXT_TO_VIDEO, v1::GENERATION_MODE_IMAGE_TO_VIDEO}) {
      AddOffering(model, mode, "fal", ten ? 500'000'000 : 0,
                  ten ? v1::PRICE_CERTAINTY_EXACT : v1::PRICE_CERTAINTY_UNSPECIFIED);
      for (const int length : {15, 5, 10})
        model.mutable_offerings()->rbegin()->add_durations()->set_seconds(length);
    }
    return grpc::Status::OK;
  };
  EXPECT_EQ(Run({"models"}).out,
            "MODEL    LIFE   UNTIL  INSTEAD  PROVIDER  HERE  FROM        PRICE OF 8s\n"
            "wan-2.6  alive  -      -        fal       yes   text,image  USD 0.50 for 10s\n");
  EXPECT_EQ(seconds, (std::vector<int64_t>{8, 10}));
}

TEST_F(CliTest, AModelThatIsNotThereHasNoTable) {
  server_.on_models = [](const v1::ListModelsRequest&, v1::ListModelsResponse*) { return grpc::Status::OK; };
  const CliResult result = Run({"models", "nope"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("the catalogue has no model 'nope'"));
  EXPECT_THAT(Run({"models"}).out, HasSubstr("MODEL"));
}

TEST_F(CliTest, HealthIsAnExitCode) {
  CliResult result = Run({"health"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "SERVING\n");
  result = RunCli({"health", "--server", "127.0.0.1:1"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_THAT(result.err, HasSubstr("is a server running at 127.0.0.1:1?"));
  result = Run({"health", "--json"});
  EXPECT_EQ(result.out, "{\n \"status\": \"SERVING\"\n}\n");
}

TEST_F(CliTest, TheServerIsAlsoNamedByTheEnvironment) {
  EXPECT_EQ(RunCli({"health"}, {.environment = {{"ZOETROPE_SERVER", server_.address()}}}).exit_code, 0);
}

TEST_F(CliTest, WrongUseIsTwoAndHelpIsZero) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"jobs"},
           {"job"},
           {"job", "submit"},
           {"job", "submit", "--model", "m", "--strategy", "luck"},
           {"job", "submit", "--model", "m", "--max-cost", "-1"},
           {"job", "submit", "--model", "m", "--image", "none.png"},
           {"job", "submit", "--model", "m", "--validate-only", "--save", "x.mp4"},
           {"health", "--output", "xml"},
           {"health", "--timeout", "soon"},
           {"job", "submit", "--model", "m", "--extra", "a=1", "--extra", "a=2"}}) {
    EXPECT_EQ(Run(arguments).exit_code, 2) << testing::PrintToString(arguments);
  }
  const CliResult help = RunCli({"job", "submit", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("Exit codes:"), HasSubstr("  124  --timeout is over")));
  EXPECT_THAT(RunCli({"version"}).out, StartsWith("zoetrope "));
}

TEST_F(CliTest, ATypoIsAnsweredWithWhatWasMeant) {
  EXPECT_THAT(RunCli({"job", "sbmit"}).err, HasSubstr("Did you mean submit?"));
  EXPECT_THAT(RunCli({"model"}).err, HasSubstr("Did you mean models?"));
  EXPECT_THAT(RunCli({"job", "submit", "--modle=m"}).err, HasSubstr("Did you mean --model?"));
  EXPECT_THAT(RunCli({"health", "--sever", "x"}).err, HasSubstr("Did you mean --server?"));
  EXPECT_THAT(RunCli({"frobnicate"}).err, Not(HasSubstr("Did you mean")));
}

TEST_F(CliTest, ATerminalHasOneLineThatIsDrawnOver) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result = Run({"job", "watch", kJob}, {.terminal_err = true, .out = Out::kTerminal});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("\r\x1b[KRUNNING"));
  EXPECT_THAT(result.err, HasSubstr("\r\x1b[K[########............]  42%  RUNNING"));
  EXPECT_THAT(result.err, Not(HasSubstr("revision")));
}

TEST_F(CliTest, ColourIsForTerminalsThatWantIt) {
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no");
  };
  const auto err = [&](std::map<std::string, std::string> environment, bool terminal,
                       std::vector<std::string> arguments = {"job", "get", "x"}) {
    return Run(arguments, {.environment = std::move(environment), .terminal_err = terminal}).err;
  };
  const std::string red = "\x1b[31merror: \x1b[0m";
  EXPECT_THAT(err({{"TERM", "xterm"}}, true), StartsWith(red));
  EXPECT_THAT(err({{"TERM", "xterm"}}, false), StartsWith("error: "));
  EXPECT_THAT(err({{"TERM", "dumb"}}, true), StartsWith("error: "));
  EXPECT_THAT(err({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true), StartsWith("error: "));
  EXPECT_THAT(err({{"TERM", "xterm"}}, true, {"job", "get", "x", "--no-color"}), StartsWith("error: "));
}

TEST_F(CliTest, ADumbTerminalGetsPlainLines) {
  ServeJob(v1::JOB_STATE_SUCCEEDED);
  const CliResult result =
      Run({"job", "watch", kJob}, {.environment = {{"TERM", "dumb"}}, .terminal_err = true});
  EXPECT_THAT(result.err, AllOf(HasSubstr("revision 2  RUNNING"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace zoetrope::cli
