#include "tests/sandbox/job.h"

#include <algorithm>
#include <limits>

namespace zoetrope::sandbox {
namespace {

// How much longer than the jobs themselves their ledger entries are kept.
constexpr std::size_t kLedgerFactor = 10;

std::string Hex(std::uint64_t value, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(static_cast<std::size_t>(digits), '0');
  for (auto it = out.rbegin(); it != out.rend(); ++it, value >>= 4) *it = kDigits[value & 15];
  return out;
}

void Fail(const Fault& fault, Job* job) {
  const std::string kind = fault.Arg(0, "provider");
  job->plan.failure_in_item = fault.Arg(1) == "b";
  if (kind == "content") {
    job->plan.failure = Failure::kContent;
  } else if (kind == "validation") {
    job->plan.failure = Failure::kValidation;
  } else {
    job->plan.failure = Failure::kProvider;
    if (kind != "provider") job->plan.code = kind;
  }
}

}  // namespace

std::vector<Fault> Job::Strike(Call call) {
  std::vector<Fault> struck;
  bool decided = false;
  for (ArmedFault& armed : faults) {
    const bool modifier = IsModifier(armed.fault);
    if (armed.fault.call == Call::kJob || (decided && !modifier) || !armed.Strike(call)) continue;
    decided = decided || !modifier;
    struck.push_back(armed.fault);
  }
  return struck;
}

std::optional<Fault> Job::Use(std::string_view name) {
  for (ArmedFault& armed : faults) {
    if (armed.fault.name == name && armed.Strike(Call::kJob)) return armed.fault;
  }
  return std::nullopt;
}

std::int64_t EndsAt(const Job& job) {
  if (job.cancelled_ms) return *job.cancelled_ms;
  if (job.plan.never_finishes) return std::numeric_limits<std::int64_t>::max();
  return job.created_ms + job.plan.queue_ms + job.plan.run_ms;
}

JobState StateAt(const Job& job, std::int64_t now_ms) {
  if (job.cancelled_ms && now_ms >= *job.cancelled_ms) return JobState::kCancelled;
  if (now_ms < job.created_ms + job.plan.queue_ms) return JobState::kQueued;
  if (now_ms < EndsAt(job)) return JobState::kRunning;
  if (job.plan.failure == Failure::kTimeout) return JobState::kTimedOut;
  return job.plan.failure == Failure::kNone ? JobState::kCompleted : JobState::kFailed;
}

bool IsFinal(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

std::string_view StateName(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "QUEUED";
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kCompleted:
      return "COMPLETED";
    case JobState::kFailed:
      return "FAILED";
    case JobState::kTimedOut:
      return "TIMED_OUT";
    case JobState::kCancelled:
      return "CANCELLED";
  }
  return "";
}

std::int64_t ChargedNanos(const Job& job, std::int64_t now_ms) {
  switch (StateAt(job, now_ms)) {
    case JobState::kCompleted:
      if (job.plan.completed_with_error) return 0;
      // A client's deadline that passes first deletes the job, and what was not delivered is not charged.
      if (job.deleted_at_ms != 0 && job.deleted_at_ms < EndsAt(job)) return 0;
      return job.price_nanos * std::max(0, job.results - job.plan.failed_results);
    case JobState::kCancelled:
      return job.cancel_charge_nanos;
    default:
      return 0;
  }
}

bool IsGone(const Job& job, std::int64_t now_ms) {
  if (job.evicted) return true;
  if (job.deleted_at_ms != 0 && now_ms >= job.deleted_at_ms) return true;
  const JobState state = StateAt(job, now_ms);
  if (!IsFinal(state)) return false;
  if (job.plan.result_expired && state == JobState::kCompleted) return true;
  return job.retention_ms != 0 && now_ms >= EndsAt(job) + job.retention_ms;
}

int ResultsReady(const Job& job, std::int64_t now_ms) {
  const JobState state = StateAt(job, now_ms);
  if (state == JobState::kCompleted) return job.results;
  if (state != JobState::kRunning || job.results < 2 || job.plan.never_finishes) return 0;
  // The first of n comes at half of the run, the last at its end.
  const std::int64_t ran = now_ms - job.created_ms - job.plan.queue_ms;
  const std::int64_t half = job.plan.run_ms / 2;
  if (ran < half || half == 0) return 0;
  return static_cast<int>(
      std::min<std::int64_t>(job.results - 1, 1 + (ran - half) * (job.results - 1) / half));
}

Json WithoutPictures(Json input) {
  for (Json& value : input) {
    if (value.is_string() && value.get_ref<const std::string&>().size() > 2048 &&
        value.get_ref<const std::string&>().starts_with("data:")) {
      value = "(inline image)";
    }
  }
  return input;
}

void ApplyJobFaults(const std::vector<Fault>& faults, Job* job) {
  Plan& plan = job->plan;
  for (const Fault& fault : faults) {
    if (fault.call != Call::kJob) continue;
    job->faults.push_back({fault, 0});
    if (fault.name == "fail") Fail(fault, job);
    if (fault.name == "timed-out") plan.failure = Failure::kTimeout;
    if (fault.name == "completed-with-error") plan.completed_with_error = true;
    if (fault.name == "expired-result") plan.result_expired = true;
    if (fault.name == "never-finishes") plan.never_finishes = true;
    if (fault.name == "nsfw") plan.nsfw = true;
    if (fault.name == "backwards") plan.backwards = true;
    if (fault.name == "cancel-too-late") plan.cancel_too_late = true;
    if (fault.name == "run-ms") plan.run_ms = fault.Number(0, plan.run_ms);
    if (fault.name == "discount") {
      plan.discount_percent = static_cast<int>(std::clamp<std::int64_t>(fault.Number(0, 80), 0, 100));
      job->price_nanos = job->price_nanos * plan.discount_percent / 100;
    }
    if (fault.name == "late-charge") plan.books_lag_ms = fault.Number(0, 1000);
    if (fault.name == "queue-ms") plan.queue_ms = fault.Number(0, plan.queue_ms);
    if (fault.name == "partial") {
      plan.failed_results = static_cast<int>(std::clamp<std::int64_t>(fault.Number(0, 1), 0, job->results));
      if (plan.failed_results == job->results) plan.failure = Failure::kProvider;
    }
  }
}

std::uint64_t Derive(std::string_view text, std::uint64_t salt) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ (salt * 0x9e3779b97f4a7c15ULL);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

std::string DerivedUuid(std::string_view text, std::uint64_t salt) {
  std::string digits = Hex(Derive(text, salt * 2 + 1), 16) + Hex(Derive(text, salt * 2 + 2), 16);
  digits[12] = '4';
  digits[16] = "89ab"[Derive(text, salt) & 3];
  for (const std::size_t at : {20, 16, 12, 8}) digits.insert(at, "-");
  return digits;
}

std::string JobStore::Key(Provider provider, const std::string& id) {
  return std::string(ProviderName(provider)) + "/" + id;
}

Job& JobStore::Add(Job job, std::int64_t now_ms) {
  Evict(now_ms);
  job.seq = next_seq_++;
  by_id_[Key(job.provider, job.id)] = job.seq;
  jobs_.push_back(std::move(job));
  ++live_;
  return jobs_.back();
}

Job* JobStore::Find(Provider provider, const std::string& id) {
  const auto it = by_id_.find(Key(provider, id));
  return it == by_id_.end() ? nullptr : FindBySeq(it->second);
}

Job* JobStore::FindBySeq(std::uint64_t seq) {
  if (jobs_.empty() || seq < jobs_.front().seq || seq > jobs_.back().seq) return nullptr;
  return &jobs_[static_cast<std::size_t>(seq - jobs_.front().seq)];
}

// Looks at a few of the oldest jobs per creation, so that the cost of a creation stays constant.
void JobStore::Evict(std::int64_t now_ms) {
  for (int looked = 0; live_ >= max_jobs_ && looked < 64 && !jobs_.empty(); ++looked) {
    if (evict_cursor_ >= jobs_.size()) evict_cursor_ = 0;
    Job& job = jobs_[evict_cursor_++];
    if (job.evicted || !IsFinal(StateAt(job, now_ms))) continue;
    job.evicted = true;
    job.clip.picture.reset();
    job.request = Json();
    job.faults.clear();
    --live_;
  }
  while (jobs_.size() >= max_jobs_ * kLedgerFactor && jobs_.front().evicted) {
    by_id_.erase(Key(jobs_.front().provider, jobs_.front().id));
    jobs_.pop_front();
    if (evict_cursor_ > 0) --evict_cursor_;
  }
}

void JobStore::Clear() {
  jobs_.clear();
  by_id_.clear();
  live_ = 0;
  evict_cursor_ = 0;
}

}  // namespace zoetrope::sandbox
