// Every call over the wire, and every error as a stock client would read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/integration/api_server.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

using testing::ApiServer;
using testing::GoodRequest;

// The reason of the one ErrorInfo; fails where there is not exactly one.
std::string ReasonIn(const grpc::Status& status) {
  internal::v1::RpcStatus details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  std::string reason;
  int count = 0;
  for (const auto& any : details.details()) {
    if (any.type_url() != "type.googleapis.com/google.rpc.ErrorInfo") continue;
    internal::v1::ErrorInfo info;
    EXPECT_TRUE(info.ParseFromString(any.value()));
    EXPECT_EQ(info.domain(), "zoetrope");
    reason = info.reason();
    ++count;
  }
  EXPECT_EQ(count, 1) << status.error_message();
  return reason;
}

class ApiServiceTest : public ::testing::Test {
 protected:
  template <typename Request, typename Response>
  using Method = grpc::Status (v1::VideoGeneration::Stub::*)(grpc::ClientContext*, const Request&, Response*);

  template <typename Request, typename Response>
  grpc::Status Call(Method<Request, Response> method, const Request& request, Response* response) {
    grpc::ClientContext context;
    return (api_.stub().*method)(&context, request, response);
  }
  template <typename Request, typename Response>
  std::string ReasonOfCall(Method<Request, Response> method, const Request& request) {
    Response response;
    return ReasonIn(Call(method, request, &response));
  }

  v1::SubmitResponse Submitted(const v1::SubmitRequest& request) {
    v1::SubmitResponse response;
    const grpc::Status status = Call(&v1::VideoGeneration::Stub::Submit, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  ApiServer api_;
};

TEST_F(ApiServiceTest, ASubmittedJobIsThere) {
  const v1::SubmitResponse made = Submitted(GoodRequest("r-1"));
  EXPECT_EQ(made.job().state(), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(made.job().tenant(), "default");
  EXPECT_EQ(made.job().generation().duration().seconds(), 4);
  EXPECT_EQ(made.job().cost().reserved().nanos(), 400'000'000);
  EXPECT_EQ(made.job().cost().settlement(), v1::SETTLEMENT_STATE_RESERVED);
  v1::GetJobRequest get;
  get.set_job_id(made.job().id());
  v1::GetJobResponse got;
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::GetJob, get, &got).ok());
  EXPECT_EQ(got.job().SerializeAsString(), made.job().SerializeAsString());
  EXPECT_TRUE(Submitted(GoodRequest("r-1")).duplicate());
}

TEST_F(ApiServiceTest, CostOfAJobAndOfAWish) {
  v1::GetCostRequest request;
  request.set_job_id(Submitted(GoodRequest()).job().id());
  v1::GetCostResponse response;
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::GetCost, request, &response).ok());
  EXPECT_EQ(response.cost().quoted().nanos(), 400'000'000);
  *request.mutable_quote()->mutable_generation() = GoodRequest().generation();
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::GetCost, request, &response).ok());
  EXPECT_EQ(response.quotation().generation().resolution(), "720p");
  ASSERT_GE(response.quotation().quotes_size(), 2);
  EXPECT_TRUE(response.quotation().quotes(0).available());
  EXPECT_EQ(response.quotation().quotes(0).price().nanos(), 400'000'000);
  EXPECT_EQ(response.quotation().quotes(0).price_as_of_date(), "2026-01-02");
}

TEST_F(ApiServiceTest, ListsPageByPageEachOnce) {
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i) made.insert(Submitted(GoodRequest()).job().id());
  std::set<std::string> seen;
  v1::ListJobsRequest request;
  request.set_page_size(3);
  int pages = 0;
  do {
    v1::ListJobsResponse response;
    ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::ListJobs, request, &response).ok());
    for (const v1::Job& job : response.jobs()) EXPECT_TRUE(seen.insert(job.id()).second);
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(ApiServiceTest, ListsModelsWithTheLanes) {
  v1::ListModelsResponse response;
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::ListModels, v1::ListModelsRequest(), &response).ok());
  ASSERT_EQ(response.models_size(), 2);
  EXPECT_EQ(response.models(1).offerings(0).health().in_flight_count(), 1);
}

TEST_F(ApiServiceTest, CancelRecordsTheWishAndAnswersWithTheJob) {
  v1::CancelJobRequest request;
  request.set_job_id(Submitted(GoodRequest()).job().id());
  v1::CancelJobResponse response;
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::CancelJob, request, &response).ok());
  EXPECT_EQ(response.job().id(), request.job_id());
  const Job ended = api_.PutSucceeded(1, Output{.url = "https://media.example/v"});
  request.set_job_id(ended.spec.id);
  ASSERT_TRUE(Call(&v1::VideoGeneration::Stub::CancelJob, request, &response).ok());
  EXPECT_EQ(response.job().state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(ApiServiceTest, EveryBadInputHasItsReason) {
  using Stub = v1::VideoGeneration::Stub;
  const std::string missing = "01890a5d-ac96-774b-bcce-b302099a8057";
  v1::GetJobRequest get;
  EXPECT_EQ(ReasonOfCall(&Stub::GetJob, get), "INVALID_FIELD");
  get.set_job_id(missing);
  EXPECT_EQ(ReasonOfCall(&Stub::GetJob, get), "JOB_NOT_FOUND");
  get.set_job_id(std::string(100'000, 'x'));
  EXPECT_EQ(ReasonOfCall(&Stub::GetJob, get), "JOB_NOT_FOUND");
  v1::CancelJobRequest cancel;
  EXPECT_EQ(ReasonOfCall(&Stub::CancelJob, cancel), "INVALID_FIELD");
  cancel.set_job_id(missing);
  EXPECT_EQ(ReasonOfCall(&Stub::CancelJob, cancel), "JOB_NOT_FOUND");
  v1::GetCostRequest cost;
  EXPECT_EQ(ReasonOfCall(&Stub::GetCost, cost), "INVALID_FIELD");
  cost.set_job_id(missing);
  EXPECT_EQ(ReasonOfCall(&Stub::GetCost, cost), "JOB_NOT_FOUND");
  cost.mutable_quote();
  EXPECT_EQ(ReasonOfCall(&Stub::GetCost, cost), "INVALID_FIELD");
  v1::ListJobsRequest list;
  list.set_page_size(-1);
  EXPECT_EQ(ReasonOfCall(&Stub::ListJobs, list), "INVALID_FIELD");
  list.set_page_size(0);
  list.set_page_token("!");
  EXPECT_EQ(ReasonOfCall(&Stub::ListJobs, list), "PAGE_TOKEN_INVALID");
  v1::ListModelsRequest models;
  models.set_page_token("AAAA");
  EXPECT_EQ(ReasonOfCall(&Stub::ListModels, models), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(ReasonOfCall(&Stub::Submit, v1::SubmitRequest()), "INVALID_FIELD");
  v1::SubmitRequest reused = GoodRequest("r-1");
  Submitted(reused);
  reused.mutable_generation()->set_prompt("other");
  EXPECT_EQ(ReasonOfCall(&Stub::Submit, reused), "REQUEST_ID_REUSED");
}

TEST_F(ApiServiceTest, DrainRefusesNewJobsWithPushBack) {
  Submitted(GoodRequest("known"));
  api_.service().Drain();
  grpc::ClientContext context;
  v1::SubmitResponse response;
  const grpc::Status status = api_.stub().Submit(&context, GoodRequest("new"), &response);
  EXPECT_EQ(ReasonIn(status), "DRAINING");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1u);
  EXPECT_TRUE(Submitted(GoodRequest("known")).duplicate());
}

TEST(GrpcServerTest, OthersReachItOnlyByPermission) {
  grpc::Service none;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "example.com:0"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(GrpcServer::Start({.listen = address}, &none).status())) << address;
  }
}

TEST(GrpcServerTest, AnAddressThatIsTakenIsAnError) {
  v1::VideoGeneration::Service one;
  v1::VideoGeneration::Service two;
  const auto first = GrpcServer::Start({.listen = "127.0.0.1:0"}, &one);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsUnavailable(GrpcServer::Start({.listen = (*first)->address()}, &two).status()));
}

}  // namespace
}  // namespace zoetrope
