#include "server/engine/settlement.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

void Settle(Attempt& attempt, Money amount, CostSource source, absl::Time now, std::vector<LedgerRow>& ledger,
            LedgerKind kind = LedgerKind::kSettle) {
  if (attempt.settlement == Settlement::kSettled) return;
  const std::string& at = attempt.provider;
  ledger.push_back({attempt.id, kind, amount, source, now, at});
  ledger.push_back({attempt.id, LedgerKind::kRelease, attempt.reserved, CostSource::kUnknown, now, at});
  const absl::StatusOr<Money> overrun = Subtract(amount, attempt.reserved);
  const bool promised = attempt.quoted || !attempt.reserved.is_zero();
  if (overrun.ok() && *overrun > Money() && promised) {
    ledger.push_back({attempt.id, LedgerKind::kOverrun, *overrun, source, now, at});
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

std::optional<Money> ListPriceOf(const Attempt& attempt) {
  return attempt.listed ? attempt.listed : attempt.quoted;
}

Money WorstCaseOf(const Attempt& attempt) {
  return std::max(attempt.reserved, ListPriceOf(attempt).value_or(Money()));
}

LedgerRow ReservationRow(const Attempt& attempt, absl::Time now) {
  return {attempt.id, LedgerKind::kReserve, attempt.reserved, CostSource::kCatalogue, now, attempt.provider};
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
  // A charge below nothing, or one that no video costs, is none that we know how to read; the catalogue's
  // price is the safer record.
  if (report.amount && *report.amount >= Money() && report.amount->nanos() <= limits::kChargeNanos) {
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
  attempt.computed = ListPriceOf(attempt);
  Settle(attempt, WorstCaseOf(attempt), CostSource::kReservation, now, ledger);
}

void SettleAsAssumed(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger) {
  attempt.computed = ListPriceOf(attempt);
  Settle(attempt, WorstCaseOf(attempt), CostSource::kReservation, now, ledger, LedgerKind::kWriteOff);
}

void SettleUnconfirmed(Attempt& attempt, std::optional<Money> price, absl::Time now,
                       std::vector<LedgerRow>& ledger) {
  attempt.computed = price;
  Settle(attempt, attempt.reserved, CostSource::kReservation, now, ledger);
}

void Correct(Attempt& attempt, Money charged, absl::Time now, std::vector<LedgerRow>& ledger) {
  if (attempt.settlement != Settlement::kSettled || !attempt.settled || charged == *attempt.settled) return;
  const auto book = [&](LedgerKind kind, std::int64_t nanos) {
    ledger.push_back(
        {attempt.id, kind, Money::FromNanos(nanos), CostSource::kCorrection, now, attempt.provider});
  };
  const std::int64_t change = charged.nanos() - attempt.settled->nanos();
  // Of the operator's part: all that is more; of what is less, as much as it bears.
  const std::int64_t operators = std::max(change, -attempt.overrun.nanos());
  book(change > 0 ? LedgerKind::kAdjust : LedgerKind::kRefund, std::abs(change));
  if (operators != 0) book(LedgerKind::kOverrun, operators);
  attempt.overrun = Money::FromNanos(attempt.overrun.nanos() + operators);
  attempt.settled = charged;
  attempt.cost_source = CostSource::kCorrection;
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
