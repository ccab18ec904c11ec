#include "server/store/store_observer.h"

namespace zoetrope {

std::string_view StoreOperationName(StoreOperation operation) {
  switch (operation) {
    case StoreOperation::kFindRequest:
      return "find_request";
    case StoreOperation::kCreate:
      return "create";
    case StoreOperation::kCommit:
      return "commit";
    case StoreOperation::kRead:
      return "read";
    case StoreOperation::kReadRevisions:
      return "read_revisions";
    case StoreOperation::kList:
      return "list";
    case StoreOperation::kReadLedger:
      return "read_ledger";
    case StoreOperation::kReadAll:
      return "read_all";
    case StoreOperation::kReadBudget:
      return "read_budget";
    case StoreOperation::kReadSpend:
      return "read_spend";
    case StoreOperation::kCheckLedger:
      return "check_ledger";
    case StoreOperation::kClaim:
      return "claim";
    case StoreOperation::kPutCommand:
      return "put_command";
    case StoreOperation::kPutDecision:
      return "put_decision";
    case StoreOperation::kDropCommand:
      return "drop_command";
    case StoreOperation::kListHeld:
      return "list_held";
    case StoreOperation::kListWrittenOff:
      return "list_written_off";
    case StoreOperation::kCountLive:
      return "count_live";
    case StoreOperation::kFindProviderJob:
      return "find_provider_job";
    case StoreOperation::kAppendEvidence:
      return "append_evidence";
    case StoreOperation::kReadEvidence:
      return "read_evidence";
    case StoreOperation::kPutBlob:
      return "put_blob";
    case StoreOperation::kReadBlob:
      return "read_blob";
    case StoreOperation::kReadOfferingText:
      return "read_offering_text";
    case StoreOperation::kRemoveEnded:
      return "remove_ended";
    case StoreOperation::kBackup:
      return "backup";
  }
  return "unknown";
}

std::string_view StoreOutcomeName(StoreOutcome outcome) {
  switch (outcome) {
    case StoreOutcome::kOk:
      return "ok";
    case StoreOutcome::kConflict:
      return "conflict";
    case StoreOutcome::kUnknown:
      return "unknown";
    case StoreOutcome::kFailed:
      return "failed";
  }
  return "unknown";
}

}  // namespace zoetrope
