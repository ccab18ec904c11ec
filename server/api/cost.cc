#include "server/api/cost.h"

#include <limits>
#include <optional>

#include "server/api/convert.h"

namespace zoetrope {
namespace {

Money Plus(Money a, Money b) {
  return Add(a, b).value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
}

Money Less(Money a, Money b) { return Subtract(a, b).value_or(a); }

void AddTo(std::optional<Money>& sum, const std::optional<Money>& amount) {
  if (amount) sum = Plus(sum.value_or(Money()), *amount);
}

// nullopt: one of the two is not known, or they are further apart than an amount can be.
std::optional<Money> VarianceOf(const Attempt& attempt) {
  if (!attempt.settled || !attempt.computed) return std::nullopt;
  const absl::StatusOr<Money> difference = Subtract(*attempt.settled, *attempt.computed);
  return difference.ok() ? std::optional<Money>(*difference) : std::nullopt;
}

}  // namespace

Settlement SettlementOf(const JobState& state) {
  bool open = false;
  bool charged = false;
  for (const Attempt& attempt : state.attempts) {
    if (attempt.settlement == Settlement::kPending) return Settlement::kPending;
    open |= attempt.settlement == Settlement::kReserved;
    charged |= attempt.settlement == Settlement::kSettled;
  }
  if (open) return IsTerminal(state.phase) ? Settlement::kPending : Settlement::kReserved;
  return charged ? Settlement::kSettled : Settlement::kNone;
}

void CostOf(const Attempt& attempt, v1::AttemptCost* out) {
  if (attempt.computed) ToProto(*attempt.computed, out->mutable_computed());
  out->set_attempt_id(attempt.id);
  out->set_provider(attempt.provider);
  out->set_offering(attempt.offering);
  out->set_settlement(ToProto(attempt.settlement));
  if (attempt.quoted) ToProto(*attempt.quoted, out->mutable_quoted());
  ToProto(attempt.reserved, out->mutable_reserved());
  if (attempt.reported) ToProto(*attempt.reported, out->mutable_reported());
  if (attempt.settled) ToProto(*attempt.settled, out->mutable_settled());
  if (attempt.overrun > Money()) ToProto(attempt.overrun, out->mutable_overrun());
  if (attempt.settled) ToProto(Less(*attempt.settled, attempt.overrun), out->mutable_charged());
  if (attempt.listed) ToProto(*attempt.listed, out->mutable_listed());
  if (const std::optional<Money> variance = VarianceOf(attempt)) ToProto(*variance, out->mutable_variance());
  out->set_source(ToProto(attempt.cost_source));
  out->set_billable_units(attempt.billable_units);
}

void CostOf(const JobState& state, v1::Cost* out) {
  out->set_settlement(ToProto(SettlementOf(state)));
  Money reserved;
  Money settled;
  Money overrun;
  std::optional<Money> computed;
  std::optional<Money> reported;
  std::optional<Money> variance;
  for (const Attempt& attempt : state.attempts) {
    reserved = Plus(reserved, attempt.reserved);
    settled = Plus(settled, attempt.settled.value_or(Money()));
    overrun = Plus(overrun, attempt.overrun);
    AddTo(computed, attempt.computed);
    AddTo(reported, attempt.reported);
    if (const std::optional<Money> more = VarianceOf(attempt)) {
      const absl::StatusOr<Money> sum = Add(variance.value_or(Money()), *more);
      if (sum.ok()) variance = *sum;
    }
    CostOf(attempt, out->add_attempts());
  }
  // What was promised at acceptance is the first attempt's price; later attempts have their own below.
  if (!state.attempts.empty() && state.attempts.front().quoted) {
    ToProto(*state.attempts.front().quoted, out->mutable_quoted());
  }
  ToProto(reserved, out->mutable_reserved());
  ToProto(settled, out->mutable_settled());
  ToProto(Less(settled, overrun), out->mutable_charged());
  if (overrun > Money()) ToProto(overrun, out->mutable_overrun());
  if (computed) ToProto(*computed, out->mutable_computed());
  if (reported) ToProto(*reported, out->mutable_reported());
  if (variance) ToProto(*variance, out->mutable_variance());
}

}  // namespace zoetrope
