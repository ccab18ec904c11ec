// What providers tell by themselves. A callback says under which id a provider has an attempt, which is what
// a submission of unknown outcome lacks; of everything else only a poll is believed.
//
// On the engine's executor, as everything of the loop.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_CALLBACKS_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_CALLBACKS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/engine/engine_loop.h"

namespace zoetrope {

class Engine::Loop::Callbacks {
 public:
  using Done = std::function<void(absl::Status)>;

  // `loop` owns this.
  explicit Callbacks(Loop* loop) : loop_(*loop) {}

  // Where the provider is asked to call back about the attempt of `entry`; empty: nowhere.
  std::string UrlFor(const Entry& entry) const;

  // As Engine::OnCallback.
  void Take(const AttemptName& attempt, const std::string& body, Done done);

 private:
  // A callback while it is being taken in.
  struct Told {
    AttemptName attempt;
    std::string provider = {};
    ProviderJob job = {};
    int looks = 0;
    Done done;
  };
  using ToldPtr = std::shared_ptr<Told>;

  // What the store answers, taken up again on the executor, if the loop is still there then.
  template <typename Task>
  auto Then(Task task);
  void OnRead(const ToldPtr& told, const std::string& body, const absl::StatusOr<StoredJob>& stored);
  void OnHolder(const ToldPtr& told, const absl::StatusOr<std::optional<AttemptName>>& holder);
  void OnKnown(const ToldPtr& told, const absl::StatusOr<std::vector<Evidence>>& known);
  void Warn(const Told& told, const char* why);
  // The fact is durable. Hands it to whatever waits for it.
  void Act(const ToldPtr& told);
  void OnReadAgain(const ToldPtr& told, const absl::StatusOr<StoredJob>& stored);
  void Adopt(const ToldPtr& told);
  void ActLater(const ToldPtr& told);
  // Answers.
  void End(const ToldPtr& told, CallbackEnd end, absl::Status status = absl::OkStatus());

  Loop& loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_CALLBACKS_H_
