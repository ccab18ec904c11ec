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

}  // namespace zoetrope
