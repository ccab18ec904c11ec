#include <utility>

#include "server/engine/engine_loop.h"
#include "server/engine/lane.h"

namespace zoetrope {

void Engine::Loop::Reload(const EngineSupply& supply) {
  // The one before goes at the end, when nothing points into it any more; its offerings go with their jobs.
  const EngineSupply before = std::exchange(supply_, supply);
  parts_.accounts = supply_.accounts.get();
  parts_.catalogue = supply_.catalogue.get();
  options_.budgets = supply_.budgets;
  for (const auto& [id, entry] : entries_) {
    if (entry->account != nullptr) entry->account = parts_.accounts->Find(entry->account->name);
  }
  for (const Account& account : parts_.accounts->all()) {
    if (LaneGate* lane = LaneOf(account.name)) lane->SetLimits(account.lane);
  }
  PublishLanes();
}

}  // namespace zoetrope
