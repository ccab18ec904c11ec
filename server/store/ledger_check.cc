#include "server/store/ledger_check.h"

#include <limits>
#include <map>
#include <utility>

namespace zoetrope {
namespace {

// What an attempt's rows add up to, in nanos.
struct Sums {
  std::int64_t reserved = 0;
  std::int64_t charged = 0;
  std::int64_t overrun = 0;
  std::int64_t elsewhere = 0;  // of rows that name another account
};

// Saturates: the total of a damaged file is no reason to end without one.
Money Plus(Money sum, std::int64_t nanos) {
  return Add(sum, Money::FromNanos(nanos))
      .value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

void CheckJobLedger(const std::string& job_id, const JobState& state, const std::vector<LedgerRow>& rows,
                    LedgerCheck& check) {
  std::map<std::string, const Attempt*> attempts;
  for (const Attempt& attempt : state.attempts) attempts.emplace(attempt.id, &attempt);
  std::map<std::string, Sums> sums;
  for (const LedgerRow& row : rows) {
    const LedgerEffect effect = EffectOf(row.kind);
    Sums& sum = sums[row.attempt_id];
    const auto attempt = attempts.find(row.attempt_id);
    const bool elsewhere = attempt == attempts.end() || attempt->second->provider != row.provider;
    sum.reserved += effect.reserved * row.amount.nanos();
    sum.charged += effect.charged * row.amount.nanos();
    sum.overrun += effect.overrun * row.amount.nanos();
    if (elsewhere) sum.elsewhere += row.amount.nanos();
  }
  for (const Attempt& attempt : state.attempts) sums.try_emplace(attempt.id);
  const Attempt nobodys;
  for (const auto& entry : sums) {
    const std::string& id = entry.first;
    const Sums& sum = entry.second;
    const auto found = attempts.find(id);
    const Attempt& attempt = found == attempts.end() ? nobodys : *found->second;
    const auto expect = [&](const char* what, std::int64_t booked, Money stated) {
      if (booked != stated.nanos()) AddFinding({job_id, id, what, Money::FromNanos(booked), stated}, check);
    };
    expect("reserved", sum.reserved, attempt.reserved);
    expect("charged", sum.charged + sum.overrun, attempt.settled.value_or(Money()));
    expect("overrun", sum.overrun, attempt.overrun);
    expect("booked at another account", sum.elsewhere, Money());
    check.reserved = Plus(check.reserved, sum.reserved);
    check.charged = Plus(check.charged, sum.charged);
    check.overrun = Plus(check.overrun, sum.overrun);
  }
  ++check.jobs;
  check.rows += static_cast<std::int64_t>(rows.size());
}

void AddFinding(LedgerFinding finding, LedgerCheck& check) {
  ++check.finding_count;
  if (check.findings.size() < kLedgerFindingsMax) check.findings.push_back(std::move(finding));
}

void AddCheck(const LedgerCheck& part, LedgerCheck& sum) {
  sum.jobs += part.jobs;
  sum.rows += part.rows;
  sum.reserved = Plus(sum.reserved, part.reserved.nanos());
  sum.charged = Plus(sum.charged, part.charged.nanos());
  sum.overrun = Plus(sum.overrun, part.overrun.nanos());
  const std::int64_t unnamed = part.finding_count - static_cast<std::int64_t>(part.findings.size());
  for (const LedgerFinding& finding : part.findings) AddFinding(finding, sum);
  sum.finding_count += unnamed;
  sum.last_job_id = part.last_job_id;
}

}  // namespace zoetrope
