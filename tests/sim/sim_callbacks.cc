#include "tests/sim/sim_callbacks.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace zoetrope::testing {
namespace {

constexpr int kTriesMax = 5;
constexpr absl::Duration kPatience = absl::Seconds(15);
// As long as most videos take, and longer.
constexpr std::uint64_t kWithinMs = 400'000;

// How the providers that call back name the job's id.
std::string NameOfId(const std::string& provider) {
  const std::map<std::string, std::string> names = {{"fal", "request_id"}, {"runware", "taskUUID"}};
  const auto found = names.find(provider);
  return found == names.end() ? "id" : found->second;
}

}  // namespace

SimCallbacks::SimCallbacks(SimWorld* world, SimExecutor* executor, SeededRandom* random, Post post)
    : world_(world), executor_(executor), random_(random), post_(std::move(post)) {}

void SimCallbacks::OnCreation(const SimNetwork::Creation& creation) {
  if (creation.callback_url.empty() || random_->Chance(0.2)) return;
  const std::string body = absl::StrCat("{\"", NameOfId(creation.provider), "\":\"", creation.id, "\"}");
  const int calls = random_->Chance(0.2) ? 2 : 1;
  for (int i = 0; i < calls; ++i) {
    // Some are faster than the answer to the submission.
    const std::uint64_t after = random_->Chance(0.3) ? random_->Below(1'000) : random_->Below(kWithinMs);
    executor_->PostAt(
        world_->clock().TimeNow() + absl::Milliseconds(after),
        [this, call = std::make_shared<Call>(Call{creation.callback_url, body})] { Ring(call); });
  }
}

void SimCallbacks::Ring(const std::shared_ptr<Call>& call) {
  if (call->answered || call->tries++ >= kTriesMax) return;
  post_(call->url, call->body,
        [call](const absl::Status& status) { call->answered |= !absl::IsUnavailable(status); });
  executor_->PostAt(world_->clock().TimeNow() + kPatience, [this, call] { Ring(call); });
}

}  // namespace zoetrope::testing
