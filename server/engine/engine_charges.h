// Attempts that have ended and whose provider tells only later, in its books, what it charged.
//
// Here are the effects; when to ask is in charge_policy.h, and what follows from the answer, ChargeLearnt, in
// the job machine. On the engine's executor, as everything of the loop.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_CHARGES_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_CHARGES_H_

#include <optional>

#include "server/engine/engine_loop.h"

namespace zoetrope {

class Engine::Loop::Charges {
 public:
  // `loop` owns this.
  explicit Charges(Loop* loop) : loop_(*loop) {}

  // Begins to ask for the attempt of `entry`, which awaits its charge. Ends, after any number of looks, with
  // ChargeLearnt. `resumed`: with others, whose first looks are spread.
  void Begin(const EntryPtr& entry, bool resumed);
  // The time of the next look has come.
  void Ask(const EntryPtr& entry);

 private:
  void OnAnswer(const EntryPtr& entry, const HttpResult& result);
  // The next look, not before `pause` from now; or the end.
  void Plan(const EntryPtr& entry, absl::Duration pause);
  void End(const EntryPtr& entry, std::optional<zoetrope::Report> report);

  Loop& loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_CHARGES_H_
