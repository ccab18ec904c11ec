#include "client/video_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/mock_video_client.h"
#include "fake_environment.h"
#include "fake_server.h"

namespace zoetrope::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

grpc::Status Unavailable() { return {grpc::StatusCode::UNAVAILABLE, "away"}; }

class VideoClientTest : public ::testing::Test {
 protected:
  VideoClient MakeClient(ClientOptions options = {}) {
    options.environment = environment_;
    return VideoClient(MakeChannel(server_.address()), options);
  }

  std::shared_ptr<FakeEnvironment> environment_ = std::make_shared<FakeEnvironment>();
  FakeServer server_;
};

TEST_F(VideoClientTest, SubmitKeepsOneRequestIdOverItsRetries) {
  int tries = 0;
  server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse* response) {
    if (++tries < 4) return Unavailable();
    response->mutable_job()->set_id("j");
    return grpc::Status::OK;
  };
  const auto response = MakeClient().Submit({});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->job().id(), "j");
  const auto submits = server_.submits();
  ASSERT_EQ(submits.size(), 4u);
  EXPECT_EQ(submits[0].request_id().size(), 36u);
  for (const auto& submit : submits) EXPECT_EQ(submit.request_id(), submits[0].request_id());
  EXPECT_EQ(environment_->sleeps().size(), 3u);
}

TEST_F(VideoClientTest, SubmitLeavesAGivenRequestIdAndEachCallHasItsOwn) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) { return grpc::Status::OK; };
  VideoClient client = MakeClient();
  v1::SubmitRequest request;
  request.set_request_id("mine");
  ASSERT_TRUE(client.Submit(request).ok());
  ASSERT_TRUE(client.Submit({}).ok());
  ASSERT_TRUE(client.Submit({}).ok());
  const auto submits = server_.submits();
  EXPECT_EQ(submits[0].request_id(), "mine");
  EXPECT_NE(submits[1].request_id(), submits[2].request_id());
}

TEST_F(VideoClientTest, FailedSubmitNamesTheRequestIdToGoOnWith) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) { return Unavailable(); };
  const auto response = MakeClient({.retry = {.max_attempts = 2}}).Submit({});
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_EQ(GetErrorDetails(response.status()).request_id, server_.submits()[0].request_id());
  EXPECT_EQ(server_.submits().size(), 2u);
}

TEST_F(VideoClientTest, NothingButUnavailableIsRepeated) {
  for (int code = 1; code <= 16; ++code) {
    if (code == grpc::StatusCode::UNAVAILABLE) continue;
    int tries = 0;
    server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) {
      ++tries;
      return grpc::Status(static_cast<grpc::StatusCode>(code), "no");
    };
    const auto response = MakeClient().Submit({});
    EXPECT_EQ(static_cast<int>(response.status().code()), code);
    EXPECT_EQ(tries, 1) << "code " << code;
  }
}

TEST_F(VideoClientTest, TriesAreBounded) {
  int tries = 0;
  server_.on_get = [&](const v1::GetJobRequest&, v1::GetJobResponse*) {
    ++tries;
    return Unavailable();
  };
  EXPECT_TRUE(absl::IsUnavailable(MakeClient({.retry = {.max_attempts = 5}}).Get("j").status()));
  EXPECT_EQ(tries, 5);
}

TEST_F(VideoClientTest, RetryInfoIsALowerBound) {
  int tries = 0;
  server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    if (++tries > 1) return grpc::Status::OK;
    return RichError{grpc::StatusCode::UNAVAILABLE, "later", "DRAINING", {}, {}, absl::Seconds(7)};
  };
  ASSERT_TRUE(MakeClient().Submit({}).ok());
  ASSERT_EQ(environment_->sleeps().size(), 1u);
  EXPECT_GE(environment_->sleeps()[0], absl::Seconds(7));
  EXPECT_LT(environment_->sleeps()[0], absl::Seconds(8));
}

TEST_F(VideoClientTest, AWaitThatEndsAfterTheTimeLimitIsNotBegun) {
  server_.on_submit = [&](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    return RichError{grpc::StatusCode::UNAVAILABLE, "later", "DRAINING", {}, {}, absl::Seconds(7)};
  };
  const auto response = MakeClient().Submit({}, {.timeout = absl::Seconds(14)});
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_EQ(GetErrorDetails(response.status()).reason, "DRAINING");
  EXPECT_EQ(server_.submits().size(), 2u);
}

TEST_F(VideoClientTest, ErrorDetailsAreDecoded) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) -> grpc::Status {
    return RichError{grpc::StatusCode::INVALID_ARGUMENT,
                     "two fields are wrong",
                     "INVALID_FIELD",
                     {{"job_id", "j"}},
                     {{"generation.prompt", "must not be empty"}, {"deadline", "at least 10 s"}},
                     absl::Seconds(3)};
  };
  const absl::Status status = MakeClient().Submit({}).status();
  EXPECT_EQ(status.message(), "two fields are wrong");
  const ErrorDetails details = GetErrorDetails(status);
  EXPECT_EQ(details.reason, "INVALID_FIELD");
  EXPECT_EQ(details.domain, "zoetrope");
  EXPECT_EQ(details.metadata.at("job_id"), "j");
  ASSERT_EQ(details.field_violations.size(), 2u);
  EXPECT_EQ(details.field_violations[1].field, "deadline");
  EXPECT_EQ(details.field_violations[1].description, "at least 10 s");
  EXPECT_EQ(details.retry_delay, absl::Seconds(3));
}

TEST_F(VideoClientTest, DetailsThatAreNoneAreDropped) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no", "\xff\xff not a message");
  };
  const absl::Status status = MakeClient().Submit({}).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(GetErrorDetails(status).reason, "");
  EXPECT_EQ(GetErrorDetails(absl::InternalError("ours")).reason, "");
}

TEST_F(VideoClientTest, DryRunHasNoRequestId) {
  server_.on_submit = [](const v1::SubmitRequest&, v1::SubmitResponse*) { return grpc::Status::OK; };
  v1::SubmitRequest request;
  request.set_validate_only(true);
  ASSERT_TRUE(MakeClient().Submit(request).ok());
  EXPECT_EQ(server_.submits()[0].request_id(), "");
}

TEST_F(VideoClientTest, CancellationEndsACallThatWaits) {
  const auto cancellation = std::make_shared<Cancellation>();
  // By value: the handler may outlive the test's body.
  server_.on_watch = [cancellation](grpc::ServerContext* context, const v1::WatchJobRequest&,
                                    FakeServer::WatchWriter* writer) {
    v1::WatchJobResponse heartbeat;
    heartbeat.mutable_heartbeat();
    while (!context->IsCancelled() && writer->Write(heartbeat)) cancellation->Cancel();
    return grpc::Status::CANCELLED;
  };
  const auto watch = MakeClient().Watch({.job_id = "j"}, {.cancellation = cancellation});
  EXPECT_TRUE(absl::IsCancelled(watch->Next().status()));
  EXPECT_TRUE(absl::IsCancelled(MakeClient().Get("j", {.cancellation = cancellation}).status()));
}

TEST_F(VideoClientTest, AllPagesAreRead) {
  server_.on_list = [](const v1::ListJobsRequest& request, v1::ListJobsResponse* response) {
    response->add_jobs()->set_id(request.page_token().empty() ? "c" : request.page_token());
    if (request.page_token() != "a") response->set_next_page_token(request.page_token() == "b" ? "a" : "b");
    return grpc::Status::OK;
  };
  std::vector<std::string> ids;
  VideoClient client = MakeClient();
  const auto collect = [&](const v1::Job& job) {
    ids.push_back(job.id());
    return true;
  };
  ASSERT_TRUE(ForEachJob(client, {}, {}, collect).ok());
  EXPECT_THAT(ids, ElementsAre("c", "b", "a"));
}

TEST_F(VideoClientTest, HealthIsThatOfTheServer) {
  VideoClient client = MakeClient();
  EXPECT_EQ(*client.Health(), HealthState::kServing);
  EXPECT_TRUE(absl::IsNotFound(client.Health("no.such.Service").status()));
}

TEST_F(VideoClientTest, MetadataGoesWithEveryTry) {
  int seen = 0;
  server_.on_watch = [&](grpc::ServerContext* context, const v1::WatchJobRequest&, FakeServer::WatchWriter*) {
    const auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end()) seen += found->second == "Bearer x";
    return seen < 2 ? Unavailable() : grpc::Status::OK;
  };
  const auto watch = MakeClient().Watch({.job_id = "j"}, {.metadata = {{"authorization", "Bearer x"}}});
  ASSERT_TRUE(watch->Next().ok());
  EXPECT_EQ(seen, 2);
}

TEST(VideoClientWithoutServerTest, SaysThatNobodyAnswers) {
  auto environment = std::make_shared<FakeEnvironment>();
  // Port 1 of the loopback interface: nothing of ours listens there.
  VideoClient client(MakeChannel("127.0.0.1:1"), {.retry = {.max_attempts = 2}, .environment = environment});
  EXPECT_TRUE(absl::IsUnavailable(client.Get("j").status()));
  EXPECT_EQ(environment->sleeps().size(), 1u);
}

// A port where connections are taken, by the kernel, and nobody speaks: a server that is too busy to come to
// it.
class BusyServer {
 public:
  BusyServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place = {};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(place);
    auto* const generic = reinterpret_cast<sockaddr*>(&place);
    bound_ = bind(fd_, generic, size) == 0 && listen(fd_, 8) == 0 && getsockname(fd_, generic, &size) == 0;
    address_ = absl::StrCat("127.0.0.1:", ntohs(place.sin_port));
  }
  ~BusyServer() { close(fd_); }
  BusyServer(const BusyServer&) = delete;
  BusyServer& operator=(const BusyServer&) = delete;

  bool bound() const { return bound_; }
  const std::string& address() const { return address_; }

 private:
  const int fd_;
  bool bound_ = false;
  std::string address_;
};

TEST(BusyServerTest, HasTheWholeTimeLimitToTakeTheConnection) {
  BusyServer server;
  ASSERT_TRUE(server.bound());
  VideoClient client(MakeChannel(server.address()));
  // More than the two seconds after which a try to connect once was given up.
  const absl::Status status = client.Get("j", {.timeout = absl::Milliseconds(2500)}).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST(BusyServerTest, IsGivenUpAfterTheTimeToConnect) {
  BusyServer server;
  ASSERT_TRUE(server.bound());
  VideoClient client(MakeChannel(server.address(), {.connect_timeout = absl::Seconds(1)}),
                     {.retry = {.max_attempts = 1}});
  const absl::Status status = client.Get("j").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST(MockVideoClientTest, ServesProgramsThatTakeTheInterface) {
  MockVideoClient mock;
  EXPECT_CALL(mock, Get("j", ::testing::_)).WillOnce(::testing::Return(absl::NotFoundError("gone")));
  VideoClientInterface& client = mock;
  EXPECT_THAT(std::string(client.Get("j", {}).status().message()), HasSubstr("gone"));
}

}  // namespace
}  // namespace zoetrope::client
