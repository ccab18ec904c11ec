// What attempts were charged, listed and corrected. Pure.
#ifndef ZOETROPE_SERVER_API_CHARGES_H_
#define ZOETROPE_SERVER_API_CHARGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/page_token.h"
#include "server/store/store_values.h"
#include "zoetrope/admin/v1/admin.pb.h"

namespace zoetrope {

// A page that is asked for.
struct ChargesPage {
  std::string after_job_id;
  int limit = 0;  // jobs: one more than the page is of, to know whether there is a next one
  std::string provider;
  absl::Time from = absl::InfinitePast();
  absl::Time before = absl::InfiniteFuture();
  std::string binding;  // of the call, for the next token
};

// INVALID_FIELD with all violations, or PAGE_TOKEN_INVALID.
absl::StatusOr<ChargesPage> ReadListCharges(const admin::v1::ListChargesRequest& request,
                                            const PageTokens& tokens);

// The page of `jobs`, which were read as it asks.
void WriteChargesPage(const std::vector<Job>& jobs, const ChargesPage& page, const PageTokens& tokens,
                      admin::v1::ListChargesResponse* out);

// What is to be corrected.
struct Correction {
  std::string attempt_id;
  Money charged;
  std::string note;
};

// INVALID_FIELD with all violations.
absl::StatusOr<Correction> ReadCorrection(const admin::v1::CorrectChargeRequest& request);

// The change of a job that books it; without rows for its ledger where it is booked already. INVALID_FIELD:
// the job has no such attempt; CHARGE_NOT_SETTLED.
absl::StatusOr<JobChange> PlanCorrection(const StoredJob& stored, const Correction& correction,
                                         absl::Time now);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_CHARGES_H_
