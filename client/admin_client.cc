#include "client/admin_client.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "client/internal/unary_call.h"
#include "zoetrope/admin/v1/admin.grpc.pb.h"

namespace zoetrope::client {

using Stub = admin::v1::AdminService::StubInterface;

struct AdminClient::Connection {
  std::unique_ptr<Stub> stub;
  ClientOptions options;
};

AdminClient::AdminClient(std::shared_ptr<grpc::Channel> channel, ClientOptions options)
    : connection_([&] {
        if (!options.environment) options.environment = SystemEnvironment();
        auto connection = std::make_unique<Connection>();
        connection->stub = admin::v1::AdminService::NewStub(std::move(channel));
        connection->options = std::move(options);
        return connection;
      }()) {}

AdminClient::~AdminClient() = default;

absl::StatusOr<admin::v1::ListHeldAttemptsResponse> AdminClient::ListHeld(
    const admin::v1::ListHeldAttemptsRequest& request, const CallOptions& call) {
  return CallUnary(*connection_->stub, &Stub::ListHeldAttempts, request, connection_->options, call);
}

absl::StatusOr<v1::Job> AdminClient::Resolve(const admin::v1::ResolveAttemptRequest& request,
                                             const CallOptions& call) {
  auto response = CallUnary(*connection_->stub, &Stub::ResolveAttempt, request, connection_->options, call);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_job());
}

absl::StatusOr<admin::v1::BackupStoreResponse> AdminClient::Backup(
    const admin::v1::BackupStoreRequest& request, const CallOptions& call) {
  ClientOptions once = connection_->options;
  once.retry.max_attempts = 1;
  once.call_timeout = once.backup_timeout;
  return CallUnary(*connection_->stub, &Stub::BackupStore, request, once, call);
}

absl::StatusOr<admin::v1::GetSpendResponse> AdminClient::GetSpend(const admin::v1::GetSpendRequest& request,
                                                                  const CallOptions& call) {
  return CallUnary(*connection_->stub, &Stub::GetSpend, request, connection_->options, call);
}

absl::StatusOr<admin::v1::ListBudgetsResponse> AdminClient::ListBudgets(const CallOptions& call) {
  return CallUnary(*connection_->stub, &Stub::ListBudgets, admin::v1::ListBudgetsRequest(),
                   connection_->options, call);
}

absl::StatusOr<admin::v1::VerifyLedgerResponse> AdminClient::VerifyLedger(const CallOptions& call) {
  ClientOptions patient = connection_->options;
  patient.call_timeout = patient.backup_timeout;
  return CallUnary(*connection_->stub, &Stub::VerifyLedger, admin::v1::VerifyLedgerRequest(), patient, call);
}

absl::StatusOr<admin::v1::DiagnoseResponse> AdminClient::Diagnose(const CallOptions& call) {
  ClientOptions patient = connection_->options;
  patient.call_timeout = patient.backup_timeout;
  return CallUnary(*connection_->stub, &Stub::Diagnose, admin::v1::DiagnoseRequest(), patient, call);
}

absl::StatusOr<admin::v1::ListChargesResponse> AdminClient::ListCharges(
    const admin::v1::ListChargesRequest& request, const CallOptions& call) {
  return CallUnary(*connection_->stub, &Stub::ListCharges, request, connection_->options, call);
}

absl::StatusOr<v1::Job> AdminClient::CorrectCharge(const admin::v1::CorrectChargeRequest& request,
                                                   const CallOptions& call) {
  auto response = CallUnary(*connection_->stub, &Stub::CorrectCharge, request, connection_->options, call);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_job());
}

absl::Status ForEachHeld(AdminClientInterface& client, admin::v1::ListHeldAttemptsRequest request,
                         const CallOptions& call,
                         const std::function<bool(const admin::v1::HeldAttempt&)>& on_attempt) {
  while (true) {
    const auto page = client.ListHeld(request, call);
    if (!page.ok()) return page.status();
    for (const admin::v1::HeldAttempt& attempt : page->attempts()) {
      if (!on_attempt(attempt)) return absl::OkStatus();
    }
    if (page->next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(page->next_page_token());
  }
}

}  // namespace zoetrope::client
