#include "tests/support/audit.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/api/convert.h"

namespace zoetrope::testing {
namespace {

constexpr std::size_t kWordsMax = 1'000;
// Takes the same submission again under our id, and makes nothing of it.
constexpr const char* kDeduplicates[] = {"runware"};
constexpr std::int64_t kRemembersMs = 600'000;

std::string RequestKey(const std::string& tenant, const std::string& request_id) {
  return request_id.empty() ? "" : absl::StrCat(tenant, "/", request_id);
}

// All of a job that never changes.
std::size_t ConstantOf(const v1::Job& job) {
  v1::Job constant;
  constant.set_id(job.id());
  constant.set_tenant(job.tenant());
  constant.set_request_id(job.request_id());
  *constant.mutable_generation() = job.generation();
  *constant.mutable_routing() = job.routing();
  *constant.mutable_max_cost() = job.max_cost();
  *constant.mutable_create_time() = job.create_time();
  *constant.mutable_deadline_time() = job.deadline_time();
  constant.set_unknown_outcome_policy(job.unknown_outcome_policy());
  std::size_t hash = std::hash<std::string>()(constant.SerializeAsString());
  // Maps are written in any order.
  for (const auto& [key, value] : job.labels()) hash += std::hash<std::string>()(key + "=" + value);
  return hash;
}

std::int64_t Sum(const std::vector<LedgerRow>& ledger, const std::string& attempt_id, LedgerKind kind) {
  std::int64_t sum = 0;
  for (const LedgerRow& row : ledger) {
    if (row.attempt_id == attempt_id && row.kind == kind) sum += row.amount.nanos();
  }
  return sum;
}

std::ptrdiff_t Count(const std::vector<LedgerRow>& ledger, const std::string& attempt_id, LedgerKind kind) {
  return std::count_if(ledger.begin(), ledger.end(), [&](const LedgerRow& row) {
    return row.attempt_id == attempt_id && row.kind == kind;
  });
}

const Attempt* FindAttempt(const JobState& state, const std::string& id) {
  for (const Attempt& attempt : state.attempts) {
    if (attempt.id == id) return &attempt;
  }
  return nullptr;
}

// When an attempt first meant to be sent; nullopt: never.
std::optional<absl::Time> FirstIntent(const JobBooks& books, const std::string& attempt_id) {
  for (const Revision& revision : books.revisions) {
    const Attempt* attempt = FindAttempt(revision.state, attempt_id);
    if (attempt != nullptr && attempt->phase == AttemptPhase::kIntent) return attempt->intent_time;
  }
  return std::nullopt;
}

// How often it did: each time that it goes out its intent is written anew.
int Intents(const JobBooks& books, const std::string& attempt_id) {
  int count = 0;
  bool was = false;
  for (const Revision& revision : books.revisions) {
    const Attempt* attempt = FindAttempt(revision.state, attempt_id);
    const bool is = attempt != nullptr && attempt->phase == AttemptPhase::kIntent;
    count += is && !was;
    was = is;
  }
  return count;
}

bool SameEnd(const JobState& a, const JobState& b) {
  return a.phase == b.phase && a.outputs == b.outputs && a.output_failures == b.output_failures &&
         a.failure == b.failure && a.complete_time == b.complete_time &&
         a.attempts.size() == b.attempts.size();
}

}  // namespace

std::string DialectOf(const std::string& account) { return account.substr(0, account.find('-')); }

Audit::Audit(const nlohmann::json& providers) {
  for (const nlohmann::json& entry : providers["creations"]) {
    Creation creation;
    creation.dialect = entry["provider"];
    creation.id = entry["id"];
    creation.marker = entry["marker"];
    creation.at_ms = entry["at_ms"];
    creation.charged_nanos = std::strtoll(entry["charged_nanos"].get<std::string>().c_str(), nullptr, 10);
    creation.state = entry["state"];
    creations_[entry["prompt"]].push_back(std::move(creation));
    ++figures_.creations;
  }
  for (const nlohmann::json& entry : providers["attempts"]) {
    Post post;
    post.dialect = entry["provider"];
    post.marker = entry["marker"];
    post.at_ms = entry["at_ms"];
    post.status = entry["status"];
    post.created = entry["creation"] != 0;
    posts_[entry["prompt"]].push_back(std::move(post));
    ++figures_.posts;
  }
}

void Audit::Break(std::string promise, const std::string& job_id, const std::string& what) {
  if (broken_.size() < kWordsMax) broken_.push_back(absl::StrCat(promise, ": ", job_id, ": ", what));
}

void Audit::BindRequest(const std::string& request, const std::string& job_id) {
  if (request.empty()) return;
  const auto [bound, fresh] = requests_.emplace(request, job_id);
  if (!fresh && bound->second != job_id) {
    Break("I5", job_id, absl::StrCat("its request id ", request, " stands for ", bound->second, " too"));
  }
}

void Audit::Told(const v1::Job& answer) {
  ++figures_.answers;
  const std::string request = RequestKey(answer.tenant(), answer.request_id());
  BindRequest(request, answer.id());
  const std::size_t constant = ConstantOf(answer);
  const auto [known, fresh] = answers_.try_emplace(answer.id(), Answers{request, constant, {}});
  if (known->second.constant != constant) Break("I2", answer.id(), "callers were told different contents");
  const auto [state, first] = known->second.states.emplace(answer.revision(), answer.state());
  if (!first && state->second != answer.state()) {
    Break("I7", answer.id(), absl::StrCat("two states of revision ", answer.revision(), " were told"));
  }
}

void Audit::Check(const JobBooks& books) {
  const std::string& id = books.job.spec.id;
  ++figures_.jobs;
  figures_.attempts += static_cast<int>(books.job.state.attempts.size());
  figures_.revisions += static_cast<std::int64_t>(books.revisions.size());
  ++figures_.phases[v1::JobState_Name(ToProto(books.job.state.phase)).substr(sizeof("JOB_STATE_") - 1)];
  if (!checked_.insert(id).second) Break("I5", id, "is there twice");
  if (!prompts_.insert(books.job.spec.generation.prompt).second) {
    Break("I5", id, "another job has its prompt, which is one request's alone");
  }
  BindRequest(RequestKey(books.job.spec.tenant, books.job.spec.request_id), id);
  CheckRevisions(books);
  CheckAnswers(books);
  CheckEndedStays(books);
  CheckMoney(books);
  CheckCeiling(books);
  CheckCreations(books);
  CheckPosts(books);
}

void Audit::CheckRevisions(const JobBooks& books) {
  const std::string& id = books.job.spec.id;
  for (std::size_t i = 0; i < books.revisions.size(); ++i) {
    const std::int64_t expected = static_cast<std::int64_t>(i) + 1;
    if (books.revisions[i].revision == expected && books.revisions[i].state.revision == expected) continue;
    return Break("I6", id, absl::StrCat("revision ", expected, " is missing"));
  }
  if (books.revisions.empty() || books.revisions.back().state != books.job.state) {
    Break("I6", id, "the job is not what its last revision says");
  }
}

void Audit::CheckAnswers(const JobBooks& books) {
  const auto told = answers_.find(books.job.spec.id);
  if (told == answers_.end()) return;
  v1::Job job;
  ToProto(books.job, &job);
  if (ConstantOf(job) != told->second.constant) Break("I2", job.id(), "is not what its caller was told");
  for (const auto& [revision, state] : told->second.states) {
    const auto at = static_cast<std::size_t>(revision - 1);
    if (at >= books.revisions.size()) {
      Break("I2", job.id(), absl::StrCat("a caller was told of revision ", revision, ", which is not there"));
    } else if (ToProto(books.revisions[at].state.phase) != state) {
      Break("I7", job.id(), absl::StrCat("revision ", revision, " is not what a caller was told"));
    }
  }
}

void Audit::CheckEndedStays(const JobBooks& books) {
  const std::string& id = books.job.spec.id;
  for (std::size_t i = 1; i < books.revisions.size(); ++i) {
    const JobState& before = books.revisions[i - 1].state;
    const JobState& after = books.revisions[i].state;
    if (IsTerminal(before.phase) && !SameEnd(before, after)) {
      Break("I7", id, absl::StrCat("had ended with revision ", i, " and changed after it"));
    }
    for (const Attempt& attempt : before.attempts) {
      const Attempt* later = FindAttempt(after, attempt.id);
      if (later == nullptr) {
        Break("I7", id, absl::StrCat("revision ", i + 1, " has lost an attempt"));
      } else {
        CheckAttemptStays(id, attempt, *later);
      }
    }
  }
}

void Audit::CheckAttemptStays(const std::string& job_id, const Attempt& before, const Attempt& after) {
  const bool changed = before.phase != after.phase;
  if (IsTerminal(before.phase) && changed) Break("I7", job_id, "an attempt that had ended changed");
  if (before.phase == AttemptPhase::kAcked && changed && !IsTerminal(after.phase)) {
    Break("I7", job_id, "an attempt that the provider has taken went back");
  }
  if (!before.provider_job.id.empty() && before.provider_job.id != after.provider_job.id) {
    Break("I7", job_id, "an attempt's id at the provider changed");
  }
  // Only a person may say that a bill was another.
  const bool corrected = after.cost_source == CostSource::kCorrection;
  if (before.settlement == Settlement::kSettled && before.settled != after.settled && !corrected) {
    Break("I7", job_id, "a settled amount changed");
  }
}

void Audit::CheckMoney(const JobBooks& books) {
  const std::string& id = books.job.spec.id;
  for (const Attempt& attempt : books.job.state.attempts) {
    const std::int64_t reserved = Sum(books.ledger, attempt.id, LedgerKind::kReserve);
    const std::int64_t released = Sum(books.ledger, attempt.id, LedgerKind::kRelease);
    std::int64_t settled = 0;
    std::int64_t overrun = 0;
    for (const LedgerRow& row : books.ledger) {
      if (row.attempt_id != attempt.id) continue;
      settled += (EffectOf(row.kind).charged + EffectOf(row.kind).overrun) * row.amount.nanos();
      overrun += EffectOf(row.kind).overrun * row.amount.nanos();
    }
    if (reserved - released != attempt.reserved.nanos()) {
      Break("I4", id,
            absl::StrCat(reserved, " was set aside, ", released, " released, and ", attempt.reserved.nanos(),
                         " is outstanding"));
    }
    const auto settlements = Count(books.ledger, attempt.id, LedgerKind::kSettle) +
                             Count(books.ledger, attempt.id, LedgerKind::kWriteOff);
    if (settlements > 1 || Count(books.ledger, attempt.id, LedgerKind::kRelease) > 1 ||
        Count(books.ledger, attempt.id, LedgerKind::kReserve) != 1) {
      Break("I4", id, "an attempt has a row of the ledger twice, or sets nothing aside");
    }
    const bool is_settled = attempt.settlement == Settlement::kSettled;
    if (is_settled != (settlements == 1) ||
        (is_settled && attempt.settled.value_or(Money()).nanos() != settled) ||
        attempt.overrun.nanos() != overrun) {
      Break("I4", id, "an attempt's charge is not what its ledger says");
    }
    if (IsTerminal(attempt.phase) && !is_settled) Break("I4", id, "an attempt has ended and is not settled");
  }
  for (const LedgerRow& row : books.ledger) {
    if (FindAttempt(books.job.state, row.attempt_id) == nullptr) Break("I4", id, "money of no attempt");
  }
}

void Audit::CheckCeiling(const JobBooks& books) {
  if (!books.job.spec.max_cost) return;
  for (const Revision& revision : books.revisions) {
    std::int64_t sum = 0;
    for (const Attempt& attempt : revision.state.attempts) {
      // What a provider charges above its price is shown; it cannot be prevented, and is the operator's.
      sum += attempt.reserved.nanos() + attempt.settled.value_or(Money()).nanos() - attempt.overrun.nanos();
    }
    if (sum > books.job.spec.max_cost->nanos()) {
      return Break("I4", books.job.spec.id,
                   absl::StrCat(sum, " is above the ceiling in revision ", revision.revision));
    }
  }
}

void Audit::CheckCreations(const JobBooks& books) {
  const std::string& id = books.job.spec.id;
  std::set<std::string> taken;
  const auto claim = [&](Creation& creation, const Attempt& attempt) {
    creation.attempt_id = attempt.id;
    taken.insert(attempt.id);
    // The other side's clock is the same machine's, in whole milliseconds.
    const std::optional<absl::Time> intent = FirstIntent(books, attempt.id);
    if (!intent || absl::ToUnixMillis(*intent) > creation.at_ms) {
      Break("I3", id, absl::StrCat("made at ", creation.dialect, " before its intent was written"));
    }
  };
  std::vector<Creation>& creations = creations_[books.job.spec.generation.prompt];
  for (Creation& creation : creations) {
    for (const Attempt& attempt : books.job.state.attempts) {
      if (DialectOf(attempt.provider) != creation.dialect || taken.contains(attempt.id)) continue;
      const bool named = creation.marker == attempt.id || attempt.provider_job.id == creation.id;
      if (named && creation.attempt_id.empty()) claim(creation, attempt);
    }
  }
  // The rest was answered to nobody; each needs an attempt of its own that was never told what it made.
  for (Creation& creation : creations) {
    for (const Attempt& attempt : books.job.state.attempts) {
      if (!creation.attempt_id.empty()) break;
      const bool other = DialectOf(attempt.provider) != creation.dialect || !attempt.provider_job.id.empty();
      if (!other && !taken.contains(attempt.id) && FirstIntent(books, attempt.id)) claim(creation, attempt);
    }
    if (creation.attempt_id.empty()) {
      Break("I1", id,
            absl::StrCat("made ", creations.size(), " times, once more at ", creation.dialect,
                         " than it has attempts for"));
    } else {
      CheckCharge(books, creation);
    }
  }
  for (const Attempt& attempt : books.job.state.attempts) {
    if (attempt.provider_job.id.empty()) continue;
    const auto [owner, fresh] =
        owners_.emplace(std::pair(DialectOf(attempt.provider), attempt.provider_job.id), attempt.id);
    if (!fresh && owner->second != attempt.id) Break("I3", id, "two attempts have one job of a provider");
  }
}

void Audit::CheckCharge(const JobBooks& books, const Creation& creation) {
  const Attempt* attempt = FindAttempt(books.job.state, creation.attempt_id);
  // Whether a cancelled run is charged no provider says, and the simulator takes the worst case.
  if (creation.charged_nanos == 0 || creation.state == "CANCELLED") return;
  const bool booked = attempt->settlement != Settlement::kSettled ||
                      attempt->cost_source == CostSource::kCorrection ||
                      !attempt->settled.value_or(Money()).is_zero();
  if (!booked) {
    Break("I4", books.job.spec.id,
          absl::StrCat(creation.charged_nanos, " was charged by ", creation.dialect,
                       " and settled as nothing"));
  }
  if (attempt->cost_source == CostSource::kProvider && attempt->settled->nanos() != creation.charged_nanos) {
    Break("I4", books.job.spec.id,
          absl::StrCat(creation.charged_nanos, " was charged by ", creation.dialect, " and ",
                       attempt->settled->nanos(), " taken for its word"));
  }
}

void Audit::CheckPosts(const JobBooks& books) {
  std::map<std::string, std::vector<const Post*>> by_attempt;  // id, or the dialect where no post bears one
  for (const Post& post : posts_[books.job.spec.generation.prompt]) {
    const bool ours = FindAttempt(books.job.state, post.marker) != nullptr;
    by_attempt[ours ? post.marker : post.dialect].push_back(&post);
  }
  for (const auto& [key, posts] : by_attempt) {
    int intents = Intents(books, key);
    int attempts = 1;
    if (FindAttempt(books.job.state, key) == nullptr) {
      attempts = 0;
      for (const Attempt& attempt : books.job.state.attempts) {
        if (DialectOf(attempt.provider) != key) continue;
        ++attempts;
        intents += Intents(books, attempt.id);
      }
    }
    const bool deduplicates = std::find(std::begin(kDeduplicates), std::end(kDeduplicates),
                                        posts.front()->dialect) != std::end(kDeduplicates);
    if (static_cast<int>(posts.size()) > intents && !deduplicates) {
      Break(
          "I3", books.job.spec.id,
          absl::StrCat("sent ", posts.size(), " times on ", intents, " intents at ", posts.front()->dialect));
    }
    figures_.repeated_posts += std::max(0, static_cast<int>(posts.size()) - attempts);
    if (attempts == 1 && !deduplicates) CheckPostsOf(books.job.spec.id, posts);
    if (deduplicates) CheckRepetitions(books.job.spec.id, posts);
  }
}

// Of one attempt, where the provider takes the same once: within the time for which it knows its id.
void Audit::CheckRepetitions(const std::string& job_id, const std::vector<const Post*>& posts) {
  const auto first = std::find_if(posts.begin(), posts.end(), [](const Post* p) { return MayBeTaken(*p); });
  if (first == posts.end() || posts.back()->at_ms <= (*first)->at_ms + kRemembersMs) return;
  Break("I1", job_id,
        absl::StrCat("sent again to ", posts.back()->dialect, " ", posts.back()->at_ms - (*first)->at_ms,
                     " ms after it may have been taken"));
}

// Of one attempt: whatever came before the last was refused for good, and by an answer.
void Audit::CheckPostsOf(const std::string& job_id, const std::vector<const Post*>& posts) {
  for (std::size_t i = 0; i + 1 < posts.size(); ++i) {
    const Post& post = *posts[i];
    if (MayBeTaken(post)) {
      Break("I1", job_id, absl::StrCat("sent again to ", post.dialect, " after it may have been taken"));
    }
  }
}

void Audit::Finish() {
  for (const auto& [id, told] : answers_) {
    if (!checked_.contains(id)) Break("I2", id, absl::StrCat("lost, request ", told.request));
  }
  for (const auto& [prompt, creations] : creations_) {
    if (!prompts_.contains(prompt) && !creations.empty()) {
      Break("I3", creations.front().id, absl::StrCat("paid for, and of no job: ", prompt.substr(0, 80)));
    }
  }
  for (const auto& [prompt, posts] : posts_) {
    if (!prompts_.contains(prompt) && !posts.empty()) {
      Break("I3", posts.front().dialect, absl::StrCat("was sent what is of no job: ", prompt.substr(0, 80)));
    }
  }
}

}  // namespace zoetrope::testing
