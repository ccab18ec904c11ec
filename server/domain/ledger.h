// Rows of the ledger: every change of what is set aside or charged, appended in the transaction of the change
// itself.
#ifndef ZOETROPE_SERVER_DOMAIN_LEDGER_H_
#define ZOETROPE_SERVER_DOMAIN_LEDGER_H_

#include <string>

#include "absl/time/time.h"
#include "server/base/money.h"

namespace zoetrope {

// Per attempt, in nanos: Σ kReserve = Σ kRelease + what is still outstanding; Σ kSettle + kWriteOff is what
// was charged. Either releases the reservation in the same transaction, and an attempt has one of them.
// kWriteOff is a charge that nobody has confirmed: the outcome stayed unknown. kOverrun is the part of a
// charge above what was reserved: the operator bears it, and no caller and no budget is charged with it. A
// charge that turns out to be another is corrected by kAdjust, what it is more, or kRefund, what it is less.
// A caller's final amount only ever goes down: kAdjust comes with a kOverrun, and kRefund first with a
// negative one.
enum class LedgerKind { kReserve, kRelease, kSettle, kOverrun, kWriteOff, kAdjust, kRefund };

// What a row of one billionth adds to what is reserved, to what callers and budgets are charged with, and to
// what the operator bears.
struct LedgerEffect {
  int reserved = 0;
  int charged = 0;
  int overrun = 0;
};
constexpr LedgerEffect EffectOf(LedgerKind kind) {
  switch (kind) {
    case LedgerKind::kReserve:
      return {.reserved = 1};
    case LedgerKind::kRelease:
      return {.reserved = -1};
    case LedgerKind::kSettle:
    case LedgerKind::kWriteOff:
    case LedgerKind::kAdjust:
      return {.charged = 1};
    case LedgerKind::kRefund:
      return {.charged = -1};
    case LedgerKind::kOverrun:
      return {.charged = -1, .overrun = 1};
  }
  return {};
}

// Whether the row is an attempt's charge, of which it has one.
constexpr bool IsCharge(LedgerKind kind) {
  return kind == LedgerKind::kSettle || kind == LedgerKind::kWriteOff;
}

// Where a settled amount comes from.
enum class CostSource { kUnknown, kProvider, kCatalogue, kBillingRule, kReservation, kCorrection };

struct LedgerRow {
  std::string attempt_id;
  LedgerKind kind = LedgerKind::kReserve;
  Money amount;
  CostSource source = CostSource::kUnknown;
  absl::Time time;
  std::string provider;  // the attempt's account

  bool operator==(const LedgerRow&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_LEDGER_H_
