#include "tests/sim/sim_audit.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/settlement.h"

namespace zoetrope::testing {
namespace {

std::string TagOfJob(const StoredJob& stored) { return TagOf(stored.job.spec.generation.prompt); }

}  // namespace

// --- While it happens ---

// A job may be durable though its caller never heard so.
void SimAudit::OnCreation(const std::string& provider, const std::string& tag) {
  const std::set<Sent>& lost = lost_[tag];
  if (std::any_of(lost.begin(), lost.end(), [&provider](const Sent& s) { return s.second == provider; }))
    return;
  for (const std::string& id : store_.JobIds()) {
    if (TagOfJob(*store_.Peek(id)) != tag) continue;
    for (const Revision& revision : store_.PeekRevisions(id)) {
      for (const Attempt& attempt : revision.state.attempts) {
        if (attempt.provider == provider && attempt.phase == AttemptPhase::kIntent) return;
      }
    }
  }
  Break(absl::StrCat(tag, ": created at ", provider, " before its intent was durable"));
}

void SimAudit::OnChange(const std::string& job_id, const JobState& state) {
  JobState& last = last_[job_id];
  if (IsTerminal(last.phase) && (state.phase != last.phase || state.outputs != last.outputs))
    Break(absl::StrCat(job_id, ": a terminal job changed"));
  last = state;
  CheckLane(state.attempts.back());
}

// What is being sent, or is at the provider, fits into its account.
void SimAudit::CheckLane(const Attempt& changed) {
  if (changed.phase != AttemptPhase::kIntent) return;
  int at_once = 0;
  // As the store has them: what a crash has cut off from its notification counts, too.
  for (const std::string& id : store_.JobIds()) {
    const Attempt attempt = store_.Peek(id)->job.state.attempts.back();
    const bool there = attempt.phase == AttemptPhase::kIntent || attempt.phase == AttemptPhase::kAcked;
    at_once += attempt.provider == changed.provider && there;
  }
  if (at_once > jobs_at_once_) Break(absl::StrCat(changed.provider, ": ", at_once, " jobs at once"));
}

void SimAudit::OnCrash() {
  left_by_crash_.clear();
  for (const std::string& id : store_.JobIds()) {
    const JobState state = store_.Peek(id)->job.state;
    const AttemptPhase phase = state.attempts.back().phase;
    if (phase == AttemptPhase::kIntent || phase == AttemptPhase::kUnknown) in_doubt_.insert(id);
    if (phase == AttemptPhase::kIntent) left_by_crash_[id] = state.revision;
  }
}

void SimAudit::OnDrained() {
  for (const std::string& id : store_.JobIds()) {
    const JobState state = store_.Peek(id)->job.state;
    // As the last crash has left it: the store has not given it back since.
    const auto left = left_by_crash_.find(id);
    if (left != left_by_crash_.end() && left->second == state.revision) continue;
    if (state.attempts.back().phase == AttemptPhase::kIntent) Break(id + ": left in doubt by a drain");
  }
}

void SimAudit::BeforeRestore() {
  for (const std::string& id : store_.JobIds()) {
    const StoredJob stored = *store_.Peek(id);
    const std::string tag = TagOfJob(stored);
    lost_[tag].merge(SentWith(tag));
    for (const Attempt& attempt : stored.job.state.attempts) lost_attempts_[attempt.id] = id;
  }
}

// A copy does not know what has become of its live jobs: any of them may be held.
void SimAudit::AfterRestore() {
  last_.clear();
  called_back_.clear();
  std::erase_if(accepted_, [this](const std::string& id) { return !store_.Peek(id); });
  for (const std::string& id : store_.JobIds()) {
    const JobState state = store_.Peek(id)->job.state;
    if (!IsTerminal(state.phase)) in_doubt_.insert(id);
    // What the copy knows of is not lost.
    for (const Attempt& attempt : state.attempts) lost_attempts_.erase(attempt.id);
  }
}

// --- When all has come to rest ---

void SimAudit::CheckJobs() {
  for (const std::string& id : accepted_) {
    if (!store_.Peek(id)) Break(absl::StrCat(id, ": lost"));
  }
  for (const std::string& id : store_.JobIds()) CheckJob(id, *store_.Peek(id));
}

void SimAudit::CheckStandings(const std::map<std::string, AccountStanding>& counted) {
  struct Sums {
    std::size_t live = 0;
    std::size_t held = 0;
    std::int64_t reserved = 0;
    bool operator==(const Sums&) const = default;
  };
  std::map<std::string, Sums> stored;
  for (const std::string& id : store_.JobIds()) {
    const JobState state = store_.Peek(id)->job.state;
    const Attempt& last = state.attempts.back();
    if (!IsLive(state)) continue;
    Sums& sums = stored[last.provider];
    ++sums.live;
    for (const Attempt& attempt : state.attempts) sums.reserved += attempt.reserved.nanos();
    if (last.phase != AttemptPhase::kHeld) continue;
    ++sums.held;
    if (called_back_.contains(last.id))
      Break(absl::StrCat(id, ": held although its provider has called back"));
  }
  std::map<std::string, Sums> told;
  for (const auto& [provider, standing] : counted) {
    Sums sums{0, standing.in(JobPlace::kHeld).jobs, standing.reserved.nanos()};
    for (const PlaceStanding& place : standing.places) sums.live += place.jobs;
    if (!(sums == Sums())) told[provider] = sums;
  }
  const auto text = [](const std::map<std::string, Sums>& all) {
    std::string words;
    for (const auto& [provider, sums] : all)
      absl::StrAppend(&words, " ", provider, " ", sums.live, " live ", sums.held, " held ", sums.reserved,
                      ";");
    return words;
  };
  if (told != stored)
    Break(absl::StrCat("the gauges of live jobs say", text(told), " the store", text(stored)));
}

// A wish to cancel may come between the upload and the submission.
void SimAudit::CheckUploads() {
  int planned = 0;
  int sent = 0;
  for (const std::string& id : store_.JobIds()) {
    const auto stored = store_.Peek(id);
    if (stored->job.spec.generation.first_frame->blob() == nullptr) continue;
    for (const Attempt& attempt : stored->job.state.attempts) {
      if (attempt.provider != "wavespeed") continue;
      ++planned;
      sent += attempt.intent_time != absl::InfinitePast();
    }
  }
  if (network_.uploads() < sent || network_.uploads() > planned)
    Break(absl::StrCat(network_.uploads(), " uploads for ", sent, " to ", planned, " attempts"));
}

void SimAudit::CheckWatcher(const SimWatcher& watcher) {
  for (const std::string& broken : watcher.broken()) Break(broken);
  const auto stored = store_.Peek(watcher.job_id());
  if (IsTerminal(stored->job.state.phase) && !watcher.done())
    Break(watcher.job_id() + ": its watcher never saw the end");
}

void SimAudit::CheckJob(const std::string& id, const StoredJob& stored) {
  const JobState& state = stored.job.state;
  CheckCreations(TagOfJob(stored));
  CheckRepeats(id, stored.job);
  CheckWriteOffs(id, stored.job);
  for (const Attempt& attempt : state.attempts) {
    CheckHolder(id, attempt);
    CheckCharge(id, attempt);
    report_.adopted += attempt.resolution && attempt.resolution->kind == ResolutionKind::kAdopted;
  }
  const bool held = state.attempts.back().phase == AttemptPhase::kHeld;
  if (!IsTerminal(state.phase) && state.phase != JobPhase::kHeld)
    Break(absl::StrCat(id, ": still live at the end"));
  if (IsTerminal(state.phase) && !IsSettled(state) && !held)
    Break(absl::StrCat(id, ": its money is not settled"));
  if (held && !network_.doubtful_tags().contains(TagOfJob(stored)) && !in_doubt_.contains(id))
    Break(absl::StrCat(id, ": held although its submission was never in doubt"));
  CheckLedger(id, stored);
  CountSearches(id, state);
  const std::vector<Revision> revisions = store_.PeekRevisions(id);
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    if (revisions[i].revision != static_cast<std::int64_t>(i) + 1)
      Break(absl::StrCat(id, ": revisions have a gap"));
  }
  report_.succeeded += state.phase == JobPhase::kSucceeded;
  report_.failed += state.phase == JobPhase::kFailed;
  report_.cancelled += state.phase == JobPhase::kCancelled;
  report_.held += state.phase == JobPhase::kHeld;
}

// No more videos than jobs that the account may have made something of: one for each.
void SimAudit::CheckCreations(const std::string& tag) {
  for (const Account& account : accounts_.all()) {
    const int creations = network_.Creations(account.name, tag);
    const int sent = SendsOf(account.name, tag);
    if (creations > sent)
      Break(absl::StrCat(tag, ": created ", creations, " times at ", account.name, " for ", sent, " jobs"));
  }
}

std::set<SimAudit::Sent> SimAudit::SentWith(const std::string& tag) const {
  std::set<Sent> sent;
  if (const auto lost = lost_.find(tag); lost != lost_.end()) sent = lost->second;
  for (const std::string& id : store_.JobIds()) {
    const auto stored = store_.Peek(id);
    if (TagOfJob(*stored) != tag) continue;
    // With its caller's leave a job may go to one account more than once, and from each server.
    const bool repeats = MayRepeat(stored->job.spec);
    for (const Attempt& attempt : stored->job.state.attempts) {
      if (WasSent(id, attempt)) sent.emplace(repeats ? attempt.id : id, attempt.provider);
    }
  }
  return sent;
}

bool SimAudit::WasSent(const std::string& id, const Attempt& attempt) const {
  for (const Revision& revision : store_.PeekRevisions(id)) {
    for (const Attempt& then : revision.state.attempts) {
      if (then.id == attempt.id && then.phase == AttemptPhase::kIntent) return true;
    }
  }
  return false;
}

int SimAudit::SendsOf(const std::string& provider, const std::string& tag) const {
  const std::set<Sent> all = SentWith(tag);
  return static_cast<int>(std::count_if(all.begin(), all.end(),
                                        [&provider](const Sent& sent) { return sent.second == provider; }));
}

// What may have been made is sent again to the same account where caller and operator both want that, and
// once.
void SimAudit::CheckRepeats(const std::string& id, const Job& job) {
  std::map<std::string, int> sends;
  int repeats = 0;
  for (const Attempt& attempt : job.state.attempts) {
    if (attempt.intent_time != absl::InfinitePast()) repeats += ++sends[attempt.provider] > 1;
  }
  report_.retried += repeats > 0;
  if (repeats > (MayRepeat(job.spec) ? 1 : 0)) Break(absl::StrCat(id, ": sent again without leave"));
}

// Nothing counts as charged without a word of its provider's but what was in doubt.
void SimAudit::CheckWriteOffs(const std::string& id, const Job& job) {
  const bool doubt =
      in_doubt_.contains(id) || network_.doubtful_tags().contains(TagOf(job.spec.generation.prompt));
  for (const LedgerRow& row : store_.PeekLedger(id)) {
    if (row.kind == LedgerKind::kWriteOff && !doubt)
      Break(absl::StrCat(id, ": written off although its submission was never in doubt"));
  }
}

bool SimAudit::MadeFor(const std::string& id, const Attempt& attempt,
                       const std::string& provider_job_id) const {
  const std::string creator = network_.CreatorOf(attempt.provider, provider_job_id);
  // What the server before a restoration had made for the same job may be adopted in another attempt's name.
  const auto lost = lost_attempts_.find(creator);
  return creator.empty() || creator == attempt.id || (lost != lost_attempts_.end() && lost->second == id);
}

// A provider's job belongs to one attempt, and to the one that created it.
void SimAudit::CheckHolder(const std::string& id, const Attempt& attempt) {
  if (attempt.provider_job.id.empty()) return;
  const std::string name = attempt.provider + " " + attempt.provider_job.id;
  if (!held_jobs_.insert(name).second) Break(absl::StrCat(id, ": another attempt has ", name, " too"));
  if (!MadeFor(id, attempt, attempt.provider_job.id))
    Break(absl::StrCat(id, ": has ", name, ", which another attempt created"));
}

// What the books say counts; the catalogue only where they could not be read in time.
void SimAudit::CheckCharge(const std::string& id, const Attempt& attempt) {
  if (attempt.provider != "wavespeed" || attempt.phase != AttemptPhase::kSucceeded) return;
  if (attempt.cost_source == CostSource::kCorrection) return;
  const bool told = attempt.cost_source == CostSource::kProvider;
  report_.charges_told += told;
  if (told && attempt.settled != Money::FromNanos(SimNetwork::kBookedNanos))
    Break(absl::StrCat(id, ": settled at another price than the books have"));
  if (!told && attempt.settled != attempt.computed)
    Break(absl::StrCat(id, ": settled neither as charged nor as computed"));
}

// How many of the job's submissions were of unknown outcome, and how many of those were found.
void SimAudit::CountSearches(const std::string& id, const JobState& end) {
  std::set<std::string> unknown;
  for (const Revision& revision : store_.PeekRevisions(id)) {
    for (const Attempt& attempt : revision.state.attempts) {
      if (attempt.phase == AttemptPhase::kUnknown) unknown.insert(attempt.id);
    }
  }
  report_.unknown += static_cast<int>(unknown.size());
  for (const Attempt& attempt : end.attempts)
    report_.found += unknown.contains(attempt.id) && !attempt.provider_job.id.empty();
}

void SimAudit::CheckBudgets(const std::vector<Budget>& budgets) {
  if (budgets.empty()) return;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counted;  // what is set aside, and charged
  for (const BudgetCount& count : store_.PeekBudgets()) {
    for (const Budget& budget : budgets) {
      if (budget.name != count.key.budget) continue;
      counted[budget.name].first += count.reserved.nanos();
      counted[budget.name].second += count.charged.nanos();
      if (count.reserved < Money() || count.charged < Money() ||
          count.reserved.nanos() + count.charged.nanos() > budget.limit.nanos()) {
        Break(absl::StrCat("budget ", budget.name, " ", count.key.subject, ": ", count.reserved.nanos(),
                           " and ", count.charged.nanos(), " of ", budget.limit.nanos()));
      }
    }
  }
  // Every attempt counts under each of them, so that all counts of one together are what all jobs cost.
  std::pair<std::int64_t, std::int64_t> all;
  for (const std::string& id : store_.JobIds()) {
    const std::optional<StoredJob> stored = store_.Peek(id);
    for (const Attempt& attempt : stored->job.state.attempts) {
      all.first += attempt.reserved.nanos();
      all.second += attempt.settled.value_or(Money()).nanos() - attempt.overrun.nanos();
    }
  }
  for (const auto& [name, sums] : counted) {
    if (sums != all) {
      Break(absl::StrCat("budget ", name, ": counts ", sums.first, " and ", sums.second,
                         " where the jobs have ", all.first, " and ", all.second));
    }
  }
}

void SimAudit::CheckLedger(const std::string& id, const StoredJob& stored) {
  for (const Attempt& attempt : stored.job.state.attempts) {
    std::int64_t reserved = 0;
    std::int64_t charged = 0;
    std::int64_t overrun = 0;
    int settlements = 0;
    for (const LedgerRow& row : store_.PeekLedger(id)) {
      if (row.attempt_id != attempt.id) continue;
      const LedgerEffect effect = EffectOf(row.kind);
      reserved += effect.reserved * row.amount.nanos();
      charged += effect.charged * row.amount.nanos();
      overrun += effect.overrun * row.amount.nanos();
      settlements += IsCharge(row.kind);
    }
    const std::int64_t settled = attempt.settled.value_or(Money()).nanos();
    if (reserved != attempt.reserved.nanos() || overrun != attempt.overrun.nanos() ||
        charged + overrun != settled)
      Break(absl::StrCat(id, ": its ledger does not balance"));
    if (settlements > 1) Break(absl::StrCat(id, ": settled twice"));
  }
}

}  // namespace zoetrope::testing
