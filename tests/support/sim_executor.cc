#include "tests/support/sim_executor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace zoetrope::testing {

SimWorld::SimWorld() = default;
SimWorld::SimWorld(std::uint64_t seed) : random_(std::in_place, seed) {}
SimWorld::~SimWorld() = default;

std::unique_ptr<SimExecutor> SimWorld::NewExecutor(std::string name) {
  return std::make_unique<SimExecutor>(this, next_executor_++, std::move(name));
}

void SimWorld::Post(std::uint64_t executor, absl::Time when, std::function<void()> task) {
  // What is past is due now, behind what has been due already.
  const absl::Time due = std::max(when, clock_.TimeNow());
  queue_[due][executor].push_back({next_sequence_++, std::move(task)});
  ++pending_;
}

std::size_t SimWorld::Drop(std::uint64_t executor) {
  std::size_t dropped = 0;
  // Tasks are destroyed only when the queue is in order again: what they own may post.
  std::vector<std::deque<Task>> doomed;
  for (auto moment = queue_.begin(); moment != queue_.end();) {
    if (auto tasks = moment->second.find(executor); tasks != moment->second.end()) {
      dropped += tasks->second.size();
      doomed.push_back(std::move(tasks->second));
      moment->second.erase(tasks);
    }
    moment = moment->second.empty() ? queue_.erase(moment) : std::next(moment);
  }
  pending_ -= dropped;
  return dropped;
}

SimWorld::Moment::iterator SimWorld::Choose(Moment& moment) {
  if (random_) return std::next(moment.begin(), static_cast<std::ptrdiff_t>(random_->Below(moment.size())));
  return std::min_element(moment.begin(), moment.end(), [](const auto& a, const auto& b) {
    return a.second.front().sequence < b.second.front().sequence;
  });
}

bool SimWorld::Step() {
  if (queue_.empty()) return false;
  const auto moment = queue_.begin();
  const absl::Duration ahead = moment->first - clock_.TimeNow();
  if (ahead > absl::ZeroDuration()) clock_.AdvanceTime(ahead);
  const auto chosen = Choose(moment->second);
  const Task task = std::move(chosen->second.front());
  chosen->second.pop_front();
  if (chosen->second.empty()) moment->second.erase(chosen);
  if (moment->second.empty()) queue_.erase(moment);
  --pending_;
  task.run();
  return true;
}

std::size_t SimWorld::RunUntil(absl::Time time) {
  std::size_t ran = 0;
  while (!queue_.empty() && queue_.begin()->first <= time && Step()) ++ran;
  const absl::Duration ahead = time - clock_.TimeNow();
  if (ahead > absl::ZeroDuration()) clock_.AdvanceTime(ahead);
  return ran;
}

std::size_t SimWorld::RunUntilIdle(std::size_t steps) {
  std::size_t ran = 0;
  while (ran < steps && Step()) ++ran;
  return ran;
}

bool SimWorld::RunUntil(const std::function<bool()>& done, std::size_t steps) {
  for (std::size_t ran = 0; !done(); ++ran) {
    if (ran == steps || !Step()) return false;
  }
  return true;
}

std::optional<absl::Time> SimWorld::NextTime() const {
  return queue_.empty() ? std::nullopt : std::optional<absl::Time>(queue_.begin()->first);
}

SimExecutor::SimExecutor(SimWorld* world, std::uint64_t number, std::string name)
    : world_(world), number_(number), name_(std::move(name)) {}

SimExecutor::~SimExecutor() { Stop(); }

void SimExecutor::Post(std::function<void()> task) { PostAt(world_->clock().TimeNow(), std::move(task)); }

void SimExecutor::PostAt(absl::Time when, std::function<void()> task) {
  if (!stopped_) world_->Post(number_, when, std::move(task));
}

std::size_t SimExecutor::DropAll() { return world_->Drop(number_); }

void SimExecutor::Stop() {
  stopped_ = true;
  world_->Drop(number_);
}

}  // namespace zoetrope::testing
