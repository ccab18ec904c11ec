// AdminService: translates, hands over, answers. It decides nothing that held.h and backup.h could decide
// without gRPC.
#ifndef ZOETROPE_SERVER_API_ADMIN_API_H_
#define ZOETROPE_SERVER_API_ADMIN_API_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/api/admission.h"
#include "server/api/backup.h"
#include "server/api/held.h"
#include "server/api/page_token.h"
#include "server/api/ports.h"
#include "server/api/rpc_observer.h"
#include "server/api/status.h"
#include "server/api/supply.h"
#include "server/api/unary_reply.h"
#include "server/base/clock.h"
#include "server/base/current.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/http/http_client.h"
#include "server/store/job_store.h"
#include "server/store/retention.h"
#include "server/store/store_backup.h"
#include "zoetrope/admin/v1/admin.grpc.pb.h"

namespace zoetrope {

// All of it outlives the service.
struct AdminParts {
  const Admission* admission = nullptr;
  JobStore* store = nullptr;
  StoreBackup* backup = nullptr;
  EnginePort* engine = nullptr;
  Executor* executor = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  const Current<Supply>* supply = nullptr;
  Log* log = nullptr;  // may be null
  RpcObserver* observer = nullptr;
  absl::Duration hold_for = absl::InfiniteDuration();  // as EngineOptions'
  BackupPlace backup_place;
  absl::Duration ended_jobs_kept = RetentionOptions().finished_jobs;
  // For Diagnose. Where one is null, what needs it is not looked at.
  HttpClient* http = nullptr;
  std::function<std::optional<std::int64_t>()> store_free_bytes = nullptr;
  std::function<absl::Status()> try_store_write = nullptr;  // waits for the disk
  const Current<std::string>* reload_refusal = nullptr;     // empty: the last reload was taken over
  std::function<std::map<std::string, std::size_t>()> stale_prices = nullptr;  // by account
  Tracer tracer = {};
};

using AdminCallbacks = admin::v1::AdminService::CallbackService;

// Thread-safe: gRPC calls from many threads, and none of them waits here.
class AdminApi final : public AdminCallbacks {
 public:
  explicit AdminApi(AdminParts parts);

  grpc::ServerUnaryReactor* ListHeldAttempts(grpc::CallbackServerContext* context,
                                             const admin::v1::ListHeldAttemptsRequest* request,
                                             admin::v1::ListHeldAttemptsResponse* response) override;
  grpc::ServerUnaryReactor* ResolveAttempt(grpc::CallbackServerContext* context,
                                           const admin::v1::ResolveAttemptRequest* request,
                                           admin::v1::ResolveAttemptResponse* response) override;
  grpc::ServerUnaryReactor* BackupStore(grpc::CallbackServerContext* context,
                                        const admin::v1::BackupStoreRequest* request,
                                        admin::v1::BackupStoreResponse* response) override;
  grpc::ServerUnaryReactor* GetSpend(grpc::CallbackServerContext* context,
                                     const admin::v1::GetSpendRequest* request,
                                     admin::v1::GetSpendResponse* response) override;
  grpc::ServerUnaryReactor* ListBudgets(grpc::CallbackServerContext* context,
                                        const admin::v1::ListBudgetsRequest* request,
                                        admin::v1::ListBudgetsResponse* response) override;
  grpc::ServerUnaryReactor* VerifyLedger(grpc::CallbackServerContext* context,
                                         const admin::v1::VerifyLedgerRequest* request,
                                         admin::v1::VerifyLedgerResponse* response) override;
  grpc::ServerUnaryReactor* ListCharges(grpc::CallbackServerContext* context,
                                        const admin::v1::ListChargesRequest* request,
                                        admin::v1::ListChargesResponse* response) override;
  grpc::ServerUnaryReactor* CorrectCharge(grpc::CallbackServerContext* context,
                                          const admin::v1::CorrectChargeRequest* request,
                                          admin::v1::CorrectChargeResponse* response) override;
  grpc::ServerUnaryReactor* Diagnose(grpc::CallbackServerContext* context,
                                     const admin::v1::DiagnoseRequest* request,
                                     admin::v1::DiagnoseResponse* response) override;

 private:
  // One ResolveAttempt on its way through the store and the engine.
  class Resolving;
  // One look at all budgets; one at all ledgers.
  class ReadingBudgets;
  class Verifying;
  // One correction on its way into the store.
  class Correcting;
  // One look at what the server needs.
  class Diagnosing;

  // Whether the operator makes the call; else it has ended. What changes something is logged, with its maker.
  bool IsOperator(Rpc rpc, const grpc::CallbackServerContext& context, const UnaryReply& reply) const;
  UnaryReply ReplyTo(Rpc rpc, grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor);

  const AdminParts parts_;
  const PageTokens tokens_;
  const StatusWriter statuses_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_ADMIN_API_H_
