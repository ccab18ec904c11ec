// Calls that ask for nothing but whether an account is back.
//
// Here are the effects; when one is due is the lane's word, and what an answer shows is in probe_policy.h. On
// the engine's executor, as everything of the loop.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_PROBER_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_PROBER_H_

#include <string>

#include "server/engine/engine_loop.h"

namespace zoetrope {

class Engine::Loop::Prober {
 public:
  // `loop` owns this.
  explicit Prober(Loop* loop) : loop_(*loop) {}

  // From now on `lane`, which is that of the account, has its probes sent here.
  void Serve(const std::string& account, LaneGate* lane);

 private:
  // In the name of a job that waits for the account: its offering is one that the account serves.
  void Probe(const std::string& account_name, const std::string& job_id);
  void OnAnswer(const CallNote& note, const Offering& offering, const HttpResult& result);

  Loop& loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_PROBER_H_
