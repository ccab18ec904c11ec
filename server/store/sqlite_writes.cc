#include "server/store/sqlite_writes.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// Rows and indices beside the records.
constexpr std::size_t kRowBytes = 512;

StoreOutcome FailureOf(WriteFate fate) {
  return fate == WriteFate::kUnknown ? StoreOutcome::kUnknown : StoreOutcome::kFailed;
}

StoreOutcome OutcomeOf(CommitOutcome outcome) {
  switch (outcome) {
    case CommitOutcome::kDurable:
      return StoreOutcome::kOk;
    case CommitOutcome::kConflict:
    case CommitOutcome::kOverBudget:
      return StoreOutcome::kConflict;
    case CommitOutcome::kUnknown:
      break;
  }
  return StoreOutcome::kUnknown;
}

// What a caller hears of a write that is not there: the machine's failures are UNAVAILABLE, a damaged row is
// what it is.
absl::Status Unavailable(const absl::Status& why) {
  if (IsEnvironmental(why) || absl::IsDataLoss(why)) return why;
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, std::string(why.message()));
}

class CreateWrite : public StoreWrite {
 public:
  CreateWrite(NewJob job, JobStore::Callback<CreateResult> done, CallMeter meter, ChangeFeed* feed)
      : spec_(EncodeSpec(job.job.spec)),
        state_(job.job.state),
        job_(std::move(job)),
        done_(std::move(done)),
        meter_(meter),
        feed_(feed) {
    // The records have all of it; a queue of jobs need not hold every prompt twice.
    job_.job.spec.generation.prompt = std::string();
    job_.job.spec.generation.negative_prompt = std::string();
  }

  absl::Status Apply(JobTables& tables) override {
    ZOETROPE_ASSIGN_OR_RETURN(result_, tables.InsertJob(job_, spec_, state_));
    return absl::OkStatus();
  }

  void Finish(WriteFate fate, const absl::Status& why) override {
    if (fate == WriteFate::kNotWritten) {
      result_ = {CommitOutcome::kConflict, std::nullopt, Unavailable(why)};
    } else if (fate == WriteFate::kUnknown) {
      result_ = {CommitOutcome::kUnknown, std::nullopt, Unavailable(why)};
    }
    meter_.Report(fate == WriteFate::kNotWritten ? StoreOutcome::kFailed : OutcomeOf(result_.outcome));
    const bool changed = result_.outcome == CommitOutcome::kDurable;
    done_(std::move(result_));
    if (changed) feed_->Publish({job_.job.spec.id, 1, false});
  }

  std::size_t SizeBytes() const override { return spec_.size() + state_.record.size() + 2 * kRowBytes; }

 private:
  const std::string spec_;
  const StateColumns state_;
  NewJob job_;
  const JobStore::Callback<CreateResult> done_;
  const CallMeter meter_;
  ChangeFeed* const feed_;
  CreateResult result_{CommitOutcome::kUnknown, std::nullopt, absl::OkStatus()};
};

class CommitWrite : public StoreWrite {
 public:
  CommitWrite(JobChange change, JobStore::Callback<CommitOutcome> done, CallMeter meter, ChangeFeed* feed)
      : state_(change.state), change_(std::move(change)), done_(std::move(done)), meter_(meter), feed_(feed) {
    change_.state = {};
  }

  absl::Status Apply(JobTables& tables) override {
    ZOETROPE_ASSIGN_OR_RETURN(outcome_, tables.UpdateJob(change_, state_));
    return absl::OkStatus();
  }

  void Finish(WriteFate fate, const absl::Status&) override {
    // kConflict would tell the owner that somebody else has the job; what is not written for another reason
    // is re-read.
    const CommitOutcome outcome = fate == WriteFate::kDurable ? outcome_ : CommitOutcome::kUnknown;
    meter_.Report(fate == WriteFate::kNotWritten ? StoreOutcome::kFailed : OutcomeOf(outcome));
    done_(outcome);
    if (outcome == CommitOutcome::kDurable) feed_->Publish({change_.job_id, state_.revision, false});
  }

  std::size_t SizeBytes() const override { return state_.record.size() + kRowBytes; }

 private:
  const StateColumns state_;
  JobChange change_;
  const JobStore::Callback<CommitOutcome> done_;
  const CallMeter meter_;
  ChangeFeed* const feed_;
  CommitOutcome outcome_ = CommitOutcome::kUnknown;
};

class ClaimWrite : public StoreWrite {
 public:
  ClaimWrite(std::string owner, std::string after_id, int limit,
             JobStore::Callback<absl::StatusOr<std::vector<LiveJob>>> done, CallMeter meter)
      : owner_(std::move(owner)),
        after_id_(std::move(after_id)),
        limit_(limit),
        done_(std::move(done)),
        meter_(meter) {}

  absl::Status Apply(JobTables& tables) override {
    ZOETROPE_ASSIGN_OR_RETURN(claimed_, tables.Claim(owner_, after_id_, limit_));
    return absl::OkStatus();
  }

  void Finish(WriteFate fate, const absl::Status& why) override {
    if (fate == WriteFate::kDurable) {
      meter_.Report(StoreOutcome::kOk);
      return done_(std::move(claimed_));
    }
    meter_.Report(FailureOf(fate));
    done_(Unavailable(why));
  }

  // Reads far more than it writes; a claim of thousands should not keep others waiting in its transaction.
  std::size_t SizeBytes() const override { return static_cast<std::size_t>(std::max(limit_, 0)) * kRowBytes; }

 private:
  const std::string owner_;
  const std::string after_id_;
  const int limit_;
  const JobStore::Callback<absl::StatusOr<std::vector<LiveJob>>> done_;
  const CallMeter meter_;
  std::vector<LiveJob> claimed_;
};

class CommandWrite : public StoreWrite {
 public:
  using Put = std::function<absl::StatusOr<InboxAnswer>(JobTables&)>;

  CommandWrite(std::string job_id, std::size_t size, Put put, JobStore::Callback<absl::Status> done,
               CallMeter meter, ChangeFeed* feed)
      : job_id_(std::move(job_id)),
        size_(size),
        put_(std::move(put)),
        done_(std::move(done)),
        meter_(meter),
        feed_(feed) {}

  absl::Status Apply(JobTables& tables) override {
    ZOETROPE_ASSIGN_OR_RETURN(answer_, put_(tables));
    return absl::OkStatus();
  }

  void Finish(WriteFate fate, const absl::Status& why) override {
    if (fate != WriteFate::kDurable) {
      meter_.Report(FailureOf(fate));
      return done_(Unavailable(why));
    }
    const bool taken = answer_ == InboxAnswer::kTaken;
    meter_.Report(taken ? StoreOutcome::kOk : StoreOutcome::kConflict);
    done_(taken                                 ? absl::OkStatus()
          : answer_ == InboxAnswer::kOtherWaits ? absl::AlreadyExistsError("another decision waits")
                                                : JobNotFound(job_id_));
    if (taken) feed_->Publish({job_id_, 0, true});
  }

  std::size_t SizeBytes() const override { return size_; }

 private:
  const std::string job_id_;
  const std::size_t size_;
  const Put put_;
  const JobStore::Callback<absl::Status> done_;
  const CallMeter meter_;
  ChangeFeed* const feed_;
  InboxAnswer answer_ = InboxAnswer::kNoJob;
};

class RemoveEndedWrite : public StoreWrite {
 public:
  RemoveEndedWrite(absl::Time before, int limit, JobStore::Callback<absl::StatusOr<Removed>> done,
                   CallMeter meter)
      : before_(before), limit_(limit), done_(std::move(done)), meter_(meter) {}

  absl::Status Apply(JobTables& tables) override {
    ZOETROPE_ASSIGN_OR_RETURN(removed_, tables.RemoveEnded(before_, limit_));
    return absl::OkStatus();
  }

  void Finish(WriteFate fate, const absl::Status& why) override {
    if (fate == WriteFate::kDurable) {
      meter_.Report(StoreOutcome::kOk);
      return done_(removed_);
    }
    meter_.Report(FailureOf(fate));
    done_(Unavailable(why));
  }

  std::size_t SizeBytes() const override { return kAlone; }

 private:
  // More than any group takes beside another write.
  static constexpr std::size_t kAlone = std::size_t{1} << 40;

  const absl::Time before_;
  const int limit_;
  const JobStore::Callback<absl::StatusOr<Removed>> done_;
  const CallMeter meter_;
  Removed removed_;
};

// For writes that nothing stored can refuse.
class PlainWrite : public StoreWrite {
 public:
  PlainWrite(std::function<absl::Status(JobTables&)> apply, std::size_t size,
             JobStore::Callback<absl::Status> done, CallMeter meter)
      : apply_(std::move(apply)), size_(size), done_(std::move(done)), meter_(meter) {}

  absl::Status Apply(JobTables& tables) override { return apply_(tables); }

  void Finish(WriteFate fate, const absl::Status& why) override {
    meter_.Report(fate == WriteFate::kDurable ? StoreOutcome::kOk : FailureOf(fate));
    done_(fate == WriteFate::kDurable ? absl::OkStatus() : Unavailable(why));
  }

  std::size_t SizeBytes() const override { return size_; }

 private:
  const std::function<absl::Status(JobTables&)> apply_;
  const std::size_t size_;
  const JobStore::Callback<absl::Status> done_;
  const CallMeter meter_;
};

}  // namespace

std::unique_ptr<StoreWrite> MakeCreate(NewJob job, JobStore::Callback<CreateResult> done, CallMeter meter,
                                       ChangeFeed* feed) {
  return std::make_unique<CreateWrite>(std::move(job), std::move(done), meter, feed);
}

std::unique_ptr<StoreWrite> MakeCommit(JobChange change, JobStore::Callback<CommitOutcome> done,
                                       CallMeter meter, ChangeFeed* feed) {
  return std::make_unique<CommitWrite>(std::move(change), std::move(done), meter, feed);
}

std::unique_ptr<StoreWrite> MakeClaim(std::string owner, std::string after_id, int limit,
                                      JobStore::Callback<absl::StatusOr<std::vector<LiveJob>>> done,
                                      CallMeter meter) {
  return std::make_unique<ClaimWrite>(std::move(owner), std::move(after_id), limit, std::move(done), meter);
}

std::unique_ptr<StoreWrite> MakePutCommand(std::string tenant, std::string job_id, CommandKind kind,
                                           absl::Time now, JobStore::Callback<absl::Status> done,
                                           CallMeter meter, ChangeFeed* feed) {
  auto put = [tenant = std::move(tenant), job_id, kind,
              now](JobTables& tables) -> absl::StatusOr<InboxAnswer> {
    ZOETROPE_ASSIGN_OR_RETURN(const bool found, tables.PutCommand(tenant, job_id, kind, now));
    return found ? InboxAnswer::kTaken : InboxAnswer::kNoJob;
  };
  return std::make_unique<CommandWrite>(std::move(job_id), kRowBytes, std::move(put), std::move(done), meter,
                                        feed);
}

std::unique_ptr<StoreWrite> MakePutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                                            JobStore::Callback<absl::Status> done, CallMeter meter,
                                            ChangeFeed* feed) {
  const std::size_t size = decision.note.size() + kRowBytes;
  auto put = [job_id, decision = std::move(decision), now](JobTables& tables) {
    return tables.PutDecision(job_id, decision, now);
  };
  return std::make_unique<CommandWrite>(std::move(job_id), size, std::move(put), std::move(done), meter,
                                        feed);
}

std::unique_ptr<StoreWrite> MakeDropCommand(std::string job_id, std::int64_t sequence,
                                            JobStore::Callback<absl::Status> done, CallMeter meter) {
  return std::make_unique<PlainWrite>([job_id = std::move(job_id), sequence](
                                          JobTables& tables) { return tables.DropCommand(job_id, sequence); },
                                      kRowBytes, std::move(done), meter);
}

std::unique_ptr<StoreWrite> MakeAppendEvidence(Evidence evidence, JobStore::Callback<absl::Status> done,
                                               CallMeter meter) {
  const std::size_t size = evidence.value.size() + kRowBytes;
  return std::make_unique<PlainWrite>(
      [evidence = std::move(evidence)](JobTables& tables) { return tables.AppendEvidence(evidence); }, size,
      std::move(done), meter);
}

std::unique_ptr<StoreWrite> MakePutBlob(std::string sha256, MediaBytes blob, absl::Time now,
                                        JobStore::Callback<absl::Status> done, CallMeter meter) {
  const std::size_t size = blob.bytes.size() + kRowBytes;
  return std::make_unique<PlainWrite>([sha256 = std::move(sha256), blob = std::move(blob),
                                       now](JobTables& tables) { return tables.PutBlob(sha256, blob, now); },
                                      size, std::move(done), meter);
}

std::unique_ptr<StoreWrite> MakeRemoveEnded(absl::Time before, int limit,
                                            JobStore::Callback<absl::StatusOr<Removed>> done,
                                            CallMeter meter) {
  return std::make_unique<RemoveEndedWrite>(before, limit, std::move(done), meter);
}

}  // namespace zoetrope
