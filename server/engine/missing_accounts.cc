#include "server/engine/missing_accounts.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace zoetrope {

void LookForMissingAccounts(JobStore* store, const Accounts* accounts,
                            std::function<void(absl::Status)> done) {
  store->CountLive(
      [accounts, done = std::move(done)](absl::StatusOr<std::map<std::string, std::size_t>> counts) {
        if (!counts.ok()) return done(counts.status());
        std::string missing;
        for (const auto& [name, jobs] : *counts) {
          if (accounts->Find(name) != nullptr) continue;
          absl::StrAppend(&missing, missing.empty() ? "" : ", ", "`", name, "` (", jobs,
                          jobs == 1 ? " job)" : " jobs)");
        }
        if (missing.empty()) return done(absl::OkStatus());
        done(absl::FailedPreconditionError(
            absl::StrCat("jobs are not over at accounts that are not configured: ", missing,
                         "; configure them again, or set `allow_missing_accounts: true` to go on without "
                         "knowing what those cost")));
      });
}

absl::Status CheckDialects(const std::vector<LiveJob>& jobs, const Accounts& accounts,
                           const Catalogue& catalogue) {
  for (const LiveJob& job : jobs) {
    const Attempt& attempt = job.state.attempts.back();
    const Account* const account = accounts.Find(attempt.provider);
    const Offering* const offering = catalogue.FindOffering(attempt.offering);
    if (account == nullptr || offering == nullptr || account->dialect == offering->dialect) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("jobs are not over at `", account->name, "`, which was an account of ",
                     offering->dialect, " and is one of ", account->dialect,
                     " now: give it another name and configure the old one again, or set "
                     "`allow_missing_accounts: true` to go on without knowing what those cost"));
  }
  return absl::OkStatus();
}

}  // namespace zoetrope
