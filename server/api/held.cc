#include "server/api/held.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/api/convert.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/providers/provider_url.h"
#include "server/validate/violations.h"

namespace zoetrope {
namespace {

// Of a job, in the order of the list.
std::string CursorOf(const Job& job) {
  return absl::StrCat(absl::ToUnixNanos(job.state.attempts.back().intent_time), "/", job.spec.id);
}

// Only what CursorOf wrote comes here: a token is signed.
void ReadCursor(const std::string& cursor, HeldQuery& query) {
  const std::size_t slash = cursor.find('/');
  std::int64_t nanos = 0;
  if (slash == std::string::npos || !absl::SimpleAtoi(cursor.substr(0, slash), &nanos)) return;
  query.after_sent = absl::FromUnixNanos(nanos);
  query.after_id = cursor.substr(slash + 1);
}

const Attempt* FindAttempt(const JobState& state, const std::string& id) {
  const auto found = std::find_if(state.attempts.begin(), state.attempts.end(),
                                  [&id](const Attempt& attempt) { return attempt.id == id; });
  return found == state.attempts.end() ? nullptr : &*found;
}

std::string WordOf(ResolutionKind kind) {
  return v1::ResolutionKind_Name(ToProto(kind)).substr(std::string_view("RESOLUTION_KIND_").size());
}

std::string WordOf(AttemptPhase phase) {
  return v1::AttemptState_Name(ToProto(phase)).substr(std::string_view("ATTEMPT_STATE_").size());
}

void ToProto(const Job& job, const Accounts& accounts, absl::Duration hold_for, admin::v1::HeldAttempt* out) {
  const Attempt& attempt = job.state.attempts.back();
  out->set_job_id(job.spec.id);
  out->set_tenant(job.spec.tenant);
  out->set_job_state(zoetrope::ToProto(job.state.phase));
  zoetrope::ToProto(attempt, out->mutable_attempt());
  out->set_model(job.spec.generation.model);
  if (const Account* account = accounts.Find(attempt.provider); account != nullptr) {
    const std::optional<std::string_view> prefix = account->adapter->capabilities().marker_prefix;
    if (prefix) out->set_marker(std::string(*prefix) + attempt.id);
  }
  const absl::Time end = attempt.intent_time + hold_for;
  if (IsKnown(end)) zoetrope::ToProto(end, out->mutable_expire_time());
}

}  // namespace

absl::StatusOr<HeldPage> ReadListHeld(const admin::v1::ListHeldAttemptsRequest& request,
                                      const PageTokens& tokens) {
  Violations violations("");
  if (request.page_size() < 0) violations.Add("page_size", "must not be negative");
  if (request.provider().size() > limits::kProviderNameChars) {
    violations.Add("provider", absl::StrCat("must have at most ", limits::kProviderNameChars, " characters"));
  }
  if (!violations.list().empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations.list());
  HeldPage page;
  page.page_size = request.page_size() > 0 ? std::min(request.page_size(), limits::kPageSizeMax)
                                           : limits::kPageSizeDefault;
  page.query.provider = request.provider();
  page.query.limit = page.page_size + 1;
  admin::v1::ListHeldAttemptsRequest arguments = request;
  arguments.clear_page_size();
  arguments.clear_page_token();
  page.binding = BindingOf("", arguments);
  absl::StatusOr<std::string> cursor = tokens.Read(page.binding, request.page_token());
  if (!cursor.ok()) return cursor.status();
  ReadCursor(*cursor, page.query);
  return page;
}

void WriteHeldPage(const std::vector<Job>& jobs, const HeldPage& page, const PageTokens& tokens,
                   const Accounts& accounts, absl::Duration hold_for,
                   admin::v1::ListHeldAttemptsResponse* out) {
  const std::size_t wanted = std::min(jobs.size(), static_cast<std::size_t>(page.page_size));
  for (std::size_t i = 0; i < wanted; ++i) ToProto(jobs[i], accounts, hold_for, out->add_attempts());
  if (jobs.size() > wanted) {
    out->set_next_page_token(tokens.Make(page.binding, CursorOf(jobs[wanted - 1])));
  }
}

absl::StatusOr<AttemptDecision> ReadDecision(const admin::v1::ResolveAttemptRequest& request) {
  using Request = admin::v1::ResolveAttemptRequest;
  Violations violations("");
  AttemptDecision decision;
  decision.attempt_id = request.attempt_id();
  decision.note = request.note();
  if (request.job_id().empty()) violations.Add("job_id", "is required");
  violations.CheckText("note", request.note(), 1, limits::kNoteChars);
  switch (request.decision_case()) {
    case Request::kAdopt:
      decision.kind = ResolutionKind::kAdopted;
      decision.provider_job_id = request.adopt().provider_job_id();
      if (!IsUsableId(decision.provider_job_id)) {
        violations.Add(
            "adopt.provider_job_id",
            "must be 1 to 256 printable ASCII characters without blanks, as the provider shows it");
      }
      break;
    case Request::kNotCreated:
      decision.kind = ResolutionKind::kNotCreated;
      break;
    case Request::kAbandon:
      decision.kind = ResolutionKind::kAbandoned;
      break;
    case Request::DECISION_NOT_SET:
      violations.Add("decision", "is required: adopt, not_created or abandon");
  }
  if (!violations.list().empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations.list());
  return decision;
}

absl::StatusOr<Standing> StandingOf(const JobState& state, const AttemptDecision& decision) {
  const Attempt* attempt = FindAttempt(state, decision.attempt_id);
  if (attempt == nullptr) {
    return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"attempt_id", "is no attempt of the job"}});
  }
  if (attempt->resolution) {
    const bool same_job =
        decision.kind != ResolutionKind::kAdopted || attempt->provider_job.id == decision.provider_job_id;
    const bool same = attempt->resolution->kind == decision.kind && same_job;
    // What was sent after a decision can be of unknown outcome anew, and is decided about anew. The same
    // words are the first decision, asked for once more by someone who did not hear the answer.
    if (attempt->phase == AttemptPhase::kHeld) {
      return same && attempt->resolution->note == decision.note ? Standing::kMade : Standing::kOpen;
    }
    if (same) return Standing::kMade;
    return MakeError(v1::ERROR_REASON_ATTEMPT_RESOLVED, "another decision about the attempt was made",
                     {{"attempt_id", attempt->id}, {"resolution", WordOf(attempt->resolution->kind)}});
  }
  if (attempt->phase == AttemptPhase::kHeld) return Standing::kOpen;
  return MakeError(v1::ERROR_REASON_ATTEMPT_NOT_HELD, "the attempt does not wait for a decision",
                   {{"attempt_id", attempt->id}, {"state", WordOf(attempt->phase)}});
}

absl::Status AnotherWaits() {
  return MakeError(v1::ERROR_REASON_ATTEMPT_RESOLVED,
                   "another decision about the attempt was made and is about to be carried out",
                   {{"resolution", "WAITING"}});
}

absl::Status ProviderJobTaken(const AttemptName& holder) {
  return MakeError(v1::ERROR_REASON_PROVIDER_JOB_TAKEN, "another attempt has that job of the provider",
                   {{"job_id", holder.job_id}, {"attempt_id", holder.attempt_id}});
}

}  // namespace zoetrope
