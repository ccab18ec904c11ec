#ifndef ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ADMIN_H_
#define ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ADMIN_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "zoetrope/admin/v1/admin.grpc.pb.h"

namespace zoetrope::client {

// An AdminService in this process, on a port of its own, whose every answer a test writes as a function. A
// method without one answers UNIMPLEMENTED.
class FakeAdmin : public admin::v1::AdminService::Service {
 public:
  FakeAdmin() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~FakeAdmin() override { server_->Shutdown(); }

  // As in `127.0.0.1:40123`.
  const std::string& address() const { return address_; }

  std::function<grpc::Status(const admin::v1::ListHeldAttemptsRequest&, admin::v1::ListHeldAttemptsResponse*)>
      on_list;
  std::function<grpc::Status(const admin::v1::ResolveAttemptRequest&, admin::v1::ResolveAttemptResponse*)>
      on_resolve;
  std::function<grpc::Status(grpc::ServerContext&, const admin::v1::BackupStoreRequest&,
                             admin::v1::BackupStoreResponse*)>
      on_backup;
  std::function<grpc::Status(const admin::v1::GetSpendRequest&, admin::v1::GetSpendResponse*)> on_spend;
  std::function<grpc::Status(admin::v1::ListBudgetsResponse*)> on_budgets;
  std::function<grpc::Status(admin::v1::VerifyLedgerResponse*)> on_verify;
  std::function<grpc::Status(admin::v1::DiagnoseResponse*)> on_diagnose;
  std::function<grpc::Status(const admin::v1::ListChargesRequest&, admin::v1::ListChargesResponse*)>
      on_charges;
  std::function<grpc::Status(const admin::v1::CorrectChargeRequest&, admin::v1::CorrectChargeResponse*)>
      on_correct;

  grpc::Status ListHeldAttempts(grpc::ServerContext*, const admin::v1::ListHeldAttemptsRequest* request,
                                admin::v1::ListHeldAttemptsResponse* response) override {
    return on_list ? on_list(*request, response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status ResolveAttempt(grpc::ServerContext*, const admin::v1::ResolveAttemptRequest* request,
                              admin::v1::ResolveAttemptResponse* response) override {
    return on_resolve ? on_resolve(*request, response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status BackupStore(grpc::ServerContext* context, const admin::v1::BackupStoreRequest* request,
                           admin::v1::BackupStoreResponse* response) override {
    return on_backup ? on_backup(*context, *request, response)
                     : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status GetSpend(grpc::ServerContext*, const admin::v1::GetSpendRequest* request,
                        admin::v1::GetSpendResponse* response) override {
    return on_spend ? on_spend(*request, response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status ListBudgets(grpc::ServerContext*, const admin::v1::ListBudgetsRequest*,
                           admin::v1::ListBudgetsResponse* response) override {
    return on_budgets ? on_budgets(response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status Diagnose(grpc::ServerContext*, const admin::v1::DiagnoseRequest*,
                        admin::v1::DiagnoseResponse* response) override {
    return on_diagnose ? on_diagnose(response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status VerifyLedger(grpc::ServerContext*, const admin::v1::VerifyLedgerRequest*,
                            admin::v1::VerifyLedgerResponse* response) override {
    return on_verify ? on_verify(response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status ListCharges(grpc::ServerContext*, const admin::v1::ListChargesRequest* request,
                           admin::v1::ListChargesResponse* response) override {
    return on_charges ? on_charges(*request, response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }
  grpc::Status CorrectCharge(grpc::ServerContext*, const admin::v1::CorrectChargeRequest* request,
                             admin::v1::CorrectChargeResponse* response) override {
    return on_correct ? on_correct(*request, response) : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ADMIN_H_
