#include "server/api/submit.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "server/api/fit_pictures.h"
#include "server/api/status.h"
#include "server/auth/principal_usage.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/strings.h"
#include "server/catalogue/model_lookup.h"
#include "server/engine/job_follower.h"
#include "server/route/budget.h"
#include "server/route/routing_notes.h"

namespace zoetrope {
namespace {

constexpr absl::Duration kDrainRetry = absl::Milliseconds(500);
constexpr absl::Duration kQueueRetry = absl::Seconds(5);

// When to look again for a job whose creation has an unknown outcome; after the last it counts as not made.
constexpr absl::Duration kReadBackAfter[] = {absl::Milliseconds(100), absl::Seconds(1), absl::Seconds(5),
                                             absl::Seconds(30)};

// A check does not bind its id, so it means what the same request means when it is made in earnest.
std::string FingerprintOf(const v1::SubmitRequest& request) {
  if (!request.validate_only()) return Fingerprint(request);
  v1::SubmitRequest in_earnest = request;
  in_earnest.clear_validate_only();
  return Fingerprint(in_earnest);
}

absl::Status QueueFull(const char* why) {
  return WithRetryDelay(MakeError(v1::ERROR_REASON_QUEUE_FULL, why), kQueueRetry);
}

absl::Status Reused(const std::string& request_id, const std::string& job_id) {
  return MakeError(v1::ERROR_REASON_REQUEST_ID_REUSED, "the request id was used with other content",
                   {{"request_id", request_id}, {"job_id", job_id}});
}

}  // namespace

// Makes a planned job durable, for which a place is reserved, and hands it to the engine. A job that turns
// out to be durable is handed over whenever that is, even when its caller was told long ago that nobody
// knows.
class Submitter::Creation : public std::enable_shared_from_this<Creation> {
 public:
  using Conflict = std::function<void(const RequestBinding&, Done)>;

  Creation(std::shared_ptr<Core> core, std::shared_ptr<const Supply> supply, Done done, Conflict conflict)
      : core_(std::move(core)),
        supply_(std::move(supply)),
        done_(std::move(done)),
        conflict_(std::move(conflict)) {}

  void Start(Job job, std::string fingerprint, std::map<std::string, MediaBytes> blobs) {
    job_ = std::move(job);
    fingerprint_ = std::move(fingerprint);
    blobs_ = std::move(blobs);
    PutNextBlob();
  }

 private:
  // Pictures first: a job that is durable must find them.
  void PutNextBlob() {
    if (blobs_.empty()) return Create();
    auto next = blobs_.extract(blobs_.begin());
    core_->parts.store->PutBlob(next.key(), std::move(next.mapped()),
                                [self = shared_from_this()](absl::Status status) {
                                  if (status.ok()) return self->PutNextBlob();
                                  self->core_->parts.engine->ReturnPlace(self->job_.spec.principal);
                                  self->Finish(StoreUnavailable("the store cannot take the pictures now"));
                                });
  }

  void Create() {
    const SubmitParts& parts = core_->parts;
    parts.store->Create(
        MakeNewJob(job_, fingerprint_, parts.engine->owner(), *supply_->catalogue, supply_->rules.budgets),
        [self = shared_from_this()](CreateResult result) { self->Created(std::move(result)); });
  }

  // An account's budget may be full, or the next offering cheaper. What was preferred is what the caller
  // hears of.
  void OnOverBudget(const BudgetShortage& shortage) {
    const SubmitParts& parts = core_->parts;
    if (!over_budget_) over_budget_ = shortage;
    NoteOverBudget(job_.spec.candidates.front(), shortage, job_.spec.routing_notes);
    if (GoToNextCandidate(job_, *supply_->catalogue, *parts.random)) return Create();
    parts.engine->ReturnPlace(job_.spec.principal);
    Finish(BudgetExceeded(supply_->rules.budgets, *over_budget_, job_.spec.create_time));
  }

  void Created(CreateResult result) {
    const SubmitParts& parts = core_->parts;
    switch (result.outcome) {
      case CommitOutcome::kDurable:
        parts.engine->Adopt(ToLive(job_, Ownership{parts.engine->owner(), 1}, {}));
        return Finish(Submitted{std::move(job_), false});
      case CommitOutcome::kConflict:
        parts.engine->ReturnPlace(job_.spec.principal);
        if (result.existing) return conflict_(*result.existing, std::move(done_));
        return Finish(StoreUnavailable("the store did not take the job"));
      case CommitOutcome::kOverBudget:
        return OnOverBudget(result.shortage.value_or(BudgetShortage()));
      case CommitOutcome::kUnknown:
        why_ = result.why;
        return ReadBack(0);
    }
  }

  // Reads whether the job is there. The caller is answered after the first look; the looking goes on.
  void ReadBack(std::size_t look) {
    core_->parts.store->Read(job_.spec.tenant, job_.spec.id,
                             [self = shared_from_this(), look](absl::StatusOr<StoredJob> found) {
                               self->WasRead(look, std::move(found));
                             });
  }

  void WasRead(std::size_t look, absl::StatusOr<StoredJob> found) {
    absl::StatusOr<Submitted> answer =
        StoreUnavailable("the store did not say whether it has the job; ask again with the same request id");
    {
      std::lock_guard lock(core_->mutex);
      if (core_->closed) return;
      if (found.ok()) {
        answer = Submitted{found->job, false};
        TakeOver(*std::move(found));
      } else {
        LookAgain(look, found.status());
      }
    }
    Finish(std::move(answer));
  }

  void TakeOver(StoredJob found) {
    EnginePort* const engine = core_->parts.engine;
    if (found.ownership.owner != engine->owner())
      return engine->ReturnPlace(job_.spec.principal);  // another process has it
    engine->Adopt(ToLive(found.job, found.ownership, std::move(found.commands)));
  }

  void LookAgain(std::size_t look, const absl::Status& status) {
    const SubmitParts& parts = core_->parts;
    // Only an answer counts as a look: as long as the store is away, nothing is known.
    const bool answered = absl::IsNotFound(status) || absl::IsDataLoss(status);
    if (answered && look >= std::size(kReadBackAfter)) {
      if (parts.log != nullptr) {
        parts.log->Warning("job_not_made", JobFields(job_.spec.id, job_.spec.trace,
                                                     {{"why", std::string(ToStd(why_.message()))}}));
      }
      return parts.engine->ReturnPlace(job_.spec.principal);
    }
    const absl::Duration after = kReadBackAfter[std::min(look, std::size(kReadBackAfter) - 1)];
    parts.executor->PostAt(parts.clock->TimeNow() + after, [self = shared_from_this(), look, answered] {
      std::lock_guard lock(self->core_->mutex);
      if (!self->core_->closed) self->ReadBack(answered ? look + 1 : look);
    });
  }

  void Finish(absl::StatusOr<Submitted> result) {
    if (Done done = std::exchange(done_, nullptr)) done(std::move(result));
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<const Supply> supply_;
  Done done_;
  const Conflict conflict_;
  Job job_;
  std::string fingerprint_;
  std::map<std::string, MediaBytes> blobs_;
  std::optional<BudgetShortage> over_budget_;  // the first of them
  absl::Status why_;                           // where the store did not say whether it has the job
};

// One Submit, up to the point where a job is made.
class Submitter::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<Core> core, const Principal& principal, const v1::SubmitRequest* request, Done done,
       const TraceContext& trace)
      : core_(std::move(core)),
        supply_(core_->parts.supply->Get()),
        principal_(principal),
        tenant_(principal_.tenant),
        request_(request),
        done_(std::move(done)),
        trace_(trace) {}

  void Start() {
    const std::string& id = request_->request_id();
    looked_up_ = id.empty() || id.size() > limits::kRequestIdChars;
    if (!looked_up_) fingerprint_ = FingerprintOf(*request_);
    if (const Gate gate = core_->gate; gate != Gate::kOpen) {
      const char* const why = gate == Gate::kStarting ? "the server is starting" : "the server is going down";
      return Refuse(WithRetryDelay(MakeError(v1::ERROR_REASON_DRAINING, why), kDrainRetry));
    }
    // Pictures wait for their turn to be fitted, each with all its bytes.
    std::shared_ptr<void> room = core_->room.Take(request_->ByteSizeLong());
    if (room == nullptr) return Refuse(QueueFull("too many bytes of requests are being taken in"));
    done_ = [room = std::move(room), done = std::move(done_)](absl::StatusOr<Submitted> result) {
      done(std::move(result));
    };
    if (absl::Status status = Check(); !status.ok()) return Refuse(std::move(status));
    // The store's own check for the id is the look-up, where making the job is all that is left to do.
    const bool only_create = !valid_.validate_only && valid_.blobs.empty() && !NamesSourceJob();
    if (looked_up_ || only_create) return ReadSource();
    LookUp(absl::OkStatus());
  }

 private:
  absl::Status Check() {
    Reading reading = ReadSubmit(*request_, supply_->rules.validation);
    if (!reading.violations.empty()) {
      const std::string today = DayOf(core_->parts.clock->TimeNow());
      return EveryViolation(std::move(reading), *supply_->catalogue, supply_->providers, today);
    }
    valid_ = std::move(reading.request);
    absl::StatusOr<const Model*> model = LookUpModel(*supply_->catalogue, valid_.generation.model);
    if (!model.ok()) return model.status();
    model_ = *model;
    return absl::OkStatus();
  }

  bool NamesSourceJob() const {
    return valid_.generation.source_video && !valid_.generation.source_video->job_id.empty();
  }

  // Answers `refusal`, unless the request id stands for a job.
  void Refuse(absl::Status refusal) {
    if (looked_up_) return Finish(std::move(refusal));
    LookUp(std::move(refusal));
  }

  void LookUp(absl::Status refusal) {
    core_->parts.store->FindRequest(
        tenant_, request_->request_id(),
        [self = shared_from_this(), refusal](absl::StatusOr<std::optional<RequestBinding>> found) {
          if (!found.ok())
            return self->Finish(StoreUnavailable("the store cannot look the request id up now"));
          if (found->has_value()) return self->AnswerExisting(**found, std::move(self->done_));
          self->looked_up_ = true;
          if (!refusal.ok()) return self->Finish(refusal);
          self->ReadSource();
        });
  }

  void ReadSource() {
    if (!NamesSourceJob()) return Choose();
    core_->parts.store->Read(tenant_, valid_.generation.source_video->job_id,
                             [self = shared_from_this()](absl::StatusOr<StoredJob> source) {
                               absl::Status status =
                                   ResolveSource(source, *self->supply_->catalogue, self->valid_, "");
                               if (status.ok()) return self->Choose();
                               self->Refuse(std::move(status));
                             });
  }

  void Choose() {
    const SubmitParts& parts = core_->parts;
    const absl::Time now = parts.clock->TimeNow();
    const std::string today = DayOf(now);
    const absl::StatusOr<std::optional<PriceQuote>> quote = FindQuote(valid_, tenant_, supply_->rules, now);
    if (!quote.ok()) return Refuse(quote.status());
    if (*quote) ResolveAsQuoted(**quote, valid_.generation);
    Generation effective = Resolve(std::move(valid_.generation), *model_);
    if (absl::Status same = CheckQuote(*quote, effective); !same.ok()) return Refuse(same);
    const std::shared_ptr<const ExperienceBook> experience = core_->Experience();
    absl::StatusOr<Routed> routed =
        RouteWithNotes({.model = *model_,
                        .generation = effective,
                        .routing = valid_.routing,
                        .providers = supply_->providers,
                        .today = today,
                        .allow_retired = supply_->rules.allow_retired_models,
                        .max_cost = valid_.max_cost,
                        .unpriced_reservation = supply_->rules.unpriced_reservation,
                        .quote = quote->has_value() ? &**quote : nullptr,
                        .experience = experience.get(),
                        .observed_at = now});
    if (!routed.ok()) return Refuse(routed.status());
    notes_ = std::move(routed->notes);
    std::vector<Candidate>& candidates = routed->candidates;
    valid_.max_cost = CeilingOf(valid_.max_cost, *quote, candidates);
    if (valid_.validate_only) {
      return Finish(Submitted{PlanJob(std::move(effective), std::move(candidates), nullptr), false});
    }
    std::set<PixelSize> sizes = SizesToFit(effective, candidates, supply_->providers, *supply_->catalogue);
    if (sizes.empty()) return Create(std::move(effective), std::move(candidates));
    parts.pictures->Post([self = shared_from_this(), sizes = std::move(sizes),
                          effective = std::move(effective), candidates = std::move(candidates)]() mutable {
      absl::Status fitted = FitFirstFrame(sizes, effective, self->valid_.blobs);
      if (!fitted.ok()) return self->Refuse(std::move(fitted));
      self->Create(std::move(effective), std::move(candidates));
    });
  }

  Job PlanJob(Generation effective, std::vector<Candidate> candidates, Random* random) const {
    const SubmitParts& parts = core_->parts;
    Job job = MakeJob(tenant_, valid_, std::move(effective), std::move(candidates), *supply_->catalogue,
                      supply_->rules, parts.clock->TimeNow(), random);
    job.spec.routing_notes = notes_;
    job.spec.trace = trace_;
    job.spec.principal = principal_.name;
    return job;
  }

  void Create(Generation effective, std::vector<Candidate> candidates) {
    const SubmitParts& parts = core_->parts;
    const int its_max = principal_.limits.jobs_in_flight_max;
    switch (parts.engine->TryReservePlace(principal_.name, its_max)) {
      case PlaceVerdict::kFull:
        return Refuse(QueueFull("too many jobs are under way"));
      case PlaceVerdict::kPrincipalFull:
        return Refuse(PrincipalLimitExceeded("jobs_in_flight_max", its_max, kQueueRetry));
      case PlaceVerdict::kTaken:
        break;
    }
    Job job = PlanJob(std::move(effective), std::move(candidates), parts.random);
    auto creation =
        std::make_shared<Creation>(core_, supply_, std::move(done_),
                                   [self = shared_from_this()](const RequestBinding& existing, Done done) {
                                     self->AnswerExisting(existing, std::move(done));
                                   });
    creation->Start(std::move(job), fingerprint_, std::move(valid_.blobs));
  }

  void AnswerExisting(const RequestBinding& existing, Done done) {
    if (existing.fingerprint != fingerprint_) {
      return done(Reused(request_->request_id(), existing.job_id));
    }
    core_->parts.store->Read(
        tenant_, existing.job_id, [done = std::move(done)](absl::StatusOr<StoredJob> found) {
          if (found.ok()) return done(Submitted{std::move(found->job), true});
          // The store takes both away at once, and did so between the two reads.
          if (absl::IsNotFound(found.status()))
            return done(StoreUnavailable("the job of this request id has just been removed; ask again"));
          done(FromStore(found.status(), ""));
        });
  }

  void Finish(absl::StatusOr<Submitted> result) { done_(std::move(result)); }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<const Supply> supply_;
  const Principal principal_;
  const std::string& tenant_;  // its
  const v1::SubmitRequest* const request_;
  Done done_;
  const TraceContext trace_;
  std::string fingerprint_;
  bool looked_up_ = false;
  ValidRequest valid_;
  const Model* model_ = nullptr;
  std::vector<RoutingNote> notes_;
};

Submitter::Submitter(SubmitParts parts) : core_(std::make_shared<Core>(parts.bytes_max)) {
  core_->parts = parts;
}

Submitter::~Submitter() {
  std::lock_guard lock(core_->mutex);
  core_->closed = true;
}

void Submitter::Submit(const Principal& principal, const v1::SubmitRequest* request, Done done,
                       const TraceContext& trace) {
  std::make_shared<Call>(core_, principal, request, std::move(done), trace)->Start();
}

}  // namespace zoetrope
