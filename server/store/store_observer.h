// What a store tells about its own work; telemetry implements it.
#ifndef ZOETROPE_SERVER_STORE_STORE_OBSERVER_H_
#define ZOETROPE_SERVER_STORE_STORE_OBSERVER_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace zoetrope {

// The calls of JobStore and StoreBackup. A closed list, so that a metric can have one series each.
enum class StoreOperation {
  kFindRequest,
  kCreate,
  kCommit,
  kRead,
  kReadRevisions,
  kList,
  kReadLedger,
  kReadAll,
  kReadBudget,
  kReadSpend,
  kCheckLedger,
  kClaim,
  kPutCommand,
  kPutDecision,
  kDropCommand,
  kListHeld,
  kListWrittenOff,
  kCountLive,
  kFindProviderJob,
  kAppendEvidence,
  kReadEvidence,
  kPutBlob,
  kReadBlob,
  kReadOfferingText,
  kRemoveEnded,
  kBackup,
};

// `create`, `read_revisions`, …: the value of a label.
std::string_view StoreOperationName(StoreOperation operation);

// How a call ended.
enum class StoreOutcome {
  kOk,
  kConflict,  // refused by what is stored; also: not found
  kUnknown,   // a write that may or may not be there
  kFailed,    // nothing was written or read
};

// `ok`, `conflict`, `unknown`, `failed`.
std::string_view StoreOutcomeName(StoreOutcome outcome);

// Called on the store's threads, before the callback of the call. Must not block. Thread-safe.
class StoreObserver {
 public:
  virtual ~StoreObserver() = default;

  // `duration`: from the call to the answer, waiting included.
  virtual void OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) = 0;

  // A transaction of `writes` writes ended with `status` after `duration`, the sync included.
  virtual void OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_STORE_OBSERVER_H_
