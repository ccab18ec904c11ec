// Rows of the ledger: every change of what is set aside or charged, appended in the transaction of the change
// itself.
#ifndef ZOETROPE_SERVER_DOMAIN_LEDGER_H_
#define ZOETROPE_SERVER_DOMAIN_LEDGER_H_

#include <string>

#include "absl/time/time.h"
#include "server/base/money.h"

namespace zoetrope {

// Per attempt, in nanos: Σ kReserve = Σ kRelease + what is still outstanding; Σ kSettle is what was charged.
// A settlement releases the reservation in the same transaction. kOverrun is the part of a settlement above
// what was reserved: the operator bears it, and no caller and no budget is charged with it.
enum class LedgerKind { kReserve, kRelease, kSettle, kOverrun };

// Where a settled amount comes from.
enum class CostSource { kUnknown, kProvider, kCatalogue, kBillingRule, kReservation };

struct LedgerRow {
  std::string attempt_id;
  LedgerKind kind = LedgerKind::kReserve;
  Money amount;
  CostSource source = CostSource::kUnknown;
  absl::Time time;

  bool operator==(const LedgerRow&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_LEDGER_H_
