#include "server/api/charges.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/api/convert.h"
#include "server/api/cost.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/engine/settlement.h"
#include "server/validate/violations.h"

namespace zoetrope {
namespace {

constexpr int kPageDefault = 200;
constexpr std::int64_t kNanosPerUnit = 1'000'000'000;

// nullopt: it is no amount that an attempt can have been charged.
std::optional<Money> ReadCharge(const v1::Money& money) {
  const bool in_reach = money.units() >= 0 && money.units() <= limits::kChargeNanos / kNanosPerUnit &&
                        money.nanos() >= 0 && money.nanos() < kNanosPerUnit;
  if (!in_reach || money.currency_code() != kCurrency) return std::nullopt;
  const Money amount = Money::FromNanos(money.units() * kNanosPerUnit + money.nanos());
  return amount.nanos() <= limits::kChargeNanos ? std::optional<Money>(amount) : std::nullopt;
}

bool IsListed(const Attempt& attempt, const ChargesPage& page) {
  const bool has_money = !attempt.provider_job.id.empty() || attempt.settled.value_or(Money()) > Money() ||
                         attempt.phase == AttemptPhase::kHeld;
  return has_money && (page.provider.empty() || attempt.provider == page.provider) &&
         attempt.create_time >= page.from && attempt.create_time < page.before;
}

void WriteCharge(const Job& job, const Attempt& attempt, admin::v1::Charge* out) {
  out->set_job_id(job.spec.id);
  out->set_attempt_id(attempt.id);
  out->set_tenant(job.spec.tenant);
  out->set_provider(attempt.provider);
  out->set_provider_job_id(attempt.provider_job.id);
  if (IsKnown(attempt.create_time)) ToProto(attempt.create_time, out->mutable_create_time());
  out->set_settlement(ToProto(attempt.settlement));
  ToProto(attempt.reserved, out->mutable_reserved());
  if (attempt.settled) ToProto(*attempt.settled, out->mutable_settled());
  ToProto(attempt.overrun, out->mutable_overrun());
  out->set_source(ToProto(attempt.cost_source));
}

}  // namespace

absl::StatusOr<ChargesPage> ReadListCharges(const admin::v1::ListChargesRequest& request,
                                            const PageTokens& tokens) {
  std::vector<FieldViolation> violations;
  ChargesPage page;
  if (request.page_size() < 0) violations.push_back({"page_size", "must not be negative"});
  const int size =
      request.page_size() > 0 ? std::min(request.page_size(), limits::kPageSizeMax) : kPageDefault;
  page.limit = size + 1;
  if (request.provider().size() > limits::kProviderNameChars) {
    violations.push_back(
        {"provider", absl::StrCat("must have at most ", limits::kProviderNameChars, " characters")});
  }
  const auto read = [&violations](const char* field, const google::protobuf::Timestamp& time,
                                  absl::Time& out) {
    const std::optional<absl::Time> known = FromProto(time);
    if (!known) violations.push_back({field, "must be a time between the years 1 and 9999"});
    out = known.value_or(out);
  };
  if (request.has_start_time()) read("start_time", request.start_time(), page.from);
  if (request.has_end_time()) read("end_time", request.end_time(), page.before);
  if (!violations.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  page.provider = request.provider();
  admin::v1::ListChargesRequest arguments = request;
  arguments.clear_page_size();
  arguments.clear_page_token();
  page.binding = BindingOf("", arguments);
  absl::StatusOr<std::string> cursor = tokens.Read(page.binding, request.page_token());
  if (!cursor.ok()) return cursor.status();
  page.after_job_id = *std::move(cursor);
  return page;
}

void WriteChargesPage(const std::vector<Job>& jobs, const ChargesPage& page, const PageTokens& tokens,
                      admin::v1::ListChargesResponse* out) {
  const std::size_t taken = std::min(jobs.size(), static_cast<std::size_t>(page.limit - 1));
  for (std::size_t i = 0; i < taken; ++i) {
    for (const Attempt& attempt : jobs[i].state.attempts) {
      if (IsListed(attempt, page)) WriteCharge(jobs[i], attempt, out->add_charges());
    }
  }
  if (taken > 0 && taken < jobs.size())
    out->set_next_page_token(tokens.Make(page.binding, jobs[taken - 1].spec.id));
}

absl::StatusOr<Correction> ReadCorrection(const admin::v1::CorrectChargeRequest& request) {
  Violations violations("");
  if (request.job_id().empty()) violations.Add("job_id", "is required");
  if (request.attempt_id().empty()) violations.Add("attempt_id", "is required");
  const std::optional<Money> charged = ReadCharge(request.charged());
  if (!charged)
    violations.Add("charged",
                   absl::StrCat("must be an amount of ", std::string(kCurrency), " from 0 to 1000000"));
  violations.CheckText("note", request.note(), 1, limits::kNoteChars);
  if (!violations.list().empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations.list());
  return Correction{request.attempt_id(), *charged, request.note()};
}

absl::StatusOr<JobChange> PlanCorrection(const StoredJob& stored, const Correction& correction,
                                         absl::Time now) {
  JobChange change;
  change.job_id = stored.job.spec.id;
  change.ownership = stored.ownership;
  change.expected_revision = stored.job.state.revision;
  change.state = stored.job.state;
  std::vector<Attempt>& attempts = change.state.attempts;
  const auto attempt = std::find_if(attempts.begin(), attempts.end(), [&correction](const Attempt& a) {
    return a.id == correction.attempt_id;
  });
  if (attempt == attempts.end())
    return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"attempt_id", "the job has no such attempt"}});
  // Whoever owns a job that is live changes it; nobody does that to one that is not.
  if (IsLive(stored.job.state)) {
    const std::string standing = v1::SettlementState_Name(ToProto(SettlementOf(stored.job.state)))
                                     .substr(std::string_view("SETTLEMENT_STATE_").size());
    return MakeError(v1::ERROR_REASON_CHARGE_NOT_SETTLED, "what the job cost is not known yet",
                     {{"settlement", standing}});
  }
  Correct(*attempt, correction.charged, now, change.ledger);
  ++change.state.revision;
  change.state.update_time = now;
  return change;
}

}  // namespace zoetrope
