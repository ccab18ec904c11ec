// Whether the books of a job say what its state says. Pure.
#ifndef ZOETROPE_SERVER_STORE_LEDGER_CHECK_H_
#define ZOETROPE_SERVER_STORE_LEDGER_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/base/money.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"

namespace zoetrope {

// Two amounts that should be the same.
struct LedgerFinding {
  std::string job_id;   // empty: of a sum over jobs
  std::string subject;  // an attempt, a count of a budget, an hour
  std::string what;     // such as `reserved`
  Money booked;         // by the ledger's rows
  Money stated;         // by what should agree with them

  bool operator==(const LedgerFinding&) const = default;
};

// What a look at a part of the books has shown.
struct LedgerCheck {
  std::int64_t jobs = 0;
  std::int64_t rows = 0;
  Money reserved;  // outstanding
  Money charged;   // without overruns
  Money overrun;
  std::vector<LedgerFinding> findings;  // the first of them
  std::int64_t finding_count = 0;       // all of them
  std::string last_job_id;              // go on after it; empty: there is no more
};

inline constexpr std::size_t kLedgerFindingsMax = 100;

// Adds a job with all of its rows to `check`.
void CheckJobLedger(const std::string& job_id, const JobState& state, const std::vector<LedgerRow>& rows,
                    LedgerCheck& check);

// Adds a finding, as far as there is room for it.
void AddFinding(LedgerFinding finding, LedgerCheck& check);

// Adds what another part has shown.
void AddCheck(const LedgerCheck& part, LedgerCheck& sum);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_LEDGER_CHECK_H_
