#include "server/engine/provider_answers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_replace.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr char kWhyJob[] = "the provider's id of the job holds the account's key";
constexpr char kWhyPrepared[] = "what the provider has prepared holds the account's key";

// One account's keys, in texts of all kinds. A function for each thing that can be told, so that a new one
// is thought of here, too.
class Key {
 public:
  explicit Key(const Account& account) : keys_{account.secret.Reveal(), account.former.Reveal()} {
    for (std::string_view& key : keys_) {
      if (key.size() < kKeyCharsMin) key = {};
    }
  }

  bool IsIn(const std::string& text) const {
    return std::any_of(keys_.begin(), keys_.end(), [&text](std::string_view key) {
      return !key.empty() && text.find(key) != std::string::npos;
    });
  }
  bool IsIn(const ProviderJob& job) const {
    return IsIn(job.id) || std::any_of(job.urls.begin(), job.urls.end(),
                                       [this](const auto& url) { return IsIn(url.second); });
  }

  void RemoveFrom(std::string& text) const {
    for (const std::string_view key : keys_) {
      if (!key.empty()) absl::StrReplaceAll({{ToAbsl(key), "removed"}}, &text);
    }
  }
  void RemoveFrom(Failure& failure) const {
    RemoveFrom(failure.message);
    RemoveFrom(failure.provider_code);
  }
  void RemoveFrom(ReportedCost& cost) const { RemoveFrom(cost.units); }
  void RemoveFrom(ProviderTimings& timings) const { RemoveFrom(timings.worker_id); }
  void RemoveFrom(ProviderLogLine& line) const {
    RemoveFrom(line.time);
    RemoveFrom(line.level);
    RemoveFrom(line.message);
  }
  void RemoveFrom(Media& media) const {
    RemoveFrom(media.url);
    RemoveFrom(media.content_type);
  }
  void RemoveFrom(Output& output) const {
    RemoveFrom(output.url);
    RemoveFrom(output.content_type);
    if (output.thumbnail) RemoveFrom(*output.thumbnail);
    if (output.spritesheet) RemoveFrom(*output.spritesheet);
    RemoveFrom(output.provider_video_id);
  }
  template <typename Part>
  void RemoveFrom(std::vector<Part>& parts) const {
    for (Part& part : parts) RemoveFrom(part);
  }

  void RemoveFrom(std::monostate&) const {}
  void RemoveFrom(Pending& pending) const {
    RemoveFrom(pending.logs);
    RemoveFrom(pending.timings);
  }
  void RemoveFrom(NextStage& next) const {
    RemoveFrom(next.timings);
    RemoveFrom(next.logs);
  }
  void RemoveFrom(Succeeded& done) const {
    RemoveFrom(done.outputs);
    RemoveFrom(done.failures);
    RemoveFrom(done.cost);
    RemoveFrom(done.timings);
  }
  void RemoveFrom(Failed& failed) const {
    RemoveFrom(failed.failure);
    RemoveFrom(failed.cost);
    RemoveFrom(failed.timings);
  }
  void RemoveFrom(CancelledThere& cancelled) const {
    RemoveFrom(cancelled.cost);
    RemoveFrom(cancelled.timings);
  }
  void RemoveFrom(NotFoundThere& gone) const {
    RemoveFrom(gone.message);
    RemoveFrom(gone.provider_code);
  }
  void RemoveFrom(TryAgain& again) const { RemoveFrom(again.why); }
  void RemoveFrom(Unrecognized& answer) const {
    RemoveFrom(answer.why);
    RemoveFrom(answer.message);
    RemoveFrom(answer.provider_code);
  }
  // The job itself was looked at before.
  void RemoveFrom(Accepted& accepted) const { RemoveFromAny(accepted.result); }
  void RemoveFrom(Refused& refused) const { RemoveFrom(refused.failure); }
  void RemoveFrom(Throttled& throttled) const {
    RemoveFrom(throttled.provider_code);
    RemoveFrom(throttled.message);
  }
  void RemoveFrom(LookupPage& page) const { RemoveFrom(page.next); }
  void RemoveFrom(Prepared&) const {}
  void RemoveFrom(CancelAccepted& accepted) const {
    if (accepted.end) RemoveFrom(*accepted.end);
  }
  void RemoveFrom(CancelTooLate&) const {}

  template <typename Outcome>
  void RemoveFromAny(Outcome& outcome) const {
    std::visit([this](auto& told) { this->RemoveFrom(told); }, outcome);
  }

 private:
  std::array<std::string_view, 2> keys_;
};

}  // namespace

PrepareOutcome ReadPrepare(const Account& account, std::string_view step, const HttpResponse& response) {
  PrepareOutcome outcome = account.adapter->ReadPrepare(step, response);
  const Key key(account);
  if (const auto* prepared = std::get_if<Prepared>(&outcome);
      prepared != nullptr && key.IsIn(prepared->value))
    return Unrecognized{kWhyPrepared};
  key.RemoveFromAny(outcome);
  return outcome;
}

SubmitOutcome ReadSubmit(const Account& account, const SubmitInput& input, const HttpResponse& response) {
  SubmitOutcome outcome = account.adapter->ReadSubmit(input, response);
  const Key key(account);
  if (const auto* accepted = std::get_if<Accepted>(&outcome); accepted != nullptr && key.IsIn(accepted->job))
    return Unrecognized{kWhyJob};
  key.RemoveFromAny(outcome);
  return outcome;
}

PollOutcome ReadPoll(const Account& account, const JobInput& input, const HttpResponse& response) {
  PollOutcome outcome = account.adapter->ReadPoll(input, response);
  Key(account).RemoveFromAny(outcome);
  return outcome;
}

CancelOutcome ReadCancel(const Account& account, const JobInput& input, const HttpResponse& response) {
  CancelOutcome outcome = account.adapter->ReadCancel(input, response);
  Key(account).RemoveFromAny(outcome);
  return outcome;
}

LookupOutcome ReadLookup(const Account& account, const LookupInput& input, const HttpResponse& response) {
  LookupOutcome outcome = account.adapter->ReadLookup(input, response);
  const Key key(account);
  const auto* page = std::get_if<LookupPage>(&outcome);
  const bool bad = page != nullptr && std::any_of(page->matches.begin(), page->matches.end(),
                                                  [&key](const ProviderJob& job) { return key.IsIn(job); });
  if (bad) return Unrecognized{kWhyJob};
  key.RemoveFromAny(outcome);
  return outcome;
}

std::optional<ProviderJob> ReadCallback(const Account& account, std::string_view body) {
  std::optional<ProviderJob> job = account.adapter->ReadCallback(body);
  if (job && Key(account).IsIn(*job)) return std::nullopt;
  return job;
}

}  // namespace zoetrope
