// The promises, checked on the books of both sides: what the server has stored, what the simulated providers
// have done, and what callers were told. Each violation begins with the promise that is broken:
//
// I1  an attempt has at most one creation, and a submission in doubt is not sent again
// I2  whatever a caller was told of a job is there, unchanged
// I3  every creation belongs to one attempt, whose intent was written before it
// I4  per attempt: set aside = released + outstanding; settled at most once, and nothing charged is left out;
//     never more than the job's ceiling
// I5  one request id, one job
// I6  revisions are 1, 2, 3, … without a gap
// I7  a job that has ended, and an attempt that has, stays as it is
//
// Knows prompts: every job of an audited run has its own.
#ifndef ZOETROPE_TESTS_SUPPORT_AUDIT_H_
#define ZOETROPE_TESTS_SUPPORT_AUDIT_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"
#include "server/store/store_values.h"
#include "zoetrope/v1/job.pb.h"

namespace zoetrope::testing {

// All that the server's store has about a job.
struct JobBooks {
  Job job;
  std::vector<Revision> revisions;  // oldest first
  std::vector<LedgerRow> ledger;    // oldest first
};

// How much was looked at.
struct AuditFigures {
  int jobs = 0;
  int attempts = 0;
  std::int64_t revisions = 0;
  int creations = 0;
  int posts = 0;           // submissions that providers have seen
  int answers = 0;         // that callers were given
  int repeated_posts = 0;  // of an attempt that a provider had refused for load, or by an id that it knows
  std::map<std::string, int> phases;  // `SUCCEEDED` and so on
};

class Audit {
 public:
  // `providers`: the simulator's ledger, see tests/sandbox/README.md.
  explicit Audit(const nlohmann::json& providers);

  // An answer that a caller was given about a job, as it was then. Before the Check of that job.
  void Told(const v1::Job& answer);
  // A job of the store; each once.
  void Check(const JobBooks& books);
  // After the last one: what nobody has claimed.
  void Finish();

  // In words; empty: all promises are kept. At most a thousand.
  const std::vector<std::string>& broken() const { return broken_; }
  const AuditFigures& figures() const { return figures_; }

 private:
  struct Creation {
    std::string dialect;
    std::string id;
    std::string marker;
    std::int64_t at_ms = 0;
    std::int64_t charged_nanos = 0;
    std::string state;
    std::string attempt_id;  // whose it is; empty: not known yet
  };
  struct Post {
    std::string dialect;
    std::string marker;
    std::int64_t at_ms = 0;
    int status = 0;  // 0: no answer was sent
    bool created = false;
  };
  // Unless an answer refused it for good.
  static bool MayBeTaken(const Post& post) {
    const bool refused = post.status >= 400 && post.status < 500 && post.status != 408 && post.status != 409;
    return !refused || post.created;
  }
  // What callers were told of one job.
  struct Answers {
    std::string request;  // tenant and request id
    std::size_t constant = 0;
    std::map<std::int64_t, v1::JobState> states;  // by revision
  };

  void Break(std::string promise, const std::string& job_id, const std::string& what);
  void BindRequest(const std::string& request, const std::string& job_id);
  void CheckAnswers(const JobBooks& books);
  void CheckRevisions(const JobBooks& books);
  void CheckEndedStays(const JobBooks& books);
  void CheckAttemptStays(const std::string& job_id, const Attempt& before, const Attempt& after);
  void CheckMoney(const JobBooks& books);
  void CheckCeiling(const JobBooks& books);
  void CheckCreations(const JobBooks& books);
  void CheckCharge(const JobBooks& books, const Creation& creation);
  void CheckPosts(const JobBooks& books);
  void CheckPostsOf(const std::string& job_id, const std::vector<const Post*>& posts);
  void CheckRepetitions(const std::string& job_id, const std::vector<const Post*>& posts);

  std::map<std::string, std::vector<Creation>> creations_;             // by prompt
  std::map<std::string, std::vector<Post>> posts_;                     // by prompt, in their order
  std::map<std::string, Answers> answers_;                             // by job
  std::map<std::string, std::string> requests_;                        // tenant and request id → job
  std::map<std::pair<std::string, std::string>, std::string> owners_;  // dialect, its job id → attempt
  std::set<std::string> checked_;                                      // jobs
  std::set<std::string> prompts_;                                      // of jobs that were checked
  std::vector<std::string> broken_;
  AuditFigures figures_;
};

// An account is named after its dialect, perhaps with `-` and more behind it.
std::string DialectOf(const std::string& account);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_AUDIT_H_
