// From a permit to a request that is ready to be sent: the job's texts and pictures, and what a provider
// wants done before the submission.
//
// Nothing here is billable, and nothing of it is a revision: until the intent is written the job is queued,
// and after a crash all of it happens again, but for the steps that were kept.
#include <algorithm>
#include <utility>

#include "server/engine/engine_callbacks.h"
#include "server/engine/evidence.h"
#include "server/engine/provider_answers.h"

namespace zoetrope {
namespace {

// A provider whose preparations fail so often in a row counts as one that refused: another one may do it.
constexpr int kPrepareTries = 5;
constexpr absl::Duration kPrepareRetry = absl::Seconds(1);
// How often a job that waits for a permit, and has somewhere else to go, looks whether its account is down.
constexpr absl::Duration kLookAround = absl::Seconds(15);
// An account that sends nothing for longer than this is down; every other pause is waited out.
constexpr absl::Duration kShortPause = absl::Seconds(5);

// Whether the attempt has ended, or was given up, since its building began.
bool IsStale(const Entry& entry, const PreparedSubmit& building) {
  return entry.phase != AttemptPhase::kPlanned || entry.attempt_id != building.attempt_id;
}

}  // namespace

// As Later, but nothing happens when the attempt has ended meanwhile, or the job has gone elsewhere: the
// permit went with it.
template <typename Task>
auto Engine::Loop::WhileBuilding(const EntryPtr& entry, const std::shared_ptr<PreparedSubmit>& building,
                                 Task task) {
  return Later(entry, [building, task](Loop& loop, const EntryPtr& held, auto result) {
    if (!IsStale(*held, *building)) task(loop, held, std::move(result));
  });
}

std::optional<FailureReason> Engine::Loop::TroubleOf(const std::string& provider) {
  const LaneGate* lane = LaneOf(provider);
  if (lane == nullptr) return std::nullopt;
  const LaneHealth health = lane->Health();
  return health.resume_time > Now() + kShortPause ? health.trouble : std::nullopt;
}

void Engine::Loop::AskForPermit(const EntryPtr& entry) {
  LaneGate* lane = entry->account != nullptr ? LaneOf(entry->account->name) : nullptr;
  if (lane == nullptr || !entry->offering) {
    return CannotSend(entry, {FailureReason::kModelUnavailable,
                              "the provider or the offering is not configured any more", "", ""});
  }
  if (entry->building) return;
  if (recovering_) {
    // A permit that is given now may be one too many.
    entry->lane_at = Now() + options_.store_retry;
    return;
  }
  if (entry->ticket) return LookAround(entry);
  if (Now() < entry->repeat_from) {
    entry->lane_at = entry->repeat_from;
    return LookAround(entry);
  }
  lane->Request(entry->id, [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry),
                            attempt_id = entry->attempt_id] {
    const auto self = weak.lock();
    const auto still = held.lock();
    // Another attempt has its own lane to ask; this permit was given back when it was planned.
    if (self && still && still->attempt_id == attempt_id) self->OnPermit(still);
  });
  PublishLanes();
  LookAround(entry);
}

// Leads a job that waits behind an account that is down to where it can go, and has it look again.
void Engine::Loop::LookAround(const EntryPtr& entry) {
  if (!entry->live || entry->live->candidates.size() < 2) return;
  // Spread, because many may wait.
  entry->lane_at = std::min(entry->lane_at, Now() + kLookAround * (0.5 + UnitInterval(*parts_.random)));
  const std::optional<FailureReason> trouble = TroubleOf(entry->account->name);
  if (!trouble) return;
  Post([id = entry->id, attempt_id = entry->attempt_id, trouble](Loop& loop) {
    const EntryPtr held = loop.Find(id);
    if (held && held->attempt_id == attempt_id && !held->building) loop.Feed(id, AccountDown{*trouble});
  });
}

void Engine::Loop::OnPermit(const EntryPtr& entry) {
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  if (entry->phase != AttemptPhase::kPlanned || std::exchange(entry->building, true)) return;
  entry->lane_at = absl::InfiniteFuture();
  auto building = std::make_shared<PreparedSubmit>();
  building->offering = entry->offering;
  building->attempt_id = entry->attempt_id;
  building->callback_url = callbacks_->UrlFor(*entry);
  const auto go_on = [building](Loop& loop, const EntryPtr& held, absl::Status loaded) {
    loaded.ok() ? loop.EnterRoom(held, building) : loop.QueueAgain(held);
  };
  loader_.LoadTexts(entry->account->adapter.get(), entry->id, building,
                    WhileBuilding(entry, building, go_on));
}

// Reads the pictures, once there is room for them. Who finds none waits for it without the permit, which
// others can use meanwhile, and begins anew with both.
void Engine::Loop::EnterRoom(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  const std::size_t bytes = PictureRoomOf(*building);
  ByteRoom& room = loader_.RoomOf(entry->account->name);
  if (bytes > 0 && !entry->place) entry->place = room.TryTake(bytes);
  if (bytes > 0 && !entry->place) {
    LaneOf(entry->account->name)->Release(entry->id);
    entry->building = false;
    const auto enter = [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry),
                        attempt_id = entry->attempt_id](const std::shared_ptr<ByteRoom::Place>& place) {
      const auto self = weak.lock();
      if (!self) return;
      self->Post([held, attempt_id, place](Loop& loop) {
        const EntryPtr still = held.lock();
        if (!still || still->attempt_id != attempt_id || !still->ticket) return;
        still->ticket.reset();
        still->place = place;
        loop.AskForPermit(still);
        if (!still->busy) loop.Arm(still);
      });
    };
    entry->ticket = room.Ask(bytes, enter);
    PublishLanes();
    LookAround(entry);
    return Arm(entry);
  }
  building->place = std::move(entry->place);
  const auto go_on = [building](Loop& loop, const EntryPtr& held, absl::Status loaded) {
    if (loaded.ok() && building->known.id.empty()) return loop.Prepare(held, building);
    if (loaded.ok()) {
      held->events.emplace_back(CalledBack{building->attempt_id, building->known});
      return loop.Advance(held);
    }
    if (!absl::IsDataLoss(loaded)) return loop.QueueAgain(held);
    loop.CannotSend(held, {FailureReason::kInternal, std::string(loaded.message()), "", ""});
  };
  loader_.LoadPictures(entry->account->adapter.get(), entry->id, building,
                       WhileBuilding(entry, building, go_on));
}

// Does the first step that is not done yet; without one the submission can be built.
void Engine::Loop::Prepare(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  const SubmitInput input = SubmitInputOf(*building);
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
  CallOptions options = CallOptionsFor(account, account.submit_timeout);
  const auto go_on = [building, step = *next, note = NoteOf(*entry, ProviderCall::kPrepare)](
                         Loop& loop, const EntryPtr& held, HttpResult result) {
    loop.Report(note, result);
    if (!IsStale(*held, *building)) loop.OnPrepareAnswer(held, building, step, std::move(result));
  };
  parts_.http->Start(*std::move(request), options, Later(entry, go_on));
}

void Engine::Loop::OnPrepareAnswer(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                                   const std::string& step, HttpResult result) {
  // A step that fails says nothing about submissions: jobs without one must not wait for it. So the lane
  // hears of load and of the account's own trouble, and not of failures.
  LaneGate* lane = LaneOf(entry->account->name);
  PrepareOutcome outcome = TryAgain{};
  std::int32_t status = 0;
  std::string why = "no answer";
  if (const auto* response = std::get_if<HttpResponse>(&result)) {
    status = response->status;
    outcome = ReadPrepare(*entry->account, step, *response);
  }
  if (auto* prepared = std::get_if<Prepared>(&outcome)) {
    return KeepStep(entry, std::move(building), step, std::move(prepared->value));
  }
  if (auto* refused = std::get_if<Refused>(&outcome)) {
    if (const auto signal = SignalOf(refused->failure.reason)) lane->Report(*signal, std::nullopt);
    return CannotSend(entry, std::move(refused->failure), status);
  }
  bool throttled = false;
  if (const auto* unrecognized = std::get_if<Unrecognized>(&outcome)) {
    observer_->OnUnrecognized(entry->account->name, ProviderCall::kPrepare);
    why = unrecognized->why;
  } else if (const auto& again = std::get<TryAgain>(outcome); status != 0) {
    why = again.why;
    if (const auto signal = SignalOf(again.account_trouble.value_or(FailureReason::kProviderError))) {
      throttled = true;
      lane->Report(*signal, again.retry_after);
    }
  }
  // Load is no fault: the lane holds everything back, and the job waits like one that is throttled.
  if (!throttled && ++entry->prepare_tries >= kPrepareTries) {
    return CannotSend(entry,
                      {FailureReason::kProviderError,
                       "what the provider wants done before a submission keeps failing: " + why, "", ""},
                      status);
  }
  const absl::Duration pause = kPrepareRetry * (1 << entry->prepare_tries) * UnitInterval(*parts_.random);
  BackToLane(entry, std::max(kPrepareRetry / 10, pause));
}

// What has been done must be known before anything is built on it: a restart would do it again otherwise.
void Engine::Loop::KeepStep(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                            const std::string& step, std::string value) {
  building->preparations[step] = value;
  const auto go_on = [building, step, value](Loop& loop, const EntryPtr& held, absl::Status kept) {
    if (!kept.ok()) {
      // A disk that is full must not make the picture go over the wire again and again.
      loop.parts_.executor->PostAt(
          loop.Now() + loop.options_.store_retry,
          [weak = loop.weak_from_this(), again = std::weak_ptr<Entry>(held), building, step, value] {
            const auto self = weak.lock();
            const auto still = again.lock();
            if (self && still && !IsStale(*still, *building)) self->KeepStep(still, building, step, value);
          });
      return;
    }
    held->prepare_tries = 0;
    loop.Prepare(held, building);
  };
  parts_.store->AppendEvidence(
      {entry->id, building->attempt_id, std::string(kStepEvidence) + step, std::move(value), Now()},
      WhileBuilding(entry, building, go_on));
}

void Engine::Loop::Build(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building) {
  // An intent that is written while the process goes down would be a question for ever.
  if (draining_) return LaneOf(entry->account->name)->Release(entry->id);
  // What became ready after the account was given up waits with the others; the steps that it took are kept.
  const LaneHealth health = LaneOf(entry->account->name)->Health();
  if (health.condition == LaneCondition::kBroken || health.half_open) return QueueAgain(entry);
  absl::StatusOr<HttpRequest> request =
      entry->account->adapter->BuildSubmit(SubmitInputOf(*building), entry->account->secret);
  if (!request.ok()) {
    if (parts_.log != nullptr)
      parts_.log->Error("a submission cannot be built", JobFields(entry->id, entry->trace));
    return CannotSend(
        entry, {FailureReason::kInternal, "the request cannot be written in the provider's form", "", ""});
  }
  building->request = *std::move(request);
  if (entry->account->adapter->capabilities().deduplicates_by_id) {
    // Should the answer get lost, the same bytes may be sent again, and no others. Without this they are not.
    parts_.store->AppendEvidence(
        {entry->id, building->attempt_id, std::string(kDigestEvidence), DigestOf(building->request), Now()},
        [](absl::Status) {});
  }
  entry->events.emplace_back(Admitted{building->attempt_id});
  entry->prepared = std::make_unique<PreparedSubmit>(std::move(*building));
  Advance(entry);
}

void Engine::Loop::CannotSend(const EntryPtr& entry, Failure failure, std::int32_t http_status) {
  entry->events.emplace_back(CannotBuild{entry->attempt_id, std::move(failure), http_status});
  Advance(entry);
}

void Engine::Loop::QueueAgain(const EntryPtr& entry) { BackToLane(entry, options_.store_retry); }

// Nothing has been promised to the provider: gives the permit back, and asks for one again after `pause`.
void Engine::Loop::BackToLane(const EntryPtr& entry, absl::Duration pause) {
  LaneOf(entry->account->name)->Release(entry->id);
  entry->building = false;
  entry->lane_at = Now() + pause;
  Arm(entry);
}

}  // namespace zoetrope
