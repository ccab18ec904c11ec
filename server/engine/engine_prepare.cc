// From a permit to a request that is ready to be sent: the job's texts and pictures, and what a provider
// wants done before the submission.
//
// Nothing here is billable, and nothing of it is a revision: until the intent is written the job is queued,
// and after a crash all of it happens again, but for the steps that were kept.
#include <algorithm>
#include <utility>

#include "server/base/limits.h"
#include "server/engine/engine_loop.h"
#include "server/providers/first_frame.h"

namespace zoetrope {
namespace {

constexpr std::string_view kStepEvidence = "prepared:";
// A provider whose preparations fail so often in a row counts as one that refused: another one may do it.
constexpr int kPrepareTries = 5;
constexpr absl::Duration kPrepareRetry = absl::Seconds(1);

}  // namespace

SubmitInput Engine::Loop::InputOf(const PreparedSubmit& prepared) {
  return {prepared.generation, *prepared.offering,    prepared.attempt_id,
          prepared.blobs,      prepared.preparations, ""};
}

void Engine::Loop::AskForPermit(const EntryPtr& entry) {
  LaneGate* lane = entry->account != nullptr ? LaneOf(entry->account->name) : nullptr;
  if (lane == nullptr || !entry->offering) {
    return CannotSend(entry, {FailureReason::kModelUnavailable,
                              "the provider or the offering is not configured any more", "", ""});
  }
  lane->Request(entry->id, [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry)] {
    const auto self = weak.lock();
    const auto still = held.lock();
    if (self && still) self->OnPermit(still);
  });
  PublishLanes();
}

void Engine::Loop::OnPermit(const EntryPtr& entry) {
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  parts_.store->Read("", entry->id,
                     Later(entry, [](Loop& loop, const EntryPtr& held, absl::StatusOr<StoredJob> stored) {
                       if (!stored.ok()) {
                         return loop.QueueAgain(held);
                       }
                       auto building = std::make_shared<PreparedSubmit>();
                       building->generation = std::move(stored->job.spec.generation);
                       building->offering = held->offering;
                       building->attempt_id = held->attempt_id;
                       std::vector<std::string> blobs;
                       const auto add = [&blobs](const Image& image) {
                         if (image.blob() != nullptr) blobs.push_back(image.blob()->sha256);
                       };
                       UseFittedFrame(*held->offering, *held->account->adapter, building->generation);
                       if (building->generation.first_frame) add(*building->generation.first_frame);
                       if (building->generation.last_frame) add(*building->generation.last_frame);
                       for (const Image& image : building->generation.reference_images) add(image);
                       loop.LoadBlobs(held, std::move(building), std::move(blobs));
                     }));
}

void Engine::Loop::LoadBlobs(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                             std::vector<std::string> left) {
  if (left.empty()) return RecallSteps(entry, std::move(building));
  const std::string sha256 = left.back();
  left.pop_back();
  parts_.store->ReadBlob(
      sha256, Later(entry, [building, left, sha256](Loop& loop, const EntryPtr& held,
                                                    absl::StatusOr<MediaBytes> blob) {
        if (!blob.ok() && !absl::IsNotFound(blob.status()) && !absl::IsDataLoss(blob.status())) {
          return loop.QueueAgain(held);
        }
        if (!blob.ok()) {
          return loop.CannotSend(held, {FailureReason::kInternal,
                                        "a picture of the request cannot be read from the store", "", ""});
        }
        building->blobs[sha256] = *std::move(blob);
        loop.LoadBlobs(held, building, left);
      }));
}

// Which steps an earlier process, or an earlier try, has done for this attempt.
void Engine::Loop::RecallSteps(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  if (entry->account->adapter->PrepareSteps(InputOf(*building)).empty()) return Build(entry, building);
  parts_.store->ReadEvidence(
      entry->id, Later(entry, [building](Loop& loop, const EntryPtr& held,
                                         absl::StatusOr<std::vector<Evidence>> evidence) {
        if (!evidence.ok()) return loop.QueueAgain(held);
        for (Evidence& fact : *evidence) {
          if (fact.attempt_id != building->attempt_id || !fact.what.starts_with(kStepEvidence)) continue;
          building->preparations[fact.what.substr(kStepEvidence.size())] = std::move(fact.value);
        }
        loop.Prepare(held, building);
      }));
}

// Does the first step that is not done yet; without one the submission can be built.
void Engine::Loop::Prepare(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  const SubmitInput input = InputOf(*building);
  const std::vector<std::string> steps = entry->account->adapter->PrepareSteps(input);
  const auto next = std::find_if(steps.begin(), steps.end(), [&building](const std::string& step) {
    return !building->preparations.contains(step);
  });
  if (next == steps.end()) return Build(entry, std::move(building));
  const Account& account = *entry->account;
  absl::StatusOr<HttpRequest> request = account.adapter->BuildPrepare(*next, input, account.secret);
  if (!request.ok()) {
    return CannotSend(
        entry, {FailureReason::kInternal, "a preparation cannot be written in the provider's form", "", ""});
  }
  CallOptions options;
  options.timeout = account.submit_timeout;
  options.body_bytes_max = limits::kProviderBodyBytes;
  options.url_rule = account.url_rule;
  const absl::Duration started = parts_.clock->Monotonic();
  parts_.http->Start(
      *std::move(request), options,
      Later(entry, [building, step = *next, started](Loop& loop, const EntryPtr& held, HttpResult result) {
        loop.Report(*held->account, ProviderCall::kPrepare, result, loop.parts_.clock->Monotonic() - started);
        loop.OnPrepareAnswer(held, building, step, std::move(result));
      }));
}

void Engine::Loop::OnPrepareAnswer(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                                   const std::string& step, HttpResult result) {
  // The job may have ended meanwhile, and its permit with it.
  if (entry->phase != AttemptPhase::kPlanned || entry->attempt_id != building->attempt_id) return;
  LaneGate* lane = LaneOf(entry->account->name);
  PrepareOutcome outcome = TryAgain{};
  LaneSignal signal = LaneSignal::kFailing;
  if (const auto* response = std::get_if<HttpResponse>(&result)) {
    outcome = entry->account->adapter->ReadPrepare(step, *response);
    if (response->status < 500) signal = LaneSignal::kWorking;
  }
  if (auto* prepared = std::get_if<Prepared>(&outcome)) {
    lane->Report(LaneSignal::kWorking, std::nullopt);
    return KeepStep(entry, std::move(building), step, std::move(prepared->value));
  }
  if (auto* refused = std::get_if<Refused>(&outcome)) {
    lane->Report(SignalOf(refused->failure.reason).value_or(signal), std::nullopt);
    return CannotSend(entry, std::move(refused->failure));
  }
  if (std::holds_alternative<Unrecognized>(outcome)) {
    observer_->OnUnrecognized(entry->account->name, ProviderCall::kPrepare);
  }
  const auto* again = std::get_if<TryAgain>(&outcome);
  const std::optional<absl::Duration> retry_after = again != nullptr ? again->retry_after : std::nullopt;
  const bool throttled = again != nullptr && again->account_trouble.has_value();
  if (throttled) signal = SignalOf(*again->account_trouble).value_or(signal);
  lane->Report(signal, retry_after);
  // Load is no fault: the lane holds everything back, and the job waits like one that is throttled.
  if (!throttled && ++entry->prepare_tries >= kPrepareTries) {
    return CannotSend(entry, {FailureReason::kProviderError,
                              "what the provider wants done before a submission keeps failing", "", ""});
  }
  lane->Release(entry->id);
  const absl::Duration pause = kPrepareRetry * (1 << entry->prepare_tries) * UnitInterval(*parts_.random);
  entry->lane_at = Now() + std::max(kPrepareRetry / 10, pause);
  Arm(entry);
}

// What has been done must be known before anything is built on it: a restart would do it again otherwise.
void Engine::Loop::KeepStep(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                            const std::string& step, std::string value) {
  building->preparations[step] = value;
  parts_.store->AppendEvidence(
      {entry->id, building->attempt_id, std::string(kStepEvidence) + step, std::move(value), Now()},
      Later(entry, [building](Loop& loop, const EntryPtr& held, absl::Status kept) {
        if (held->phase != AttemptPhase::kPlanned || held->attempt_id != building->attempt_id) return;
        if (!kept.ok()) return loop.QueueAgain(held);
        held->prepare_tries = 0;
        loop.Prepare(held, building);
      }));
}

void Engine::Loop::Build(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  // An intent that is written while the process goes down would be a question for ever.
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  absl::StatusOr<HttpRequest> request =
      entry->account->adapter->BuildSubmit(InputOf(*building), entry->account->secret);
  if (!request.ok()) {
    if (parts_.log != nullptr) parts_.log->Error("a submission cannot be built", {{"job_id", entry->id}});
    return CannotSend(
        entry, {FailureReason::kInternal, "the request cannot be written in the provider's form", "", ""});
  }
  building->request = *std::move(request);
  entry->prepared = std::make_unique<PreparedSubmit>(std::move(*building));
  entry->events.emplace_back(Admitted{});
  Advance(entry);
}

void Engine::Loop::CannotSend(const EntryPtr& entry, Failure failure) {
  entry->events.emplace_back(CannotBuild{std::move(failure)});
  Advance(entry);
}

// Nothing has been promised to the provider: gives the permit back, and asks again later.
void Engine::Loop::QueueAgain(const EntryPtr& entry) {
  LaneOf(entry->account->name)->Release(entry->id);
  entry->lane_at = Now() + options_.store_retry;
  Arm(entry);
}

}  // namespace zoetrope
