// The values that go into and come out of a job store.
#ifndef ZOETROPE_SERVER_STORE_STORE_VALUES_H_
#define ZOETROPE_SERVER_STORE_STORE_VALUES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/domain/budget.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"

namespace zoetrope {

// What became of a write.
enum class CommitOutcome {
  kDurable,     // synced: it survives any crash from now on
  kConflict,    // refused and nothing was written: another revision, or another owner's epoch, is there
  kOverBudget,  // refused and nothing was written: what it sets aside would pass a budget
  kUnknown,     // it may or may not be there: read the job again, and go on from what is
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
enum class CommandKind { kCancel, kResolve };

struct Command {
  std::int64_t sequence = 0;  // given by the store, rising
  CommandKind kind = CommandKind::kCancel;
  absl::Time time;
  std::optional<AttemptDecision> decision = {};  // of kResolve, always
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
  std::int64_t video_ms = 0;  // length that was asked for, of each video; 0: not known
  std::string resolution;
  std::map<std::string, std::string> labels;
  std::vector<Candidate> candidates;
  TraceContext trace = {};
  std::string principal = {};
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
  std::vector<BudgetUse> budgets = {};                // where the first attempt's money counts
};

struct CreateResult {
  CommitOutcome outcome;
  std::optional<RequestBinding> existing;       // kConflict because the request id stands for a job already
  absl::Status why;                             // not OK unless kDurable
  std::optional<BudgetShortage> shortage = {};  // of kOverBudget, always
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
  // The last attempt takes a provider's job over that it was not given itself: refused where another attempt
  // has it.
  bool adopts = false;
  std::vector<BudgetUse> budgets = {};  // where the money of attempts that it adds counts
};

// A fact that arrived when it could not become a state: kept without any check of owner or epoch, never
// refused, never changed.
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

// What a removal of old jobs took away.
struct Removed {
  int jobs = 0;
  int blobs = 0;
  bool more = false;  // there may be more to take away
};

// SHA-256 of each picture that a job's generation gives by value, copies included; each once, in order.
std::vector<std::string> BlobsOf(const JobSpec& spec);

// Jobs whose last attempt is HELD, in the order of when it was sent, then of their ids.
struct HeldQuery {
  std::string provider;                            // of the attempt; empty: all
  std::string owner;                               // of the job; empty: all
  absl::Time sent_until = absl::InfiniteFuture();  // only attempts that were sent then or earlier
  // Only jobs after this place in the order.
  absl::Time after_sent = absl::InfinitePast();
  std::string after_id;
  int limit = 50;
};

// An attempt by its names.
struct AttemptName {
  std::string job_id;
  std::string attempt_id;

  bool operator==(const AttemptName&) const = default;
};

// Which counts of a budget to read.
struct BudgetQuery {
  std::string budget;
  absl::Time window_start;
  int limit = 1'000;
};

// What happened to a job; says nothing that a read would not say.
struct Change {
  std::string job_id;
  std::int64_t revision = 0;  // the job's revision now; 0 when the change is a command
  bool command = false;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_STORE_VALUES_H_
