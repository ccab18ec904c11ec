#include "server/startup.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
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

void WarnOfStore(const SqliteStore& store, Log& log) {
  if (store.was_left_open())
    log.Warning("store_was_left_open", {{"consequence", "its whole file was checked; it is sound"}});
  if (store.copied_at() == absl::InfinitePast()) return;
  log.Warning("store_is_a_copy",
              {{"copied_at", absl::FormatTime(store.copied_at(), absl::UTCTimeZone())},
               {"consequence", "its jobs submit nothing before a decision, see `attempt list --held`"}});
}

absl::Duration DrainEngine(Engine& engine, absl::Duration grace, const Signals& signals, Log& log) {
  constexpr absl::Duration kLook = absl::Milliseconds(20);
  auto drained = std::make_shared<std::promise<void>>();
  std::future<void> answered = drained->get_future();
  engine.Drain([drained] { drained->set_value(); });
  for (absl::Duration left = grace; left > absl::ZeroDuration(); left -= kLook) {
    if (answered.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return left;
    if (!signals.EndWithin(std::min(left, kLook))) continue;
    log.Warning("second_signal", {{"consequence", "what is on the wire is cut off"}});
    break;
  }
  return absl::ZeroDuration();
}

}  // namespace zoetrope
