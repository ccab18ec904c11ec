#ifndef ZOETROPE_CLIENT_ADMIN_CLIENT_INTERFACE_H_
#define ZOETROPE_CLIENT_ADMIN_CLIENT_INTERFACE_H_

#include <functional>

#include "absl/status/statusor.h"
#include "client/call_options.h"
#include "zoetrope/admin/v1/admin.pb.h"

namespace zoetrope::client {

// The operator's calls, on the server's admin listener. AdminClient is the real one.
//
// Every call blocks the thread that makes it, and may be made from any thread, from several at once. Errors
// and repeats are as VideoClientInterface says: reading changes nothing, and a decision that is made twice is
// made once. Only Backup is never repeated.
class AdminClientInterface {
 public:
  virtual ~AdminClientInterface() = default;

  // One page of attempts that wait for a decision, those sent first before the others. The next one is asked
  // for with `page_token` = `next_page_token`, until that is empty.
  virtual absl::StatusOr<admin::v1::ListHeldAttemptsResponse> ListHeld(
      const admin::v1::ListHeldAttemptsRequest& request, const CallOptions& call) = 0;

  // Decides about an attempt; returns the job as it is after the decision became durable, which may be before
  // it is carried out.
  virtual absl::StatusOr<v1::Job> Resolve(const admin::v1::ResolveAttemptRequest& request,
                                          const CallOptions& call) = 0;

  // Writes a copy of the store to a new file on the server's machine; returns when it is whole and synced.
  // Never repeated, because whoever has lost the answer cannot know whether the copy is there. Without a
  // timeout in `call` it may take ClientOptions.backup_timeout; the copy goes on when the call ends early.
  virtual absl::StatusOr<admin::v1::BackupStoreResponse> Backup(const admin::v1::BackupStoreRequest& request,
                                                                const CallOptions& call) = 0;

  // What jobs of all tenants were charged, added up.
  virtual absl::StatusOr<admin::v1::GetSpendResponse> GetSpend(const admin::v1::GetSpendRequest& request,
                                                               const CallOptions& call) = 0;

  // The budgets, and how full they are.
  virtual absl::StatusOr<admin::v1::ListBudgetsResponse> ListBudgets(const CallOptions& call) = 0;

  // Holds the ledger against what should agree with it. Takes time by the number of jobs that are kept:
  // without a timeout in `call` it may take ClientOptions.backup_timeout.
  virtual absl::StatusOr<admin::v1::VerifyLedgerResponse> VerifyLedger(const CallOptions& call) = 0;
  // Waits for as long as a backup may take: providers are asked.
  virtual absl::StatusOr<admin::v1::DiagnoseResponse> Diagnose(const CallOptions& call) = 0;

  // One page of what attempts were charged. The next one is asked for with `page_token` = `next_page_token`,
  // until that is empty.
  virtual absl::StatusOr<admin::v1::ListChargesResponse> ListCharges(
      const admin::v1::ListChargesRequest& request, const CallOptions& call) = 0;

  // Corrects what an attempt was charged; returns the job as it is now.
  virtual absl::StatusOr<v1::Job> CorrectCharge(const admin::v1::CorrectChargeRequest& request,
                                                const CallOptions& call) = 0;
};

// Reads all pages and calls `on_attempt` for each attempt until it returns false.
absl::Status ForEachHeld(AdminClientInterface& client, admin::v1::ListHeldAttemptsRequest request,
                         const CallOptions& call,
                         const std::function<bool(const admin::v1::HeldAttempt&)>& on_attempt);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_ADMIN_CLIENT_INTERFACE_H_
