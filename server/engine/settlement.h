// The money of an attempt when it ends. Pure: fields of the attempt and rows for the ledger, which belong
// into one transaction.
#ifndef ZOETROPE_SERVER_ENGINE_SETTLEMENT_H_
#define ZOETROPE_SERVER_ENGINE_SETTLEMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"

namespace zoetrope {

// What a provider reported, as an amount.
struct Report {
  std::optional<Money> amount;
  std::string units;

  bool operator==(const Report&) const = default;
};

// Sets `price` aside for a new attempt, in its fields only; where it is unknown, `cap`.
void SetAside(Attempt& attempt, std::optional<Money> price, Money cap = Money());

// What the catalogue said that the attempt costs, whatever was promised. nullopt: nothing.
std::optional<Money> ListPriceOf(const Attempt& attempt);

// What it is settled at where nobody can tell what it was charged.
Money WorstCaseOf(const Attempt& attempt);

// The row that goes with it.
LedgerRow ReservationRow(const Attempt& attempt, absl::Time now);

// Both.
void Reserve(Attempt& attempt, std::optional<Money> price, absl::Time now, std::vector<LedgerRow>& ledger,
             Money cap = Money());

// The attempt cost nothing, by rule: it was refused, never sent, or is of a kind that the provider does not
// bill.
void SettleAtNothing(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger);

// The attempt cost what was reported; or, where nothing was, what the catalogue says (`computed`).
void SettleAsReported(Attempt& attempt, const Report& report, std::optional<Money> computed, absl::Time now,
                      std::vector<LedgerRow>& ledger);

// The attempt was charged, and its provider will say later how much: the reservation stands until then.
// `computed` is kept for the case that it never does.
void AwaitCharge(Attempt& attempt, const Report& report, std::optional<Money> computed);
bool AwaitsCharge(const Attempt& attempt);

// It was accepted, and no one will ever tell how it ended: the whole reservation counts as spent, at the
// price where there was one; where the price is above it, the price.
void SettleAtReservation(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger);

// It was decided that the attempt counts as charged: the whole reservation, which nobody has confirmed.
void SettleAsAssumed(Attempt& attempt, absl::Time now, std::vector<LedgerRow>& ledger);

// It ended without a video, and nobody says whether that is charged: what was set aside, as an amount that
// nobody has seen. `price`: what the catalogue says of it, beside that.
void SettleUnconfirmed(Attempt& attempt, std::optional<Money> price, absl::Time now,
                       std::vector<LedgerRow>& ledger);

// A settled attempt turns out to have been charged with `charged`, which is not negative. What it is more is
// an overrun, because its caller was told a final amount; what it is less is given back, to the operator
// first.
void Correct(Attempt& attempt, Money charged, absl::Time now, std::vector<LedgerRow>& ledger);

// What is settled over all attempts; saturates.
Money SettledTotal(const JobState& state);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_SETTLEMENT_H_
