// A provider that the server has never heard of makes a video: with its adapter, a row in a table and a file
// of its own, and nothing else of the server changed. Engine, store, HTTP client and service are the real
// ones.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/convert.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/video_generation_service.h"
#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/catalogue/catalogue.h"
#include "server/config/accounts.h"
#include "server/events/watch_hub.h"
#include "server/http/curl_client.h"
#include "server/store/sqlite_store.h"
#include "tests/seventh/fake_lantern.h"
#include "tests/seventh/seventh_dialect.h"
#include "tests/support/open_admission.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unowned.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::testing {
namespace {

config::v1::Config ConfigFor(const FakeLantern& lantern) {
  config::v1::Config config;
  config::v1::Provider& account = *config.add_providers();
  account.set_name("wall");
  account.set_dialect("lantern");
  account.set_base_url(lantern.base_url());
  account.mutable_api_key()->set_dummy(FakeLantern::kKey);
  account.set_allow_plain_http(true);
  account.set_allow_private_hosts(true);
  account.mutable_poll()->mutable_first_after()->set_nanos(50'000'000);
  account.mutable_poll()->mutable_interval_max()->set_nanos(100'000'000);
  return config;
}

Accounts AccountsFor(const FakeLantern& lantern) {
  auto accounts = MakeAccounts(
      ConfigFor(lantern), [](const config::v1::SecretRef& key) { return Secret(key.dummy()); },
      SevenDialects());
  EXPECT_TRUE(accounts.ok()) << accounts.status();
  return Accounts(accounts.ok() ? *std::move(accounts) : std::vector<Account>());
}

// The parts as main.cc has them, in the order in which they need each other.
class SeventhTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CatalogueResult read = ParseCatalogue("magic-lantern.yaml", SeventhCatalogueText());
    ASSERT_NE(read.catalogue, nullptr) << (read.problems.empty() ? "" : Format(read.problems.front()));
    catalogue_ = std::move(read.catalogue);
    store_ = *SqliteStore::Open({.path = folder_.File("seventh.db")}, &clock_, nullptr);
    http_ = *CurlClient::Create(&clock_, {});
    hub_.emplace(store_.get(), &hub_loop_, &clock_, WatchOptions{}, EncodeWatchEvent);
    EngineOptions options;
    options.owner = "me";
    engine_.emplace(EngineParts{.store = store_.get(),
                                .http = http_.get(),
                                .executor = &engine_loop_,
                                .clock = &clock_,
                                .random = &random_,
                                .accounts = &accounts_,
                                .catalogue = catalogue_.get(),
                                .progress = &*hub_},
                    options);
    engine_port_.emplace(&*engine_);
    watch_port_.emplace(&*hub_);
    supply_.emplace(
        std::make_shared<const Supply>(testing::Unowned(accounts_), testing::Unowned(*catalogue_)));
    service_.emplace(ServiceParts{.admission = admission_.get(),
                                  .submit = {.store = store_.get(),
                                             .engine = &*engine_port_,
                                             .executor = &engine_loop_,
                                             .pictures = &hub_loop_,
                                             .clock = &clock_,
                                             .random = &random_,
                                             .supply = &*supply_},
                                  .watch = &*watch_port_,
                                  .http = http_.get(),
                                  .observer = &observer_});
    server_ = *GrpcServer::Start({.listen = "127.0.0.1:0"}, &*service_);
    stub_ = v1::VideoGeneration::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  void TearDown() override {
    server_.reset();
    engine_loop_.Shutdown();
    hub_loop_.Shutdown();
  }

  v1::Job Submit(const std::string& prompt) {
    v1::SubmitRequest request;
    request.mutable_generation()->set_model("magic-lantern");
    request.mutable_generation()->set_prompt(prompt);
    request.mutable_generation()->mutable_first_frame()->set_url("https://pictures.example.com/slide.png");
    v1::SubmitResponse response;
    grpc::ClientContext context;
    const grpc::Status status = stub_->Submit(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.job();
  }

  // The job after each of its revisions, until `enough` of it or until its money is settled.
  v1::Job Watch(const std::string& id, v1::JobState enough = v1::JOB_STATE_UNSPECIFIED) {
    v1::WatchJobRequest request;
    request.set_job_id(id);
    request.set_until(v1::WATCH_UNTIL_SETTLED);
    grpc::ClientContext context;
    const auto stream = stub_->WatchJob(&context, request);
    v1::Job job;
    v1::WatchJobResponse message;
    while (job.state() != enough || enough == v1::JOB_STATE_UNSPECIFIED) {
      if (!stream->Read(&message)) break;
      if (message.has_snapshot()) job = message.snapshot().job();
      if (message.has_revision()) job = message.revision().job();
    }
    context.TryCancel();
    return job;
  }

  std::string Download(const std::string& id) {
    v1::DownloadVideoRequest request;
    request.set_job_id(id);
    grpc::ClientContext context;
    const auto stream = stub_->DownloadVideo(&context, request);
    std::string bytes;
    v1::DownloadVideoResponse message;
    while (stream->Read(&message)) bytes += message.chunk();
    EXPECT_TRUE(stream->Finish().ok());
    return bytes;
  }

  TempDir folder_;
  RealClock clock_;
  RealRandom random_;
  LoopExecutor engine_loop_{&clock_, "engine"};
  LoopExecutor hub_loop_{&clock_, "hub"};
  FakeLantern lantern_;
  Accounts accounts_ = AccountsFor(lantern_);
  RpcObserver observer_;
  OpenAdmission admission_{&clock_, &observer_};
  std::unique_ptr<const Catalogue> catalogue_;
  std::optional<Current<Supply>> supply_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<CurlClient> http_;
  std::optional<WatchHub> hub_;
  std::optional<Engine> engine_;
  std::optional<LiveEngine> engine_port_;
  std::optional<LiveWatch> watch_port_;
  std::optional<VideoGenerationService> service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::VideoGeneration::Stub> stub_;
};

TEST_F(SeventhTest, MakesAVideo) {
  const v1::Job job = Watch(Submit("A boat crosses the wall.").id());
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
  ASSERT_EQ(job.attempts_size(), 1);
  EXPECT_EQ(job.attempts(0).provider(), "wall");
  EXPECT_EQ(job.attempts(0).offering(), "magic-lantern/image-to-video@lantern");
  EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  EXPECT_EQ(job.cost().settled().nanos(), 120'000'000);
  EXPECT_EQ(Download(job.id()), FakeLantern::kFilm);

  const std::vector<nlohmann::json> submissions = lantern_.submissions();
  ASSERT_EQ(submissions.size(), 1u);
  EXPECT_EQ(submissions[0]["ref"], job.attempts(0).id());
  EXPECT_EQ(submissions[0]["script"], nlohmann::json({{"text", "A boat crosses the wall."},
                                                      {"slide", "https://pictures.example.com/slide.png"},
                                                      {"seconds", 4},
                                                      {"definition", "720p"},
                                                      {"music", true}}));
}

TEST_F(SeventhTest, ARefusalIsExplained) {
  const v1::Job job = Watch(Submit("A ghost crosses the wall.").id());
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.failure().reason(), v1::FAILURE_REASON_CONTENT_REJECTED);
  EXPECT_EQ(job.failure().provider(), "wall");
  EXPECT_EQ(job.failure().provider_code(), "forbidden_scene");
  EXPECT_EQ(job.failure().message(), "no ghosts on this wall");
  EXPECT_EQ(job.cost().settled().nanos(), 0);
  EXPECT_TRUE(lantern_.submissions().empty());
}

TEST_F(SeventhTest, AShowIsClosedOnRequest) {
  const std::string id = Submit("A boat crosses the wall for ever.").id();
  const v1::Job running = Watch(id, v1::JOB_STATE_RUNNING);
  ASSERT_EQ(running.state(), v1::JOB_STATE_RUNNING);
  v1::CancelJobRequest request;
  request.set_job_id(id);
  v1::CancelJobResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->CancelJob(&context, request, &response).ok());
  const v1::Job job = Watch(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(job.cost().settled().nanos(), 0);
  EXPECT_EQ(lantern_.closed(), std::vector<std::string>{"show-1"});
}

}  // namespace
}  // namespace zoetrope::testing
