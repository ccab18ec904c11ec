// A job as values. What never changes after acceptance (JobSpec) stands apart from what does
// (JobState), so that prompts and pictures are written once and are not kept in the engine's memory.
#ifndef ZOETROPE_SERVER_DOMAIN_JOB_H_
#define ZOETROPE_SERVER_DOMAIN_JOB_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/base/trace.h"
#include "server/domain/attempt.h"
#include "server/domain/generation.h"

namespace zoetrope {

enum class JobPhase { kQueued, kRunning, kHeld, kSucceeded, kFailed, kCancelled };
enum class UnknownPolicy { kHold, kAbandon, kRetryOnce };

inline bool IsTerminal(JobPhase phase) {
  return phase == JobPhase::kSucceeded || phase == JobPhase::kFailed || phase == JobPhase::kCancelled;
}

// What routing promised at acceptance: the candidates in order, each with its price then.
struct Candidate {
  std::string provider;
  std::string offering;
  std::optional<Money> price = {};   // promised; nullopt: the offering has no known price
  Money reservation_cap = {};        // what is set aside where there is no price
  std::optional<Money> listed = {};  // the price at acceptance, where a quote promised another

  bool operator==(const Candidate&) const = default;
};

// Why a job was given to an offering, or was not, as a person would say it.
struct RoutingNote {
  std::string provider;
  std::string offering;
  bool candidate = false;  // it was, at acceptance
  std::string why;         // bounded

  bool operator==(const RoutingNote&) const = default;
};

// Never changes.
struct JobSpec {
  std::string id;
  std::string tenant;
  std::string request_id;  // empty: none
  Generation generation;   // effective
  Routing routing;
  std::optional<Money> max_cost;
  UnknownPolicy unknown_policy = UnknownPolicy::kHold;
  std::map<std::string, std::string> labels;
  absl::Time create_time;
  absl::Time deadline_time;
  std::vector<Candidate> candidates;
  std::vector<RoutingNote> routing_notes;  // candidates first, in their order
  TraceContext trace;                      // where it was asked for; its own span is SpanIdOf(id)
  std::string principal;                   // who asked for it; empty: the server asked no one who they are

  bool operator==(const JobSpec&) const = default;
};

// Changes with every revision.
struct JobState {
  std::int64_t revision = 0;
  JobPhase phase = JobPhase::kQueued;
  std::vector<Attempt> attempts;
  std::vector<Output> outputs;
  std::vector<Failure> output_failures;
  std::optional<Failure> failure;
  absl::Time update_time = absl::InfinitePast();
  absl::Time start_time = absl::InfinitePast();
  absl::Time complete_time = absl::InfinitePast();
  absl::Time cancel_requested_time = absl::InfinitePast();

  bool operator==(const JobState&) const = default;
};

struct Job {
  JobSpec spec;
  JobState state;

  bool operator==(const Job&) const = default;
};

// Whether the money of every attempt is known.
inline bool IsSettled(const JobState& state) {
  for (const Attempt& attempt : state.attempts) {
    if (attempt.settlement == Settlement::kReserved || attempt.settlement == Settlement::kPending)
      return false;
  }
  return true;
}

// Whether the engine still has something to do or to wait for.
inline bool IsLive(const JobState& state) { return !IsTerminal(state.phase) || !IsSettled(state); }

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_JOB_H_
