// Lives of jobs as the engine writes them, played on a store that may fail at any point, and what must be
// there afterwards.
#ifndef ZOETROPE_TESTS_CRASH_STORE_LIFE_H_
#define ZOETROPE_TESTS_CRASH_STORE_LIFE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/store/sqlite_store.h"

namespace zoetrope::testing {

// How a job ends.
enum class Fate {
  kSucceeds,   // intent, accepted, a video, settled
  kFailsOver,  // refused; a second attempt, accepted, failed, settled
  kCancelled,  // at its caller's wish; the money is known later
  kHeld,       // nobody knows whether it was accepted
};

// What is written of one job, in order. Made by the engine's own state machine.
struct Script {
  Job job;                                     // at revision 1
  std::map<std::string, MediaBytes> pictures;  // that it names
  std::vector<JobState> states;                // from revision 1
  std::vector<std::vector<LedgerRow>> ledger;  // rows of each
  std::map<std::int64_t, Evidence> evidence;   // that is kept before a revision is written
  std::int64_t cancel_revision = 0;            // that carries a wish to end out; 0: none
};

Script MakeScript(int number, Fate fate);

// One job: its script, and what the store has said about it so far.
//
// For one thread at a time; different jobs may be played by different threads.
class StoreLife {
 public:
  explicit StoreLife(Script script) : script_(std::move(script)) {}

  // Goes on with the job, as an engine named `owner` that holds it with `epoch` (1 for a new one), from where
  // the store has it to its end. False: the store failed, and has to be asked again.
  bool Play(JobStore& store, const std::string& owner, std::int64_t epoch);

  // Before and after a removal of all that is over, when the job has been played to its end.
  void OnRemovalAsked();
  void OnRemovalDone();

  // What was said to be durable is there, nothing that was refused is, and nothing is there in part. Failures
  // of the test.
  void Check(JobStore& store) const;

  const std::string& id() const { return script_.job.spec.id; }
  std::int64_t durable_revision() const { return durable_; }
  bool may_be_removed() const { return removal_asked_; }

 private:
  bool Submit(JobStore& store, const std::string& owner);
  bool Prepare(JobStore& store, std::int64_t revision);
  bool Commit(JobStore& store, const Ownership& ownership, std::int64_t revision);
  void CheckGone(JobStore& store) const;
  void CheckThere(JobStore& store, const StoredJob& stored) const;
  void CheckEvidence(JobStore& store) const;
  std::int64_t last() const { return static_cast<std::int64_t>(script_.states.size()); }
  bool ends() const { return !IsLive(script_.states.back()); }

  const Script script_;
  std::int64_t durable_ = 0;  // revision that was said to be durable
  std::int64_t asked_ = 0;    // newest revision that may be there
  std::size_t facts_ = 0;     // pieces of evidence that were said to be durable
  bool wish_kept_ = false;
  bool removal_asked_ = false;
  bool removed_ = false;
};

// Rows of a closed file that belong to nothing, by what they are: empty for a file without damage. Also runs
// SQLite's own checks.
std::vector<std::string> FindHalves(const std::string& path);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CRASH_STORE_LIFE_H_
