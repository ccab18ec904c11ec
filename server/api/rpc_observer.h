// What the API tells whoever counts.
#ifndef ZOETROPE_SERVER_API_RPC_OBSERVER_H_
#define ZOETROPE_SERVER_API_RPC_OBSERVER_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status_code_enum.h"
#include "server/base/money.h"
#include "server/domain/job.h"

namespace zoetrope {

// The calls of the services: a closed set, used as a metric's label.
enum class Rpc {
  kSubmit,
  kWatchJob,
  kGetCost,
  kGetJob,
  kListJobs,
  kCancelJob,
  kListModels,
  kDownloadVideo,
  kListHeldAttempts,
  kResolveAttempt,
  kBackupStore,
  kGetSpend,
  kGetSpendOfAll,
  kListBudgets,
  kVerifyLedger,
  kListCharges,
  kCorrectCharge,
  kDiagnose
};

inline constexpr Rpc kAllRpcs[] = {
    Rpc::kSubmit,      Rpc::kWatchJob,      Rpc::kGetCost,       Rpc::kGetJob,           Rpc::kListJobs,
    Rpc::kCancelJob,   Rpc::kListModels,    Rpc::kDownloadVideo, Rpc::kListHeldAttempts, Rpc::kResolveAttempt,
    Rpc::kBackupStore, Rpc::kGetSpend,      Rpc::kGetSpendOfAll, Rpc::kListBudgets,      Rpc::kVerifyLedger,
    Rpc::kListCharges, Rpc::kCorrectCharge, Rpc::kDiagnose};

constexpr std::string_view NameOf(Rpc rpc) {
  switch (rpc) {
    case Rpc::kSubmit:
      return "Submit";
    case Rpc::kWatchJob:
      return "WatchJob";
    case Rpc::kGetCost:
      return "GetCost";
    case Rpc::kGetJob:
      return "GetJob";
    case Rpc::kListJobs:
      return "ListJobs";
    case Rpc::kCancelJob:
      return "CancelJob";
    case Rpc::kListModels:
      return "ListModels";
    case Rpc::kDownloadVideo:
      return "DownloadVideo";
    case Rpc::kListHeldAttempts:
      return "ListHeldAttempts";
    case Rpc::kResolveAttempt:
      return "ResolveAttempt";
    case Rpc::kBackupStore:
      return "BackupStore";
    case Rpc::kGetSpend:
    case Rpc::kGetSpendOfAll:
      return "GetSpend";
    case Rpc::kListBudgets:
      return "ListBudgets";
    case Rpc::kVerifyLedger:
      return "VerifyLedger";
    case Rpc::kListCharges:
      return "ListCharges";
    case Rpc::kCorrectCharge:
      return "CorrectCharge";
    case Rpc::kDiagnose:
      return "Diagnose";
  }
  return "other";
}

// The service that the call belongs to.
constexpr std::string_view ServiceOf(Rpc rpc) {
  switch (rpc) {
    case Rpc::kListHeldAttempts:
    case Rpc::kResolveAttempt:
    case Rpc::kBackupStore:
    case Rpc::kGetSpendOfAll:
    case Rpc::kListBudgets:
    case Rpc::kVerifyLedger:
    case Rpc::kListCharges:
    case Rpc::kCorrectCharge:
    case Rpc::kDiagnose:
      return "zoetrope.admin.v1.AdminService";
    default:
      return "zoetrope.v1.VideoGeneration";
  }
}

constexpr bool IsStream(Rpc rpc) { return rpc == Rpc::kWatchJob || rpc == Rpc::kDownloadVideo; }

// What a correction has changed; one of the first two is above zero.
struct CorrectedMoney {
  Money more;     // than was charged before
  Money less;     // the same the other way
  Money overrun;  // part of `more` that the operator bears
};

// Calls come from any thread; they must not block. Every default does nothing.
class RpcObserver {
 public:
  virtual ~RpcObserver() = default;

  // A call has come, with its request.
  virtual void OnStarted(Rpc) {}
  // A call of a method that there is none of was refused.
  virtual void OnUnknownMethod() {}
  // A call was refused for who makes it, or for how much that one does.
  virtual void OnRefused(const absl::Status&) {}
  // A call has ended with `code`.
  virtual void OnHandled(Rpc, grpc::StatusCode, absl::Duration /*took*/) {}
  // A message of a stream was written.
  virtual void OnMessageSent(Rpc) {}
  // A job was accepted (not a duplicate, not a check).
  virtual void OnAccepted(std::string_view /*provider*/, std::string_view /*model*/, Mode) {}
  // A submission was answered with the job that its request id stands for.
  virtual void OnRepeated() {}
  // The operator has corrected what an attempt was charged.
  virtual void OnCorrected(std::string_view /*provider*/, std::string_view /*model*/, const CorrectedMoney&) {
  }
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_RPC_OBSERVER_H_
