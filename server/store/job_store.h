// Where jobs are kept, as an interface: SQLite in one process, a shared database for many, a fake that answers anything in tests.
#ifndef ZOETROPE_SERVER_STORE_JOB_STORE_H_
#define ZOETROPE_SERVER_STORE_JOB_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"

namespace zoetrope {

// What became of a write.
enum class CommitOutcome {
  kDurable,   // synced: it survives any crash from now on
  kConflict,  // refused and nothing was written: another revision, or another owner's epoch, is there
  kUnknown,   // it may or may not be there: read the job again, and go on from what is
};

// What a request id already stands for.
struct RequestBinding {
  std::string job_id;
  std::string fingerprint;  // SHA-256 of the request's canonical fields
};

// Who may change a job's state. Each claim raises the epoch; a write with an older one conflicts.
struct Ownership {
  std::string owner;  // id of a server process
  std::int64_t epoch = 0;
};

// A wish about a job that any replica may write and its owner carries out.
enum class CommandKind { kCancel };

struct Command {
  std::int64_t sequence = 0;  // given by the store, rising
  CommandKind kind = CommandKind::kCancel;
  absl::Time time;
};

// A job with all that its owner needs.
struct StoredJob {
  Job job;
  Ownership ownership;
  std::vector<Command> commands;  // not carried out yet, oldest first
};

// The same without what only a submission needs: prompts and pictures stay in the store.
struct LiveJob {
  std::string id;
  std::string tenant;
  std::string model;
  absl::Time create_time;
  absl::Time deadline_time;
  FailoverPolicy failover = FailoverPolicy::kAfterRefused;
  UnknownPolicy unknown_policy = UnknownPolicy::kHold;
  std::optional<Money> max_cost;
  std::int32_t count = 1;
  std::vector<Candidate> candidates;
  JobState state;
  Ownership ownership;
  std::vector<Command> commands;
};

// Makes the LiveJob of a job, for stores and tests alike.
LiveJob ToLive(const Job& job, Ownership ownership, std::vector<Command> commands);

// A new job: revision 1, its request id, its offerings' texts and its ledger rows, in one transaction.
struct NewJob {
  Job job;                  // state.revision == 1
  std::string fingerprint;  // used when job.spec.request_id is not empty
  std::string owner;        // who claims it at once; the epoch becomes 1
  std::vector<LedgerRow> ledger;
  std::map<std::string, std::string> offering_texts;  // by revision (SHA-256); kept once
};

struct CreateResult {
  CommitOutcome outcome;
  std::optional<RequestBinding> existing;  // kConflict because the request id stands for a job already
  absl::Status why;                        // not OK unless kDurable
};

// A change of a job: the next revision, in one transaction with everything that belongs to it.
struct JobChange {
  std::string job_id;
  Ownership ownership;
  std::int64_t expected_revision = 0;  // of what is there; state.revision must be one more
  JobState state;
  std::vector<LedgerRow> ledger;
  std::vector<std::int64_t> carried_out;  // sequences of commands that this change answers
  std::map<std::string, std::string> offering_texts;
};

// A fact that arrived when it could not become a state: kept without any check of owner or epoch, never refused, never changed.
struct Evidence {
  std::string job_id;
  std::string attempt_id;
  std::string what;  // such as `provider_job_id`
  std::string value;
  absl::Time time;
};

// One revision of a job.
struct Revision {
  std::int64_t revision = 0;
  JobState state;
};

struct ListQuery {
  std::string tenant;
  std::vector<JobPhase> phases;  // empty: all
  std::string model;             // canonical id; empty: all
  std::string provider;          // of the last attempt; empty: all
  std::map<std::string, std::string> labels;
  std::optional<absl::Time> create_time_from;
  std::optional<absl::Time> create_time_before;
  std::string before_id;  // only jobs with a smaller id (ids sort by creation); empty: from the newest
  int limit = 50;
};

// What happened to a job; says nothing that a read would not say.
struct Change {
  std::string job_id;
  std::int64_t revision = 0;  // the job's revision now; 0 when the change is a command
  bool command = false;
};

// Thread-safe and asynchronous: calls return at once, callbacks come exactly once, never inside the call, on a thread of the
// store's (or on the executor of a simulated one), and must not block. An operational failure (disk full, database away) is
// kUnknown or UNAVAILABLE, never a crash; reads of what is damaged are DATA_LOSS. Every read and write names its tenant where the
// caller is a tenant: a job of another one is NOT_FOUND.
class JobStore {
 public:
  template <typename T>
  using Callback = std::function<void(T)>;

  virtual ~JobStore() = default;

  // What (tenant, request id) stands for; nullopt: nothing.
  virtual void FindRequest(std::string tenant, std::string request_id,
                           Callback<absl::StatusOr<std::optional<RequestBinding>>> done) = 0;

  virtual void Create(NewJob job, Callback<CreateResult> done) = 0;
  virtual void Commit(JobChange change, Callback<CommitOutcome> done) = 0;

  // A job of a tenant, or of any (for its owner) when `tenant` is empty.
  virtual void Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) = 0;
  // Revisions after `after`, oldest first, at most `limit`, without gaps.
  virtual void ReadRevisions(std::string job_id, std::int64_t after, int limit,
                             Callback<absl::StatusOr<std::vector<Revision>>> done) = 0;
  virtual void List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) = 0;
  virtual void ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) = 0;

  // Claims up to `limit` live jobs (IsLive) with ids after `after_id` whose owner's lease has run out, or, in a store of one process,
  // that another process held; and gives those that `owner` holds already, with their epoch as it is, so that a claim whose answer
  // was lost can be made again. In the order of ids. An empty answer: no more.
  virtual void Claim(std::string owner, std::string after_id, int limit,
                     Callback<absl::StatusOr<std::vector<LiveJob>>> done) = 0;

  // Records a wish durably. Any replica. OK, NOT_FOUND, or UNAVAILABLE (it may be there or not; repeating is harmless).
  virtual void PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                          Callback<absl::Status> done) = 0;

  virtual void AppendEvidence(Evidence evidence, Callback<absl::Status> done) = 0;
  virtual void ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) = 0;

  // Pictures by content; durable before `done`. Outside the transactions of jobs: writing the same bytes again changes nothing.
  virtual void PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) = 0;
  virtual void ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) = 0;

  // The text that an attempt was built from.
  virtual void ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) = 0;

  // Calls `listener` after every durable change of any job, of this process or another one; may miss none and may repeat one. Until
  // the returned handle is destroyed, which waits for a call that is under way. On a thread of the store's; must not block.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };
  [[nodiscard]] virtual std::unique_ptr<Subscription> Subscribe(std::function<void(const Change&)> listener) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_JOB_STORE_H_
