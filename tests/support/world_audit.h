// The audit of a world of real programs.
#ifndef ZOETROPE_TESTS_SUPPORT_WORLD_AUDIT_H_
#define ZOETROPE_TESTS_SUPPORT_WORLD_AUDIT_H_

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {

// What callers were told of jobs. Thread-safe.
class Answers {
 public:
  void Add(const v1::Job& job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  std::vector<v1::Job> all() const {
    std::lock_guard lock(mutex_);
    return jobs_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<v1::Job> jobs_;
};

// Every job of the store at `path`, newest first; no server may have it open. OK, or why it cannot be read,
// or where its books do not balance.
absl::Status ForEachJobOf(const std::string& path, const std::function<void(const JobBooks&)>& on_job);

// All jobs as the server lists them, once nothing happens to any of them by itself; a failure of the test
// where that takes longer than `most`.
std::vector<v1::Job> ReadJobsAtRest(World& world, absl::Duration most = absl::Minutes(5));

// Waits for rest, stops the server in order, and holds its books against the simulator's and against
// `answers`. Each broken promise is a failure of the test that names `seed`.
AuditFigures AuditWorld(World& world, std::uint64_t seed, const Answers& answers);

// One line: how much was looked at.
std::string ToText(const AuditFigures& figures);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_WORLD_AUDIT_H_
