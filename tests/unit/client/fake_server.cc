#include "fake_server.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace zoetrope::client {
namespace {

constexpr int64_t kAccepted = 1'795'150'800;  // 2026-11-20T05:00:00Z

template <typename Handler, typename... Arguments>
grpc::Status Answer(const Handler& handler, Arguments&&... arguments) {
  if (!handler) return {grpc::StatusCode::UNIMPLEMENTED, "the test has no answer for this"};
  return handler(std::forward<Arguments>(arguments)...);
}

void AddDetail(const google::protobuf::Message& detail, const std::string& name,
               internal::v1::RpcStatus& status) {
  google::protobuf::Any& any = *status.add_details();
  any.set_type_url(absl::StrCat("type.googleapis.com/google.rpc.", name));
  any.set_value(detail.SerializeAsString());
}

std::string Sha256Hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), sizeof(digest)});
}

}  // namespace

FakeServer::FakeServer() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeServer::~FakeServer() {
  // A deadline in the past: calls that a test left open are ended at once.
  server_->Shutdown(gpr_time_0(GPR_CLOCK_REALTIME));
  server_->Wait();
}

std::vector<v1::SubmitRequest> FakeServer::submits() {
  absl::MutexLock lock(&mutex_);
  return submits_;
}

std::vector<v1::WatchJobRequest> FakeServer::watches() {
  absl::MutexLock lock(&mutex_);
  return watches_;
}

void FakeServer::AwaitSubmit() {
  absl::MutexLock lock(&mutex_);
  const auto came = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !submits_.empty(); };
  mutex_.Await(absl::Condition(&came));
}

grpc::Status FakeServer::Submit(grpc::ServerContext*, const v1::SubmitRequest* request,
                                v1::SubmitResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    submits_.push_back(*request);
  }
  return Answer(on_submit, *request, response);
}

grpc::Status FakeServer::WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                                  WatchWriter* writer) {
  {
    absl::MutexLock lock(&mutex_);
    watches_.push_back(*request);
  }
  return Answer(on_watch, context, *request, writer);
}

grpc::Status FakeServer::GetCost(grpc::ServerContext*, const v1::GetCostRequest* request,
                                 v1::GetCostResponse* response) {
  return Answer(on_cost, *request, response);
}

grpc::Status FakeServer::GetSpend(grpc::ServerContext*, const v1::GetSpendRequest* request,
                                  v1::GetSpendResponse* response) {
  return Answer(on_spend, *request, response);
}

grpc::Status FakeServer::GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                                v1::GetJobResponse* response) {
  return Answer(on_get, *request, response);
}

grpc::Status FakeServer::ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                                  v1::ListJobsResponse* response) {
  return Answer(on_list, *request, response);
}

grpc::Status FakeServer::CancelJob(grpc::ServerContext*, const v1::CancelJobRequest* request,
                                   v1::CancelJobResponse* response) {
  return Answer(on_cancel, *request, response);
}

grpc::Status FakeServer::ListModels(grpc::ServerContext*, const v1::ListModelsRequest* request,
                                    v1::ListModelsResponse* response) {
  return Answer(on_models, *request, response);
}

grpc::Status FakeServer::DownloadVideo(grpc::ServerContext*, const v1::DownloadVideoRequest* request,
                                       DownloadWriter* writer) {
  return Answer(on_download, *request, writer);
}

RichError::operator grpc::Status() const {
  internal::v1::RpcStatus status;
  status.set_code(code);
  status.set_message(message);
  internal::v1::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("zoetrope");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  AddDetail(info, "ErrorInfo", status);
  internal::v1::BadRequest bad;
  for (const auto& [field, description] : field_violations) {
    auto& violation = *bad.add_field_violations();
    violation.set_field(field);
    violation.set_description(description);
  }
  if (!field_violations.empty()) AddDetail(bad, "BadRequest", status);
  internal::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(retry_delay));
  if (retry_delay > absl::ZeroDuration()) AddDetail(retry, "RetryInfo", status);
  return {code, message, status.SerializeAsString()};
}

v1::Money Usd(int64_t units, int32_t nanos) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

v1::Job MakeJob(v1::JobState state, int64_t revision) {
  v1::Job job;
  job.set_id("0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f");
  job.set_request_id("r-1");
  job.set_state(state);
  job.set_revision(revision);
  job.mutable_generation()->set_model("sora-2");
  job.mutable_generation()->mutable_duration()->set_seconds(8);
  job.mutable_generation()->set_resolution("720p");
  job.mutable_create_time()->set_seconds(kAccepted);
  job.mutable_update_time()->set_seconds(kAccepted + revision);
  *job.mutable_cost()->mutable_quoted() = Usd(0, 800'000'000);
  if (state == v1::JOB_STATE_SUCCEEDED) {
    job.mutable_cost()->set_settlement(v1::SETTLEMENT_STATE_SETTLED);
    *job.mutable_cost()->mutable_settled() = Usd(0, 812'500'000);
    *job.mutable_cost()->mutable_charged() = Usd(0, 800'000'000);
    *job.mutable_cost()->mutable_overrun() = Usd(0, 12'500'000);
    job.mutable_complete_time()->set_seconds(kAccepted + revision);
  } else {
    job.mutable_cost()->set_settlement(v1::SETTLEMENT_STATE_RESERVED);
    *job.mutable_cost()->mutable_reserved() = Usd(0, 800'000'000);
  }
  return job;
}

v1::WatchJobResponse Snapshot(const v1::Job& job) {
  v1::WatchJobResponse response;
  *response.mutable_snapshot()->mutable_job() = job;
  return response;
}

v1::WatchJobResponse Revision(const v1::Job& job) {
  v1::WatchJobResponse response;
  response.mutable_revision()->set_revision(job.revision());
  *response.mutable_revision()->mutable_job() = job;
  return response;
}

std::vector<v1::DownloadVideoResponse> DownloadOf(const std::string& bytes, size_t chunk_bytes) {
  std::vector<v1::DownloadVideoResponse> messages(1);
  messages.front().mutable_header()->set_content_type("video/mp4");
  messages.front().mutable_header()->set_size_bytes(static_cast<int64_t>(bytes.size()));
  for (size_t at = 0; at < bytes.size(); at += chunk_bytes) {
    messages.emplace_back().set_chunk(bytes.substr(at, chunk_bytes));
  }
  v1::DownloadTrailer& trailer = *messages.emplace_back().mutable_trailer();
  trailer.set_size_bytes(static_cast<int64_t>(bytes.size()));
  trailer.set_sha256(Sha256Hex(bytes));
  return messages;
}

std::string VideoBytes() {
  std::string bytes(
      "\0\0\0\x18"
      "ftypmp42",
      12);
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

}  // namespace zoetrope::client
