// Submissions of unknown outcome: what the store knows, what the provider answers to the same bytes again,
// and what it lists.
//
// Here are the effects; what is tried when is in search_policy.h, and what follows from the end, Resolved, in
// the job machine. On the engine's executor, as everything of the loop.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_RESOLVER_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_RESOLVER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/engine/engine_loop.h"

namespace zoetrope {

class Engine::Loop::Resolver {
 public:
  // `loop` owns this.
  explicit Resolver(Loop* loop) : loop_(*loop) {}

  // Begins the search for the attempt of `entry`, which is UNKNOWN. Ends, after any number of tries, with
  // Resolved.
  void Begin(const EntryPtr& entry);
  // The time of the next try has come.
  void Wake(const EntryPtr& entry);
  // Looks at what the store knows: at the beginning, and when there is something new. A search is under way.
  void ReadEvidence(const EntryPtr& entry);

 private:
  // As Later, but nothing happens when the search is over.
  template <typename Task>
  auto WhileSearching(const EntryPtr& entry, Task task);
  // Decides what comes next, not before `not_before`.
  void Plan(const EntryPtr& entry, absl::Time not_before = absl::InfinitePast());
  void End(const EntryPtr& entry, std::optional<ProviderJob> job, bool listed = false);

  // Whether the account takes nothing now; then it is looked at again when it may.
  bool WaitsForLane(const EntryPtr& entry);
  void EnterRoom(const EntryPtr& entry);
  void LoadSteps(const EntryPtr& entry);
  void Repeat(const EntryPtr& entry);
  void OnRepeated(const EntryPtr& entry, HttpResult result);

  void LookUp(const EntryPtr& entry, const std::string& page);
  void OnLookedUp(const EntryPtr& entry, const std::string& page, HttpResult result);
  void OnPage(const EntryPtr& entry, LookupPage page);
  // The look has been answered and did not decide it, or was not answered.
  void LookedInVain(const EntryPtr& entry);
  void LookFailed(const EntryPtr& entry, std::optional<absl::Duration> retry_after);

  // Of what the list shows, leaves what no attempt of ours holds.
  void DropHeld(const EntryPtr& entry, std::vector<ProviderJob> unchecked, std::vector<ProviderJob> free);
  void OnFree(const EntryPtr& entry, std::vector<ProviderJob> free);
  // Whether one of `rivals`, of which no one knows what became either, asked for the same.
  void LookForTwin(const EntryPtr& entry, std::vector<std::string> rivals, ProviderJob found);

  Loop& loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_RESOLVER_H_
