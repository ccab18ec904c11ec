// Says in the log why the store did not do what it was asked for.
#ifndef ZOETROPE_SERVER_TELEMETRY_STORE_LOG_H_
#define ZOETROPE_SERVER_TELEMETRY_STORE_LOG_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/store/store_observer.h"

namespace zoetrope {

// Hands all that it is told on to another observer. Thread-safe as that one is.
class StoreLog final : public StoreObserver {
 public:
  // Both outlive this.
  StoreLog(StoreObserver* next, Log* log) : next_(next), log_(log) {}

  void OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) override {
    next_->OnOperation(operation, duration, outcome);
  }

  void OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) override {
    next_->OnTransaction(writes, duration, status);
    if (status.ok()) return;
    log_->Error("store_transaction_failed",
                {{"why", std::string(ToStd(status.message()))}, {"writes", absl::StrCat(writes)}});
  }

 private:
  StoreObserver* const next_;
  Log* const log_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_STORE_LOG_H_
