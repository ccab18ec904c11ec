// The real service on a real listener, over a real store and hub; providers and the engine are played.
#ifndef ZOETROPE_TESTS_INTEGRATION_API_SERVER_H_
#define ZOETROPE_TESTS_INTEGRATION_API_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/convert.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/video_generation_service.h"
#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/events/watch_hub.h"
#include "server/store/sqlite_store.h"
#include "tests/integration/api_played_http.h"
#include "tests/support/await.h"
#include "tests/support/open_admission.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unowned.h"
#include "tests/unit/api/api_world.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::testing {

// Keeps what it is given; carries commands out at once, by doing nothing.
class StandInEngine : public EnginePort {
 public:
  explicit StandInEngine(Executor* executor) : executor_(executor) {}

  const std::string& owner() const override { return owner_; }
  PlaceVerdict TryReservePlace(const std::string&, int) override { return PlaceVerdict::kTaken; }
  void ReturnPlace(const std::string&) override {}
  void Adopt(LiveJob) override {}
  void WhenCommandsDone(std::string, std::function<void()> done) override {
    executor_->Post(std::move(done));
  }
  std::map<std::string, LaneHealth> Lanes() const override { return {{"north", {.in_flight = 1}}}; }

 private:
  Executor* const executor_;
  const std::string owner_ = "owner-1";
};

class ApiServer {
 public:
  // `http` must outlive what it was asked for; nullptr: downloads are played.
  explicit ApiServer(WatchOptions watch = {}, HttpClient* http = nullptr,
                     std::vector<Account> accounts = TestAccounts())
      : accounts_(std::move(accounts)) {
    absl::StatusOr<std::unique_ptr<SqliteStore>> opened =
        SqliteStore::Open({.path = folder_.File("test.db")}, &clock_, nullptr);
    store_ = *std::move(opened);
    hub_.emplace(store_.get(), &loop_, &clock_, watch, EncodeWatchEvent);
    watch_.emplace(&*hub_);
    service_.emplace(ServiceParts{.admission = admission_.get(),
                                  .submit = {.store = store_.get(),
                                             .engine = &engine_,
                                             .executor = &loop_,
                                             .pictures = &loop_,
                                             .clock = &clock_,
                                             .random = &random_,
                                             .supply = &supply_},
                                  .watch = &*watch_,
                                  .http = http != nullptr ? http : &http_,
                                  .observer = &observer_,
                                  .saved = [this](const std::string& job_id, int output, absl::Time) {
                                    std::lock_guard lock(saved_mutex_);
                                    saved_.push_back(absl::StrCat(job_id, "/", output));
                                  }});
    server_ = *GrpcServer::Start({.listen = "127.0.0.1:0"}, &*service_);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::VideoGeneration::NewStub(channel_);
  }
  ~ApiServer() {
    server_.reset();
    http_.WaitUntilIdle();
    loop_.Shutdown();
    http_loop_.Shutdown();
  }

  v1::VideoGeneration::Stub& stub() { return *stub_; }
  std::shared_ptr<grpc::Channel> channel() { return channel_; }
  GrpcServer& server() { return *server_; }
  VideoGenerationService& service() { return *service_; }
  WatchHub& hub() { return *hub_; }
  PlayedHttp& http() { return http_; }
  // The videos that went whole to a caller, as `job/output`.
  std::vector<std::string> saved() {
    std::lock_guard lock(saved_mutex_);
    return saved_;
  }

  // A job of the tenant `default`, in any state.
  void Put(const Job& job) {
    const auto result = Await<CreateResult>([&](auto done) {
      store_->Create({.job = job, .fingerprint = "f", .owner = "owner-1", .ledger = {}, .offering_texts = {}},
                     done);
    });
    if (result.outcome != CommitOutcome::kDurable) std::abort();
  }
  // The next revision of `job`, which becomes it.
  void Advance(Job& job, JobPhase phase) {
    JobState state = job.state;
    ++state.revision;
    state.phase = phase;
    if (IsTerminal(phase)) state.attempts[0].settlement = Settlement::kSettled;
    const auto outcome = Await<CommitOutcome>([&](auto done) {
      store_->Commit({.job_id = job.spec.id,
                      .ownership = {"owner-1", 1},
                      .expected_revision = job.state.revision,
                      .state = state},
                     done);
    });
    if (outcome != CommitOutcome::kDurable) std::abort();
    job.state = state;
  }
  // A job that has succeeded with one output.
  Job PutSucceeded(int number, const Output& output) {
    Job job = SimpleJob(number);
    job.state.phase = JobPhase::kSucceeded;
    job.state.attempts[0].phase = AttemptPhase::kSucceeded;
    job.state.attempts[0].provider = "north";
    job.state.attempts[0].offering = "puppet-1/text@north";
    job.state.attempts[0].provider_job.id = "p-1";
    job.state.attempts[0].settlement = Settlement::kSettled;
    job.state.outputs = {output};
    Put(job);
    return job;
  }

 private:
  TempDir folder_;
  std::mutex saved_mutex_;
  std::vector<std::string> saved_;
  RealClock clock_;
  RealRandom random_;
  LoopExecutor loop_{&clock_, "test"};
  LoopExecutor http_loop_{&clock_, "http"};
  StandInEngine engine_{&loop_};
  PlayedHttp http_{&http_loop_};
  RpcObserver observer_;
  OpenAdmission admission_{&clock_, &observer_};
  std::unique_ptr<const Catalogue> catalogue_ = TestCatalogue();
  Accounts accounts_;
  Current<Supply> supply_{std::make_shared<const Supply>(Unowned(accounts_), Unowned(*catalogue_))};
  std::unique_ptr<SqliteStore> store_;
  std::optional<WatchHub> hub_;
  std::optional<LiveWatch> watch_;
  std::optional<VideoGenerationService> service_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::VideoGeneration::Stub> stub_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_INTEGRATION_API_SERVER_H_
