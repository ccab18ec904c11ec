#include "server/engine/settlement.h"

#include <limits>

namespace zoetrope {
namespace {

void Settle(Attempt& attempt, Money amount, CostSource source, absl::Time now,
            std::vector<LedgerRow>& ledger) {
  if (attempt.settlement == Settlement::kSettled) return;
  ledger.push_back({attempt.id, LedgerKind::kSettle, amount, source, now});
  ledger.push_back({attempt.id, LedgerKind::kRelease, attempt.reserved, CostSource::kUnknown, now});
  const absl::StatusOr<Money> overrun = Subtract(amount, attempt.reserved);
  const bool promised = attempt.quoted || !attempt.reserved.is_zero();
  if (overrun.ok() && *overrun > Money() && promised) {
    ledger.push_back({attempt.id, LedgerKind::kOverrun, *overrun, source, now});
    attempt.overrun = *overrun;
  }
  attempt.settled = amount;
  attempt.cost_source = source;
  attempt.reserved = Money();
  attempt.settlement = Settlement::kSettled;
}

}  // namespace

void SetAside(Attempt& attempt, std::optional<Money> price, Money cap) {
  attempt.quoted = price;
  attempt.reserved = price.value_or(cap);
  attempt.settlement = Settlement::kReserved;
}

LedgerRow ReservationRow(const Attempt& attempt, absl::Time now) {
  return {attempt.id, LedgerKind::kReserve, attempt.reserved, CostSource::kCatalogue, now};
}

void Reserve(Attempt& attempt, std::optional<Money> price, absl::Time now, std::vector<LedgerRow>& ledger,
             Money cap) {
  SetAside(attempt, price, cap);
  ledger.push_back(ReservationRow(attempt, now));
}

void SettleAtNothing(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger) {
  attempt.computed = Money();
  Settle(attempt, Money(), CostSource::kBillingRule, now, ledger);
}

void SettleAsReported(Attempt& attempt, const Report& report, std::optional<Money> computed, absl::Time now,
                      std::vector<LedgerRow>& ledger) {
  attempt.computed = computed;
  if (!report.units.empty()) attempt.billable_units = report.units;
  // A negative charge is no charge that we know how to read; the catalogue's price is the safer record.
  if (report.amount && *report.amount >= Money()) {
    attempt.reported = report.amount;
    Settle(attempt, *report.amount, CostSource::kProvider, now, ledger);
    return;
  }
  if (!computed) return Settle(attempt, attempt.reserved, CostSource::kReservation, now, ledger);
  Settle(attempt, *computed, CostSource::kCatalogue, now, ledger);
}

void AwaitCharge(Attempt& attempt, const Report& report, std::optional<Money> computed) {
  attempt.computed = computed;
  attempt.billable_units = report.units;
  attempt.settlement = Settlement::kPending;
}

bool AwaitsCharge(const Attempt& attempt) {
  return IsTerminal(attempt.phase) && attempt.settlement == Settlement::kPending;
}

void SettleAtReservation(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger) {
  attempt.computed = attempt.quoted;
  const CostSource source = attempt.quoted ? CostSource::kCatalogue : CostSource::kReservation;
  Settle(attempt, attempt.reserved, source, now, ledger);
}

void SettleAsAssumed(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger) {
  attempt.computed = attempt.quoted;
  Settle(attempt, attempt.reserved, CostSource::kReservation, now, ledger);
}

Money SettledTotal(const JobState& state) {
  Money total;
  for (const Attempt& attempt : state.attempts) {
    if (!attempt.settled) continue;
    total = Add(total, *attempt.settled).value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
  }
  return total;
}

}  // namespace zoetrope
