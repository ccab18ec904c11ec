#include "server/engine/job_standings.h"

#include <algorithm>
#include <utility>

namespace zoetrope {
namespace {

JobPlace PlaceOf(const JobState& state) {
  switch (state.attempts.back().phase) {
    case AttemptPhase::kPlanned:
      return JobPlace::kQueued;
    case AttemptPhase::kIntent:
      return JobPlace::kSending;
    case AttemptPhase::kAcked:
      return IsTerminal(state.phase) ? JobPlace::kSettling : JobPlace::kRunning;
    case AttemptPhase::kUnknown:
      return JobPlace::kUnknown;
    case AttemptPhase::kHeld:
      return JobPlace::kHeld;
    case AttemptPhase::kRefused:
    case AttemptPhase::kSucceeded:
    case AttemptPhase::kFailed:
    case AttemptPhase::kCancelled:
      break;
  }
  return JobPlace::kSettling;
}

// When the last attempt came to that place, by what the state says of it.
absl::Time EnteredTime(JobPlace place, const JobState& state, absl::Time accepted) {
  const Attempt& last = state.attempts.back();
  absl::Time entered = absl::InfinitePast();
  switch (place) {
    case JobPlace::kQueued:
      entered = last.create_time;
      break;
    case JobPlace::kSending:
    case JobPlace::kUnknown:
    case JobPlace::kHeld:
      entered = last.intent_time;
      break;
    case JobPlace::kRunning:
      entered = last.ack_time;
      break;
    case JobPlace::kSettling:
      entered = std::max(state.complete_time, last.complete_time);
      break;
  }
  return entered == absl::InfinitePast() ? accepted : entered;
}

std::size_t IndexOf(JobPlace place) { return static_cast<std::size_t>(place); }

std::int64_t ReservedNanos(const JobState& state) {
  std::int64_t nanos = 0;
  for (const Attempt& attempt : state.attempts) nanos += attempt.reserved.nanos();
  return nanos;
}

}  // namespace

// Takes it out of the counts.
void JobStandings::Take(Mark& mark) {
  if (mark.account == nullptr) return;
  Account& account = *std::exchange(mark.account, nullptr);
  --account.jobs[IndexOf(mark.place)];
  account.entered[IndexOf(mark.place)].Remove(mark.entered);
  if (mark.place == JobPlace::kRunning) account.heard.Remove(mark.heard);
  account.reserved_nanos -= mark.reserved_nanos;
}

void JobStandings::Is(const std::string& job_id, absl::Time accepted, const JobState& state, absl::Time now,
                      Mark& mark) {
  if (state.attempts.empty()) return;
  std::lock_guard lock(mutex_);
  if (const auto held = held_.find(job_id); held != held_.end()) {
    Take(held->second);
    held_.erase(held);
  }
  const bool ran = mark.account != nullptr && mark.place == JobPlace::kRunning;
  Take(mark);
  if (!IsLive(state)) return;
  Account& account = accounts_[state.attempts.back().provider];
  mark.account = &account;
  mark.place = PlaceOf(state);
  mark.entered = absl::ToUnixSeconds(EnteredTime(mark.place, state, accepted));
  mark.reserved_nanos = ReservedNanos(state);
  ++account.jobs[IndexOf(mark.place)];
  account.entered[IndexOf(mark.place)].Add(mark.entered);
  account.reserved_nanos += mark.reserved_nanos;
  if (mark.place != JobPlace::kRunning) return;
  if (!ran) mark.heard = absl::ToUnixSeconds(now);
  account.heard.Add(mark.heard);
}

void JobStandings::Heard(absl::Time now, Mark& mark) {
  const std::int64_t second = absl::ToUnixSeconds(now);
  if (mark.account == nullptr || mark.place != JobPlace::kRunning || mark.heard == second) return;
  std::lock_guard lock(mutex_);
  mark.account->heard.Remove(mark.heard);
  mark.account->heard.Add(second);
  mark.heard = second;
}

void JobStandings::Left(const std::string& job_id, Mark& mark) {
  std::lock_guard lock(mutex_);
  if (mark.account != nullptr && mark.place == JobPlace::kHeld) {
    held_[job_id] = mark;
    mark.account = nullptr;
  }
  Take(mark);
}

std::map<std::string, AccountStanding> JobStandings::ByProvider() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, AccountStanding> all;
  for (const auto& [provider, account] : accounts_) {
    AccountStanding& standing = all[provider];
    for (std::size_t i = 0; i < kJobPlaces; ++i)
      standing.places[i] = {account.jobs[i], account.entered[i].earliest()};
    standing.reserved = Money::FromNanos(account.reserved_nanos);
    standing.unheard_since = account.heard.earliest();
  }
  return all;
}

}  // namespace zoetrope
