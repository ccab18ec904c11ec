#include "tests/crash/failpoint_store.h"

#include <utility>

#include "server/base/error.h"

namespace zoetrope::testing {
namespace {

absl::Status Away() { return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the store is away"); }

bool HasEnded(const JobTracker::Standing& standing) { return IsTerminal(standing.phase); }

// What a change is about, from what was known of the job before.
std::string NameOf(const JobState& state, const JobTracker::Standing& before) {
  const AttemptPhase phase = state.attempts.back().phase;
  if (HasEnded(before)) return "settle";
  if (state.attempts.size() > before.attempts) return "next-attempt";
  if (IsTerminal(state.phase)) return "end";
  if (phase != before.attempt) {
    switch (phase) {
      case AttemptPhase::kIntent:
        return "intent";
      case AttemptPhase::kAcked:
        return before.attempt == AttemptPhase::kHeld ? "adopt" : "ack";
      case AttemptPhase::kPlanned:
        return "replan";
      case AttemptPhase::kUnknown:
        return "unknown";
      case AttemptPhase::kHeld:
        return "hold";
      default:
        return "other";
    }
  }
  return state.cancel_requested_time != absl::InfinitePast() && !before.cancel_wanted ? "wish" : "other";
}

}  // namespace

template <typename T>
void FailpointStore::Around(const std::string& name, T lost, Callback<T> done,
                            std::function<void(Callback<T>)> go) {
  const Callback<T> after = [this, name, lost, done](T answer) {
    const std::optional<FailAction> action = points_->Reach(name + ".after");
    if (!action) return done(std::move(answer));
    if (*action == FailAction::kError) return done(lost);
    points_->Late([done, answer = std::move(answer)] { done(answer); });
  };
  const std::optional<FailAction> action = points_->Reach(name + ".before");
  if (!action) return go(after);
  if (*action == FailAction::kError) return points_->Soon([done, lost] { done(lost); });
  points_->Late([go, after] { go(after); });
}

void FailpointStore::FindRequest(std::string tenant, std::string request_id,
                                 Callback<absl::StatusOr<std::optional<RequestBinding>>> done) {
  using Answer = absl::StatusOr<std::optional<RequestBinding>>;
  Around<Answer>("request", Away(), std::move(done), [this, tenant, request_id](Callback<Answer> answered) {
    store_->FindRequest(tenant, request_id, std::move(answered));
  });
}

void FailpointStore::Create(NewJob job, Callback<CreateResult> done) {
  const Callback<CreateResult> noted = [this, id = job.job.spec.id, state = job.job.state,
                                        done](CreateResult result) {
    if (result.outcome == CommitOutcome::kDurable) tracker_->Note(id, state);
    done(std::move(result));
  };
  Around<CreateResult>("create", {CommitOutcome::kUnknown, std::nullopt, Away()}, noted,
                       [this, job = std::move(job)](Callback<CreateResult> answered) {
                         store_->Create(job, std::move(answered));
                       });
}

void FailpointStore::Commit(JobChange change, Callback<CommitOutcome> done) {
  const JobTracker::Standing before = tracker_->Find(change.job_id).value_or(JobTracker::Standing());
  const std::string name = NameOf(change.state, before);
  Around<CommitOutcome>(name, CommitOutcome::kUnknown, std::move(done),
                        [this, change = std::move(change)](Callback<CommitOutcome> answered) {
                          // Known as soon as it is durable, whatever becomes of the answer.
                          const auto noted = [this, id = change.job_id, state = change.state,
                                              answered](CommitOutcome outcome) {
                            if (outcome == CommitOutcome::kDurable) tracker_->Note(id, state);
                            answered(outcome);
                          };
                          store_->Commit(change, noted);
                        });
}

void FailpointStore::Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) {
  const std::optional<JobTracker::Standing> standing = tracker_->Find(job_id);
  // Reads in a tenant's name are callers'.
  if (!tenant.empty() || !standing) {
    return store_->Read(std::move(tenant), std::move(job_id), std::move(done));
  }
  const std::string name = standing->attempt == AttemptPhase::kPlanned ? "permit" : "wake";
  Around<absl::StatusOr<StoredJob>>(name, Away(), std::move(done),
                                    [this, tenant, job_id](Callback<absl::StatusOr<StoredJob>> answered) {
                                      store_->Read(tenant, job_id, std::move(answered));
                                    });
}

void FailpointStore::Claim(std::string owner, std::string after_id, int limit,
                           Callback<absl::StatusOr<std::vector<LiveJob>>> done) {
  const Callback<absl::StatusOr<std::vector<LiveJob>>> noted =
      [this, done](absl::StatusOr<std::vector<LiveJob>> jobs) {
        if (jobs.ok()) {
          for (const LiveJob& job : *jobs) tracker_->Note(job.id, job.state);
        }
        done(std::move(jobs));
      };
  Around<absl::StatusOr<std::vector<LiveJob>>>(
      "recovery-page", Away(), noted,
      [this, owner, after_id, limit](Callback<absl::StatusOr<std::vector<LiveJob>>> answered) {
        store_->Claim(owner, after_id, limit, std::move(answered));
      });
}

void FailpointStore::ListWrittenOff(absl::Time ended_since, int limit,
                                    Callback<absl::StatusOr<std::vector<Job>>> done) {
  using Answer = absl::StatusOr<std::vector<Job>>;
  Around<Answer>("written-off", Away(), std::move(done),
                 [this, ended_since, limit](Callback<Answer> answered) {
                   store_->ListWrittenOff(ended_since, limit, std::move(answered));
                 });
}

void FailpointStore::ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  using Answer = absl::StatusOr<std::vector<Job>>;
  const std::optional<JobTracker::Standing> last = tracker_->Last();
  // It is asked all the time; the place is where it has something to find.
  if (!last || last->attempt != AttemptPhase::kHeld)
    return store_->ListHeld(std::move(query), std::move(done));
  Around<Answer>("held-list", Away(), std::move(done),
                 [this, query](Callback<Answer> answered) { store_->ListHeld(query, std::move(answered)); });
}

void FailpointStore::PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                                Callback<absl::Status> done) {
  Around<absl::Status>("command", Away(), std::move(done),
                       [this, tenant, job_id, kind, now](Callback<absl::Status> answered) {
                         store_->PutCommand(tenant, job_id, kind, now, std::move(answered));
                       });
}

void FailpointStore::PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                                 Callback<absl::Status> done) {
  Around<absl::Status>("decision", Away(), std::move(done),
                       [this, job_id, decision, now](Callback<absl::Status> answered) {
                         store_->PutDecision(job_id, decision, now, std::move(answered));
                       });
}

void FailpointStore::FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                                     Callback<absl::StatusOr<std::optional<AttemptName>>> done) {
  Around<absl::StatusOr<std::optional<AttemptName>>>(
      "holder", Away(), std::move(done),
      [this, provider_job_id, but_attempt_id](Callback<absl::StatusOr<std::optional<AttemptName>>> answered) {
        store_->FindProviderJob(provider_job_id, but_attempt_id, std::move(answered));
      });
}

void FailpointStore::AppendEvidence(Evidence evidence, Callback<absl::Status> done) {
  Around<absl::Status>("evidence", Away(), std::move(done),
                       [this, evidence](Callback<absl::Status> answered) {
                         store_->AppendEvidence(evidence, std::move(answered));
                       });
}

void FailpointStore::ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) {
  // What a search reads, and what is read before a held attempt is given up.
  const std::optional<JobTracker::Standing> last = tracker_->Last();
  const bool held = last && last->attempt == AttemptPhase::kHeld;
  Around<absl::StatusOr<std::vector<Evidence>>>(
      held ? "held-evidence" : "evidence-read", Away(), std::move(done),
      [this, job_id](Callback<absl::StatusOr<std::vector<Evidence>>> answered) {
        store_->ReadEvidence(job_id, std::move(answered));
      });
}

void FailpointStore::PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) {
  Around<absl::Status>("blob", Away(), std::move(done),
                       [this, sha256, blob](Callback<absl::Status> answered) {
                         store_->PutBlob(sha256, blob, std::move(answered));
                       });
}

void FailpointStore::ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) {
  Around<absl::StatusOr<MediaBytes>>("blob-read", Away(), std::move(done),
                                     [this, sha256](Callback<absl::StatusOr<MediaBytes>> answered) {
                                       store_->ReadBlob(sha256, std::move(answered));
                                     });
}

}  // namespace zoetrope::testing
