// The operator's calls over the wire, over a real store and the real engine. Providers are never asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "server/api/admin_api.h"
#include "server/engine/engine.h"
#include "tests/integration/api_server.h"
#include "tests/support/open_admission.h"
#include "tests/support/unowned.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

using testing::OpenAdmission;
using testing::SimpleJob;
using testing::SimpleJobId;
using ::testing::SizeIs;

class ApiAdminTest : public ::testing::Test {
 protected:
  ApiAdminTest() {
    store_ = *SqliteStore::Open({.path = folder_.File("test.db")}, &clock_, nullptr);
    EngineParts parts;
    parts.store = store_.get();
    parts.http = &http_;
    parts.executor = &loop_;
    parts.clock = &clock_;
    parts.random = &random_;
    parts.accounts = &accounts_;
    parts.catalogue = catalogue_.get();
    EngineOptions options;
    options.owner = "owner-1";
    engine_.emplace(parts, options);
    port_.emplace(&*engine_);
    api_.emplace(AdminParts{.admission = admission_.get(),
                            .store = store_.get(),
                            .backup = store_.get(),
                            .engine = &*port_,
                            .executor = &loop_,
                            .clock = &clock_,
                            .random = &random_,
                            .supply = &supply_,
                            .observer = &observer_,
                            .hold_for = absl::Hours(168),
                            .backup_place = {.folder = folder_.File("copies"), .store_name = "test.db"}});
    server_ = *GrpcServer::Start(
        {.listen = "127.0.0.1:0", .service_name = admin::v1::AdminService::service_full_name()}, &*api_);
    stub_ = admin::v1::AdminService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  ~ApiAdminTest() override {
    server_.reset();
    loop_.Shutdown();
    http_.WaitUntilIdle();
    http_loop_.Shutdown();
  }

  // A held job of the tenant `someone`, at an account that is configured unless another is named.
  Job PutHeld(int number, const std::string& provider = "north") {
    Job job = SimpleJob(number, "someone");
    job.state.phase = JobPhase::kHeld;
    Attempt& attempt = job.state.attempts.back();
    attempt.provider = provider;
    attempt.offering = "puppet-1/text@north";
    attempt.phase = AttemptPhase::kHeld;
    attempt.intent_time = clock_.TimeNow();
    const auto result = testing::Await<CreateResult>([&](auto done) {
      store_->Create({.job = job, .fingerprint = "f", .owner = "owner-1", .ledger = {}, .offering_texts = {}},
                     done);
    });
    EXPECT_EQ(result.outcome, CommitOutcome::kDurable);
    return job;
  }
  grpc::Status Resolve(const admin::v1::ResolveAttemptRequest& request,
                       admin::v1::ResolveAttemptResponse* response) {
    grpc::ClientContext context;
    return stub_->ResolveAttempt(&context, request, response);
  }
  std::string ReasonOfResolve(const admin::v1::ResolveAttemptRequest& request) {
    admin::v1::ResolveAttemptResponse response;
    return ReasonIn(Resolve(request, &response));
  }
  grpc::Status Backup(const std::string& path, admin::v1::BackupStoreResponse* response = nullptr) {
    grpc::ClientContext context;
    admin::v1::BackupStoreRequest request;
    request.set_path(path);
    admin::v1::BackupStoreResponse ignored;
    return stub_->BackupStore(&context, request, response == nullptr ? &ignored : response);
  }
  static std::string ReasonIn(const grpc::Status& status) {
    internal::v1::RpcStatus details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    for (const auto& any : details.details()) {
      internal::v1::ErrorInfo info;
      if (any.type_url() == "type.googleapis.com/google.rpc.ErrorInfo" && info.ParseFromString(any.value()))
        return info.reason();
    }
    return "";
  }
  static admin::v1::ResolveAttemptRequest Decision(int number) {
    admin::v1::ResolveAttemptRequest request;
    request.set_job_id(SimpleJobId(number));
    request.set_note("seen in the console");
    return request;
  }

  testing::TempDir folder_;
  RealClock clock_;
  RealRandom random_;
  LoopExecutor loop_{&clock_, "test"};
  LoopExecutor http_loop_{&clock_, "http"};
  testing::PlayedHttp http_{&http_loop_};
  struct : RpcObserver {
    void OnCorrected(std::string_view, std::string_view, const CorrectedMoney& money) override {
      ++corrections;
      more = Add(more, money.more).value_or(more);
      less = Add(less, money.less).value_or(less);
      overrun = Add(overrun, money.overrun).value_or(overrun);
    }
    int corrections = 0;
    Money more;
    Money less;
    Money overrun;
  } observer_;
  OpenAdmission admission_{&clock_, &observer_};
  Accounts accounts_{testing::TestAccounts()};
  std::unique_ptr<const Catalogue> catalogue_ = testing::TestCatalogue();
  Current<Supply> supply_{
      std::make_shared<const Supply>(testing::Unowned(accounts_), testing::Unowned(*catalogue_))};
  std::unique_ptr<SqliteStore> store_;
  std::optional<Engine> engine_;
  std::optional<LiveEngine> port_;
  std::optional<AdminApi> api_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<admin::v1::AdminService::Stub> stub_;
};

TEST_F(ApiAdminTest, WhatWasCorrectedIsCounted) {
  Job job = SimpleJob(1);
  job.state.phase = JobPhase::kSucceeded;
  Attempt& attempt = job.state.attempts.back();
  attempt.phase = AttemptPhase::kSucceeded;
  attempt.settlement = Settlement::kSettled;
  attempt.settled = Money::FromNanos(400'000'000);
  ASSERT_EQ(testing::Await<CreateResult>([&](auto done) {
              store_->Create(
                  {.job = job, .fingerprint = "f", .owner = "owner-1", .ledger = {}, .offering_texts = {}},
                  done);
            }).outcome,
            CommitOutcome::kDurable);
  admin::v1::CorrectChargeRequest request;
  request.set_job_id(job.spec.id);
  request.set_attempt_id(attempt.id);
  request.set_note("the bill says so");
  request.mutable_charged()->set_currency_code("USD");
  const auto correct = [&](std::int32_t nanos) {
    request.mutable_charged()->set_nanos(nanos);
    grpc::ClientContext context;
    admin::v1::CorrectChargeResponse response;
    const grpc::Status status = stub_->CorrectCharge(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  };
  correct(900'000'000);
  EXPECT_EQ(observer_.more, Money::FromNanos(500'000'000));
  EXPECT_EQ(observer_.overrun, Money::FromNanos(500'000'000));
  correct(900'000'000);
  EXPECT_EQ(observer_.corrections, 1) << "the same again changes nothing";
  correct(100'000'000);
  EXPECT_EQ(observer_.less, Money::FromNanos(800'000'000));
  EXPECT_EQ(observer_.overrun, Money::FromNanos(500'000'000)) << "what is given back is no overrun";
  EXPECT_EQ(observer_.corrections, 2);
}

TEST_F(ApiAdminTest, HeldAttemptsOfAllTenantsAreListedPageByPage) {
  for (int number = 1; number <= 3; ++number) PutHeld(number);
  admin::v1::ListHeldAttemptsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  do {
    admin::v1::ListHeldAttemptsResponse response;
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->ListHeldAttempts(&context, request, &response).ok());
    for (const auto& held : response.attempts()) ids.push_back(held.job_id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ::testing::ElementsAre(SimpleJobId(1), SimpleJobId(2), SimpleJobId(3)));
}

TEST_F(ApiAdminTest, ADecisionIsAnsweredWhenItIsCarriedOutAndAnotherOneIsRefused) {
  PutHeld(1);
  admin::v1::ResolveAttemptRequest request = Decision(1);
  request.mutable_abandon();
  admin::v1::ResolveAttemptResponse response;
  const grpc::Status status = Resolve(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.job().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(response.job().revision(), 2);
  const v1::Resolution& resolution = response.job().attempts(0).resolution();
  EXPECT_EQ(resolution.kind(), v1::RESOLUTION_KIND_ABANDONED);
  EXPECT_EQ(resolution.note(), "seen in the console");
  EXPECT_TRUE(resolution.has_time());
  request.set_note("in other words");
  ASSERT_TRUE(Resolve(request, &response).ok()) << "the same decision again";
  EXPECT_EQ(response.job().revision(), 2);
  EXPECT_EQ(response.job().attempts(0).resolution().note(), "seen in the console");
  request.mutable_not_created();
  EXPECT_EQ(ReasonOfResolve(request), "ATTEMPT_RESOLVED");
}

TEST_F(ApiAdminTest, WhatCannotBeDecidedSaysWhy) {
  Job job = PutHeld(1);
  PutHeld(2, "elsewhere");
  PutHeld(3);
  admin::v1::ResolveAttemptRequest request = Decision(1);
  EXPECT_EQ(ReasonOfResolve(request), "INVALID_FIELD");
  request.mutable_abandon();
  request.set_job_id("nothing");
  EXPECT_EQ(ReasonOfResolve(request), "JOB_NOT_FOUND");
  request.set_job_id(SimpleJobId(1));
  request.set_attempt_id("another");
  EXPECT_EQ(ReasonOfResolve(request), "INVALID_FIELD");
  request = Decision(2);
  request.mutable_adopt()->set_provider_job_id("theirs");
  EXPECT_EQ(ReasonOfResolve(request), "NO_PROVIDER");
  request.set_job_id(SimpleJobId(1));
  admin::v1::ResolveAttemptResponse response;
  const grpc::Status status = Resolve(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.job().attempts(0).provider_job_id(), "theirs");
  request.set_job_id(SimpleJobId(3));
  EXPECT_EQ(ReasonOfResolve(request), "PROVIDER_JOB_TAKEN");
  Job planned = SimpleJob(4, "someone");
  testing::Await<CreateResult>([&](auto done) {
    store_->Create(
        {.job = planned, .fingerprint = "f", .owner = "owner-1", .ledger = {}, .offering_texts = {}}, done);
  });
  request = Decision(4);
  request.mutable_abandon();
  EXPECT_EQ(ReasonOfResolve(request), "ATTEMPT_NOT_HELD");
}

TEST_F(ApiAdminTest, TheSameDecisionFromManyAtOnceIsOne) {
  PutHeld(1);
  admin::v1::ResolveAttemptRequest request = Decision(1);
  request.mutable_not_created();
  std::vector<std::thread> threads;
  std::atomic<int> ok = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      admin::v1::ResolveAttemptResponse response;
      if (Resolve(request, &response).ok()) ++ok;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 8);
  const auto ledger = testing::Await<absl::StatusOr<std::vector<LedgerRow>>>(
      [&](auto done) { store_->ReadLedger(SimpleJobId(1), done); });
  EXPECT_THAT(*ledger, SizeIs(2)) << "released and settled at nothing, once";
}

TEST_F(ApiAdminTest, ACopyIsAStoreOfItsOwn) {
  const Job job = PutHeld(1);
  const std::string path = folder_.File("copies/copy.db");
  admin::v1::BackupStoreResponse response;
  const grpc::Status status = Backup(path, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.path(), path);
  EXPECT_EQ(response.size_bytes(), static_cast<std::int64_t>(std::filesystem::file_size(path)));
  auto copy = SqliteStore::Open({.path = path}, &clock_, nullptr);
  ASSERT_TRUE(copy.ok()) << copy.status();
  const auto stored =
      testing::Await<absl::StatusOr<StoredJob>>([&](auto done) { (*copy)->Read("", SimpleJobId(1), done); });
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->job, job);
}

TEST_F(ApiAdminTest, ACopyThatCannotBeMadeSaysWhy) {
  EXPECT_EQ(ReasonIn(Backup("")), "INVALID_FIELD");
  EXPECT_EQ(ReasonIn(Backup(folder_.File("copy.db"))), "INVALID_FIELD");
  ASSERT_TRUE(Backup(folder_.File("copies/copy.db")).ok());
  const grpc::Status there = Backup(folder_.File("copies/copy.db"));
  EXPECT_EQ(there.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonIn(there), "BACKUP_EXISTS");
  store_->EndBackups();
  const grpc::Status late = Backup(folder_.File("copies/late.db"));
  EXPECT_EQ(late.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(late), "STORE_UNAVAILABLE");
  EXPECT_FALSE(std::filesystem::exists(folder_.File("copies/late.db")));
}

}  // namespace
}  // namespace zoetrope
