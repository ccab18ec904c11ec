// The promises of a simulated history, checked while it happens and at its end.
#ifndef ZOETROPE_TESTS_SIM_SIM_AUDIT_H_
#define ZOETROPE_TESTS_SIM_SIM_AUDIT_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "server/engine/account.h"
#include "server/engine/job_standings.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_run.h"
#include "tests/sim/sim_watcher.h"
#include "tests/support/memory_job_store.h"

namespace zoetrope::testing {

class SimAudit {
 public:
  // All must outlive this. What does not hold goes into `report`, and what there is to count.
  // `may_retry_once`: whether the operator lets what may have been made be sent once more.
  SimAudit(const MemoryJobStore* store, const SimNetwork* network, const Accounts* accounts, int jobs_at_once,
           bool may_retry_once, SimReport* report)
      : store_(*store),
        network_(*network),
        accounts_(*accounts),
        jobs_at_once_(jobs_at_once),
        may_retry_once_(may_retry_once),
        report_(*report) {}

  void Break(const std::string& what) { report_.broken.push_back(what); }

  // --- While it happens ---

  void OnAccepted(const std::string& job_id) { accepted_.insert(job_id); }
  // Jobs whose callers know that they are accepted.
  const std::set<std::string>& accepted() const { return accepted_; }

  // Every creation follows a durable intent of the same job at the same account.
  void OnCreation(const std::string& provider, const std::string& tag);
  // Terminal states never change, and what is at an account fits into it.
  void OnChange(const std::string& job_id, const JobState& state);
  // Whatever is being sent now may be of unknown outcome.
  void OnCrash();
  // The process has gone down in order: nothing is in doubt.
  void OnDrained();
  // To be called before the store becomes an older copy of itself, and after that. What has come since is
  // lost, with the callers' right to it; what was sent was sent all the same.
  void BeforeRestore();
  void AfterRestore();
  // How often something with the tag was sent to the account, at most: by any job and any server.
  int SendsOf(const std::string& provider, const std::string& tag) const;
  // The provider was told that its callback about the attempt is taken.
  void OnCallbackTaken(const std::string& attempt_id) { called_back_.insert(attempt_id); }

  // --- When all has come to rest ---

  void CheckJobs();
  // A picture is uploaded once for each attempt that needs it, where nothing has gone wrong.
  void CheckUploads();
  // No count is above its limit, and all together are what the jobs have set aside and were charged. Holds at
  // every instant.
  void CheckBudgets(const std::vector<Budget>& budgets);
  // What the engine counts, for whoever watches over it, is what the store has: live jobs, those that are
  // held, and what is set aside for them, by account.
  void CheckStandings(const std::map<std::string, AccountStanding>& counted);
  void CheckWatcher(const SimWatcher& watcher);
  // Whether the provider's job was made for this attempt, or for one of its job before a restoration.
  bool MadeFor(const std::string& id, const Attempt& attempt, const std::string& provider_job_id) const;

 private:
  // A job, or an attempt where the job may be sent more than once, and the account that it was sent to.
  using Sent = std::pair<std::string, std::string>;

  // Of the store as it is, and of what was restored over.
  std::set<Sent> SentWith(const std::string& tag) const;
  void CheckJob(const std::string& id, const StoredJob& stored);
  void CheckCreations(const std::string& tag);
  void CheckLane(const Attempt& changed);
  void CheckRepeats(const std::string& id, const Job& job);
  void CheckWriteOffs(const std::string& id, const Job& job);
  bool MayRepeat(const JobSpec& spec) const {
    return may_retry_once_ && spec.unknown_policy == UnknownPolicy::kRetryOnce;
  }
  // Whether it was ever about to be sent: one that is in doubt from its plan on was not.
  bool WasSent(const std::string& id, const Attempt& attempt) const;
  void CheckHolder(const std::string& id, const Attempt& attempt);
  void CheckCharge(const std::string& id, const Attempt& attempt);
  void CheckLedger(const std::string& id, const StoredJob& stored);
  void CountSearches(const std::string& id, const JobState& end);

  const MemoryJobStore& store_;
  const SimNetwork& network_;
  const Accounts& accounts_;
  const int jobs_at_once_;
  const bool may_retry_once_;
  SimReport& report_;
  std::set<std::string> accepted_;
  std::map<std::string, JobState> last_;
  std::set<std::string> in_doubt_;                     // jobs
  std::map<std::string, std::int64_t> left_by_crash_;  // revisions of the jobs that were on the wire then
  std::map<std::string, std::set<Sent>> lost_;         // by tag: what was sent before a restoration
  std::map<std::string, std::string> lost_attempts_;   // their jobs
  std::set<std::string> held_jobs_;                    // of providers, by whoever
  std::set<std::string> called_back_;                  // attempts
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_AUDIT_H_
