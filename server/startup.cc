#include "server/startup.h"

#include <future>
#include <utility>

#include "server/engine/missing_accounts.h"

namespace zoetrope {

absl::Status Recover(Engine& engine) {
  std::promise<absl::Status> done;
  engine.Recover([&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

absl::Status CheckAccounts(JobStore& store, const Accounts& accounts) {
  std::promise<absl::Status> done;
  LookForMissingAccounts(&store, &accounts,
                         [&done](absl::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

}  // namespace zoetrope
