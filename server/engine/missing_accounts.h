// Accounts that are not configured any more although jobs are not over there.
#ifndef ZOETROPE_SERVER_ENGINE_MISSING_ACCOUNTS_H_
#define ZOETROPE_SERVER_ENGINE_MISSING_ACCOUNTS_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "server/store/job_store.h"

namespace zoetrope {

// OK where every job that is not over has its account. FAILED_PRECONDITION with the accounts and how many
// jobs each has, where one is missing: what such a job costs, and whether its video is ready, could not be
// learnt. The store's own error where it cannot be asked. `done` is called on the store's thread; both must
// outlive it.
void LookForMissingAccounts(JobStore* store, const Accounts* accounts,
                            std::function<void(absl::Status)> done);

// OK where each job's account still is one of the dialect of what the job was given to, as the catalogue has
// that. FAILED_PRECONDITION else: the name is another account's now, which would say that there is no such
// job.
absl::Status CheckDialects(const std::vector<LiveJob>& jobs, const Accounts& accounts,
                           const Catalogue& catalogue);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_MISSING_ACCOUNTS_H_
