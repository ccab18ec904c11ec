#ifndef ZOETROPE_CLIENT_ADMIN_CLIENT_H_
#define ZOETROPE_CLIENT_ADMIN_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>

#include "client/admin_client_interface.h"
#include "client/channel.h"

namespace zoetrope::client {

// Client of a server's admin listener; see AdminClientInterface for what each call promises. Cheap to make
// and to destroy; the connection belongs to the channel.
class AdminClient : public AdminClientInterface {
 public:
  // `channel` is best made by MakeChannel.
  explicit AdminClient(std::shared_ptr<grpc::Channel> channel, ClientOptions options = {});
  ~AdminClient() override;

  absl::StatusOr<admin::v1::ListHeldAttemptsResponse> ListHeld(
      const admin::v1::ListHeldAttemptsRequest& request, const CallOptions& call = {}) override;
  absl::StatusOr<v1::Job> Resolve(const admin::v1::ResolveAttemptRequest& request,
                                  const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::BackupStoreResponse> Backup(const admin::v1::BackupStoreRequest& request,
                                                        const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::GetSpendResponse> GetSpend(const admin::v1::GetSpendRequest& request,
                                                       const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::ListBudgetsResponse> ListBudgets(const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::VerifyLedgerResponse> VerifyLedger(const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::DiagnoseResponse> Diagnose(const CallOptions& call = {}) override;
  absl::StatusOr<admin::v1::ListChargesResponse> ListCharges(const admin::v1::ListChargesRequest& request,
                                                             const CallOptions& call = {}) override;
  absl::StatusOr<v1::Job> CorrectCharge(const admin::v1::CorrectChargeRequest& request,
                                        const CallOptions& call = {}) override;

 private:
  struct Connection;
  const std::unique_ptr<const Connection> connection_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_ADMIN_CLIENT_H_
