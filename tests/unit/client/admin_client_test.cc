#include "client/admin_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/error_details.h"
#include "fake_admin.h"
#include "fake_environment.h"
#include "fake_server.h"

namespace zoetrope::client {
namespace {

using ::testing::ElementsAre;

class AdminClientTest : public ::testing::Test {
 protected:
  FakeAdmin server_;
  std::shared_ptr<FakeEnvironment> environment_ = std::make_shared<FakeEnvironment>();
  AdminClient client_{MakeChannel(server_.address()), {.environment = environment_}};
};

TEST_F(AdminClientTest, ReadsAllPages) {
  server_.on_list = [](const admin::v1::ListHeldAttemptsRequest& request,
                       admin::v1::ListHeldAttemptsResponse* response) {
    EXPECT_EQ(request.provider(), "fal");
    response->add_attempts()->set_job_id(request.page_token().empty() ? "first" : "second");
    if (request.page_token().empty()) response->set_next_page_token("more");
    return grpc::Status::OK;
  };
  admin::v1::ListHeldAttemptsRequest request;
  request.set_provider("fal");
  std::vector<std::string> ids;
  const absl::Status status = ForEachHeld(client_, request, {}, [&](const admin::v1::HeldAttempt& attempt) {
    ids.push_back(attempt.job_id());
    return true;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(ids, ElementsAre("first", "second"));
  ids.clear();
  EXPECT_TRUE(ForEachHeld(client_, request, {}, [&](const admin::v1::HeldAttempt& attempt) {
                ids.push_back(attempt.job_id());
                return false;
              }).ok());
  EXPECT_THAT(ids, ElementsAre("first"));
}

TEST_F(AdminClientTest, ADecisionIsRepeatedUntilItIsAnswered) {
  int tries = 0;
  server_.on_resolve = [&](const admin::v1::ResolveAttemptRequest& request,
                           admin::v1::ResolveAttemptResponse* response) -> grpc::Status {
    if (++tries < 3) return RichError{grpc::StatusCode::UNAVAILABLE, "not now", "STORE_UNAVAILABLE"};
    response->mutable_job()->set_id(request.job_id());
    return grpc::Status::OK;
  };
  admin::v1::ResolveAttemptRequest request;
  request.set_job_id("job");
  const auto job = client_.Resolve(request);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id(), "job");
  EXPECT_EQ(tries, 3);
}

TEST_F(AdminClientTest, ACopyIsAskedForOnceAndGivenTime) {
  int tries = 0;
  absl::Duration allowed;
  server_.on_backup = [&](grpc::ServerContext& context, const admin::v1::BackupStoreRequest& request,
                          admin::v1::BackupStoreResponse* response) -> grpc::Status {
    allowed = absl::FromChrono(context.deadline()) - SystemEnvironment()->Now();
    if (++tries == 1) return RichError{grpc::StatusCode::UNAVAILABLE, "no space", "STORE_UNAVAILABLE"};
    response->set_path(request.path());
    response->set_size_bytes(4096);
    return grpc::Status::OK;
  };
  admin::v1::BackupStoreRequest request;
  request.set_path("/srv/copies/a.db");
  EXPECT_EQ(GetErrorDetails(client_.Backup(request).status()).reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(tries, 1);
  const auto copy = client_.Backup(request);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->path(), "/srv/copies/a.db");
  EXPECT_EQ(copy->size_bytes(), 4096);
  EXPECT_GT(allowed, absl::Minutes(50));
  EXPECT_TRUE(client_.Backup(request, {.timeout = absl::Minutes(2)}).ok());
  EXPECT_LT(allowed, absl::Minutes(3));
}

TEST_F(AdminClientTest, ARefusalIsNotRepeatedAndKeepsItsDetails) {
  int tries = 0;
  server_.on_resolve = [&](const admin::v1::ResolveAttemptRequest&,
                           admin::v1::ResolveAttemptResponse*) -> grpc::Status {
    ++tries;
    return RichError{
        grpc::StatusCode::FAILED_PRECONDITION, "decided", "ATTEMPT_RESOLVED", {{"resolution", "ADOPTED"}}};
  };
  const auto job = client_.Resolve({});
  EXPECT_TRUE(absl::IsFailedPrecondition(job.status())) << job.status();
  EXPECT_EQ(GetErrorDetails(job.status()).reason, "ATTEMPT_RESOLVED");
  EXPECT_EQ(GetErrorDetails(job.status()).metadata.at("resolution"), "ADOPTED");
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace zoetrope::client
