#include "server/api/spend.h"

#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/api/convert.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/route/budget.h"

namespace zoetrope {
namespace {

void CheckLength(std::string_view field, const std::string& value, std::size_t max,
                 std::vector<FieldViolation>& violations) {
  if (value.size() > max)
    violations.push_back({std::string(field), absl::StrCat("must have at most ", max, " characters")});
}

absl::Time ReadHour(std::string_view field, const google::protobuf::Timestamp& time,
                    std::vector<FieldViolation>& violations) {
  const std::optional<absl::Time> read = FromProto(time);
  const bool whole =
      read && *read == absl::UnixEpoch() + absl::Floor(*read - absl::UnixEpoch(), absl::Hours(1));
  if (!whole) violations.push_back({std::string(field), "must be the beginning of an hour"});
  return read.value_or(absl::UnixEpoch());
}

std::optional<SpendBucket> BucketOf(v1::SpendBucket bucket) {
  switch (bucket) {
    case v1::SPEND_BUCKET_UNSPECIFIED:
      return SpendBucket::kNone;
    case v1::SPEND_BUCKET_HOUR:
      return SpendBucket::kHour;
    case v1::SPEND_BUCKET_DAY:
      return SpendBucket::kDay;
    case v1::SPEND_BUCKET_MONTH:
      return SpendBucket::kMonth;
    default:
      return std::nullopt;
  }
}

void ReadDimension(int index, int dimension, SpendAudience audience, SpendQuery& query,
                   std::vector<FieldViolation>& violations) {
  if (dimension == v1::SPEND_DIMENSION_PROVIDER) {
    query.by_provider = true;
  } else if (dimension == v1::SPEND_DIMENSION_MODEL) {
    query.by_model = true;
  } else if (dimension == v1::SPEND_DIMENSION_TENANT && audience == SpendAudience::kOperator) {
    query.by_tenant = true;
  } else {
    violations.push_back({absl::StrCat("query.group_by[", index, "]"), "is nothing to tell apart by here"});
  }
}

// Saturates.
Money Plus(Money sum, Money amount) {
  return Add(sum, amount).value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
}

void WriteEntry(const SpendRow& row, const SpendQuery& query, v1::SpendEntry* out) {
  if (query.bucket != SpendBucket::kNone) ToProto(row.bucket_start, out->mutable_start_time());
  out->set_tenant(row.tenant);
  out->set_provider(row.provider);
  out->set_model(row.model);
  out->set_label_value(row.label_value);
  out->set_charges(row.charges);
  ToProto(row.charged, out->mutable_charged());
}

}  // namespace

absl::StatusOr<SpendQuery> ReadSpendQuery(const v1::SpendQuery& request, SpendAudience audience) {
  std::vector<FieldViolation> violations;
  SpendQuery query;
  query.limit = limits::kSpendSums + 1;
  if (request.has_start_time()) query.from = ReadHour("query.start_time", request.start_time(), violations);
  if (request.has_end_time()) query.before = ReadHour("query.end_time", request.end_time(), violations);
  CheckLength("query.model", request.model(), limits::kModelIdChars, violations);
  CheckLength("query.provider", request.provider(), limits::kProviderNameChars, violations);
  CheckLength("query.label.key", request.label().key(), limits::kLabelKeyChars, violations);
  CheckLength("query.label.value", request.label().value(), limits::kLabelValueChars, violations);
  CheckLength("query.group_by_label", request.group_by_label(), limits::kLabelKeyChars, violations);
  if (request.has_label() && request.label().key().empty())
    violations.push_back({"query.label.key", "is required"});
  const std::optional<SpendBucket> bucket = BucketOf(request.bucket());
  if (!bucket) violations.push_back({"query.bucket", "is no span that is known here"});
  for (int i = 0; i < request.group_by_size(); ++i)
    ReadDimension(i, request.group_by(i), audience, query, violations);
  if (!violations.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  query.bucket = *bucket;
  query.model = request.model();
  query.provider = request.provider();
  query.label_key = request.label().key();
  query.label_value = request.label().value();
  query.by_label = request.group_by_label();
  return query;
}

absl::Status CheckSums(const std::vector<SpendRow>& rows) {
  if (rows.size() <= static_cast<std::size_t>(limits::kSpendSums)) return absl::OkStatus();
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD,
                        {{"query", absl::StrCat("gives more than ", limits::kSpendSums,
                                                " sums: ask for less time, or tell less apart")}});
}

std::optional<absl::Time> LabelsCompleteSince(const SpendQuery& query, absl::Time now, absl::Duration kept) {
  const bool of_labels = !query.label_key.empty() || !query.by_label.empty();
  const absl::Time since = now - kept;
  return of_labels && query.from < since ? std::optional<absl::Time>(since) : std::nullopt;
}

void WriteSpend(const std::vector<SpendRow>& rows, const SpendQuery& query, v1::GetSpendResponse* out) {
  Money charged;
  for (const SpendRow& row : rows) {
    WriteEntry(row, query, out->add_entries());
    charged = Plus(charged, row.charged);
  }
  ToProto(charged, out->mutable_charged());
}

void WriteSpend(const std::vector<SpendRow>& rows, const SpendQuery& query,
                admin::v1::GetSpendResponse* out) {
  Money charged;
  Money overrun;
  for (const SpendRow& row : rows) {
    v1::SpendEntry* const entry = out->add_entries();
    WriteEntry(row, query, entry);
    ToProto(row.overrun, entry->mutable_overrun());
    charged = Plus(charged, row.charged);
    overrun = Plus(overrun, row.overrun);
  }
  ToProto(charged, out->mutable_charged());
  ToProto(overrun, out->mutable_overrun());
}

void WriteBudget(const Budget& budget, const std::vector<BudgetCount>& counts, absl::Time now,
                 admin::v1::BudgetStatus* out) {
  out->set_name(budget.name);
  ToProto(budget.limit, out->mutable_limit());
  if (budget.window != BudgetWindow::kTotal) {
    ToProto(WindowStart(budget, now), out->mutable_window_start_time());
    ToProto(WindowEnd(budget, now), out->mutable_window_end_time());
  }
  for (const BudgetCount& count : counts) {
    admin::v1::BudgetCount* const shown = out->add_counts();
    shown->set_subject(count.key.subject);
    ToProto(count.reserved, shown->mutable_reserved());
    ToProto(count.charged, shown->mutable_charged());
  }
}

void WriteCheck(const LedgerCheck& check, admin::v1::VerifyLedgerResponse* out) {
  out->set_jobs(check.jobs);
  out->set_rows(check.rows);
  ToProto(check.reserved, out->mutable_reserved());
  ToProto(check.charged, out->mutable_charged());
  ToProto(check.overrun, out->mutable_overrun());
  for (const LedgerFinding& finding : check.findings) {
    admin::v1::LedgerFinding* const shown = out->add_findings();
    shown->set_job_id(finding.job_id);
    shown->set_subject(finding.subject);
    shown->set_what(finding.what);
    ToProto(finding.booked, shown->mutable_booked());
    ToProto(finding.stated, shown->mutable_stated());
  }
  out->set_finding_count(check.finding_count);
}

}  // namespace zoetrope
