// What is asked of AdminService, and what it answers, as values. Pure.
#ifndef ZOETROPE_SERVER_API_HELD_H_
#define ZOETROPE_SERVER_API_HELD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/page_token.h"
#include "server/engine/account.h"
#include "server/store/job_store.h"
#include "zoetrope/admin/v1/admin.pb.h"

namespace zoetrope {

// A page that is asked for.
struct HeldPage {
  HeldQuery query;  // asks for one job more than the page holds, to know whether there is a next one
  int page_size = 0;
  std::string binding;  // of the call, for the next token
};

// INVALID_FIELD with all violations, or PAGE_TOKEN_INVALID.
absl::StatusOr<HeldPage> ReadListHeld(const admin::v1::ListHeldAttemptsRequest& request,
                                      const PageTokens& tokens);

// The page of `jobs`, which the query gave. `hold_for` as EngineOptions'.
void WriteHeldPage(const std::vector<Job>& jobs, const HeldPage& page, const PageTokens& tokens,
                   const Accounts& accounts, absl::Duration hold_for,
                   admin::v1::ListHeldAttemptsResponse* out);

// A decision that is asked for; its attempt_id is empty where the job's last attempt is meant. INVALID_FIELD
// with all violations.
absl::StatusOr<AttemptDecision> ReadDecision(const admin::v1::ResolveAttemptRequest& request);

// Where a decision stands.
enum class Standing {
  kOpen,  // it can be made
  kMade,  // it was carried out, or another one like it
};

// INVALID_FIELD where the job has no such attempt; ATTEMPT_RESOLVED, ATTEMPT_NOT_HELD.
absl::StatusOr<Standing> StandingOf(const JobState& state, const AttemptDecision& decision);

// ATTEMPT_RESOLVED about a decision that waits and is another one.
absl::Status AnotherWaits();

// PROVIDER_JOB_TAKEN.
absl::Status ProviderJobTaken(const AttemptName& holder);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_HELD_H_
