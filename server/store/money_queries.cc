#include "server/store/money_queries.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// What a row of the ledger charges callers with, and what it leaves to the operator.
constexpr char kCharged[] =
    "sum(CASE WHEN l.kind IN (3, 5, 6) THEN l.amount_nanos WHEN l.kind IN (4, 7) THEN -l.amount_nanos ELSE 0 "
    "END)";
constexpr char kOverrun[] = "sum(CASE WHEN l.kind = 4 THEN l.amount_nanos ELSE 0 END)";

// Subject, what, booked, stated: of each sum that is not what the rows add up to. Empty sums have no rows.
std::string CountDifferencesSql() {
  return absl::StrCat(
      "WITH rows AS (SELECT u.budget, u.subject, u.window_start, ",
      "sum(CASE l.kind WHEN 1 THEN l.amount_nanos WHEN 2 THEN -l.amount_nanos ELSE 0 END) AS reserved, ",
      kCharged,
      " AS charged FROM budget_uses AS u JOIN ledger AS l ON l.job_id = u.job_id AND l.attempt_id = "
      "u.attempt_id GROUP BY 1, 2, 3), "
      "both AS (SELECT 'budget ' || c.budget || ' ' || c.subject AS name, c.reserved_nanos AS r, "
      "c.charged_nanos AS c, coalesce(s.reserved, 0) AS sr, coalesce(s.charged, 0) + c.carried_nanos AS sc "
      "FROM budget_counts AS c LEFT JOIN rows AS s USING (budget, subject, window_start) "
      "UNION ALL SELECT 'budget ' || s.budget || ' ' || s.subject, 0, 0, s.reserved, s.charged FROM rows AS "
      "s "
      "WHERE NOT EXISTS (SELECT 1 FROM budget_counts AS c WHERE c.budget = s.budget AND c.subject = "
      "s.subject "
      "AND c.window_start = s.window_start)) "
      "SELECT name, 'reserved', sr, r FROM both WHERE sr <> r "
      "UNION ALL SELECT name, 'charged', sc, c FROM both WHERE sc <> c");
}

std::string HourDifferencesSql() {
  return absl::StrCat(
      "WITH rows AS (SELECT l.time / 3600000000000 AS hour, j.tenant, j.model, l.provider, ", kCharged,
      " AS charged, ", kOverrun,
      " AS overrun FROM ledger AS l JOIN jobs AS j ON j.id = l.job_id WHERE l.kind >= 3 "
      "GROUP BY 1, 2, 3, 4), "
      "both AS (SELECT h.hour || ' ' || h.tenant || ' ' || h.model || ' ' || h.provider AS name, "
      "h.charged_nanos AS c, h.overrun_nanos AS o, coalesce(s.charged, 0) + h.carried_charged_nanos AS sc, "
      "coalesce(s.overrun, 0) + h.carried_overrun_nanos AS so "
      "FROM spend_hours AS h LEFT JOIN rows AS s USING (hour, tenant, model, provider) "
      "UNION ALL SELECT s.hour || ' ' || s.tenant || ' ' || s.model || ' ' || s.provider, 0, 0, s.charged, "
      "s.overrun FROM rows AS s WHERE NOT EXISTS (SELECT 1 FROM spend_hours AS h WHERE h.hour = s.hour "
      "AND h.tenant = s.tenant AND h.model = s.model AND h.provider = s.provider)) "
      "SELECT 'hour ' || name, 'charged', sc, c FROM both WHERE sc <> c "
      "UNION ALL SELECT 'hour ' || name, 'overrun', so, o FROM both WHERE so <> o");
}

// Seconds at which the bucket of an hour begins.
const char* BucketSql(SpendBucket bucket) {
  switch (bucket) {
    case SpendBucket::kNone:
      return "0";
    case SpendBucket::kHour:
      return "h.hour * 3600";
    case SpendBucket::kDay:
      return "unixepoch(h.hour * 3600, 'unixepoch', 'start of day')";
    case SpendBucket::kMonth:
      return "unixepoch(h.hour * 3600, 'unixepoch', 'start of month')";
  }
  return "0";
}

// Labels are known of jobs that are kept, and sums by the hour of all.
constexpr char kAllHours[] = "spend_hours";
constexpr char kHoursWithLabels[] =
    "(SELECT l.time / 3600000000000 AS hour, j.tenant, j.model, l.provider, l.kind IN (3, 5) AS charges, "
    "CASE WHEN l.kind IN (4, 7) THEN -l.amount_nanos ELSE l.amount_nanos END AS charged_nanos, "
    "CASE WHEN l.kind = 4 THEN l.amount_nanos ELSE 0 END AS overrun_nanos, "
    "coalesce((SELECT value FROM labels AS b WHERE b.job_id = j.id AND b.key = ?8), '') AS label "
    "FROM ledger AS l JOIN jobs AS j ON j.id = l.job_id WHERE l.kind >= 3 "
    "AND (?6 = '' OR EXISTS (SELECT 1 FROM labels AS f WHERE f.job_id = j.id AND f.key = ?6 AND f.value = "
    "?7)))";

std::string SpendSql(const SpendQuery& query, bool labels) {
  const auto told = [](bool apart, const char* column) { return apart ? column : "''"; };
  return absl::StrCat("SELECT ", BucketSql(query.bucket), ", ", told(query.by_tenant, "h.tenant"), ", ",
                      told(query.by_model, "h.model"), ", ", told(query.by_provider, "h.provider"), ", ",
                      told(!query.by_label.empty(), "h.label"),
                      ", sum(h.charges), sum(h.charged_nanos), sum(h.overrun_nanos) FROM ",
                      labels ? kHoursWithLabels : kAllHours,
                      " AS h WHERE (?1 = '' OR h.tenant = ?1) AND h.hour >= ?2 AND h.hour < ?3 "
                      "AND (?4 = '' OR h.model = ?4) AND (?5 = '' OR h.provider = ?5) "
                      "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT ?9");
}

std::int64_t HourOf(absl::Time time) { return StoredTime(time) / absl::ToInt64Nanoseconds(absl::Hours(1)); }

}  // namespace

absl::StatusOr<std::unique_ptr<MoneyQueries>> MoneyQueries::Create(Database& db) {
  std::unique_ptr<MoneyQueries> queries(new MoneyQueries(db));
  const std::pair<Statement*, std::string> statements[] = {
      {&queries->begin_, "BEGIN"},
      {&queries->end_, "COMMIT"},
      {&queries->read_ledger_,
       "SELECT attempt_id, kind, amount_nanos, currency, source, time, provider FROM ledger "
       "WHERE job_id = ?1 ORDER BY position"},
      {&queries->read_budget_,
       "SELECT subject, reserved_nanos, charged_nanos FROM budget_counts WHERE budget = ?1 AND window_start "
       "= "
       "?2 ORDER BY reserved_nanos + charged_nanos DESC, subject LIMIT ?3"},
      {&queries->jobs_after_,
       "SELECT j.id, r.state FROM jobs AS j JOIN revisions AS r ON r.job_id = j.id AND r.revision = "
       "j.revision WHERE j.id > ?1 ORDER BY j.id LIMIT ?2"},
      {&queries->count_differences_, CountDifferencesSql()},
      {&queries->hour_differences_, HourDifferencesSql()},
  };
  for (const auto& [statement, sql] : statements) {
    ZOETROPE_ASSIGN_OR_RETURN(*statement, db.Prepare(sql));
  }
  return queries;
}

absl::StatusOr<std::vector<LedgerRow>> MoneyQueries::ReadLedger(const std::string& job_id) {
  const ScopedReset reset(read_ledger_);
  std::vector<LedgerRow> rows;
  read_ledger_.Bind(job_id);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool there, read_ledger_.Step());
    if (!there) return rows;
    LedgerRow row;
    row.attempt_id = read_ledger_.Text(0);
    ZOETROPE_ASSIGN_OR_RETURN(row.kind, LedgerKindOf(read_ledger_.Int(1)));
    row.amount = Money::FromNanos(read_ledger_.Int(2));
    if (read_ledger_.Bytes(3) != kCurrency) return absl::DataLossError("a ledger row is in another currency");
    ZOETROPE_ASSIGN_OR_RETURN(row.source, CostSourceOf(read_ledger_.Int(4)));
    row.time = TimeOf(read_ledger_.Int(5));
    row.provider = read_ledger_.Text(6);
    rows.push_back(std::move(row));
  }
}

absl::StatusOr<std::vector<BudgetCount>> MoneyQueries::ReadBudget(const BudgetQuery& query) {
  const ScopedReset reset(read_budget_);
  std::vector<BudgetCount> counts;
  read_budget_.Bind(query.budget, StoredTime(query.window_start), std::max(query.limit, 0));
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_budget_.Step());
    if (!row) return counts;
    counts.push_back({{query.budget, read_budget_.Text(0), query.window_start},
                      Money::FromNanos(read_budget_.Int(1)),
                      Money::FromNanos(read_budget_.Int(2))});
  }
}

absl::StatusOr<std::vector<SpendRow>> MoneyQueries::ReadSpend(const SpendQuery& query) {
  const bool labels = !query.label_key.empty() || !query.by_label.empty();
  // Asked a few times an hour, in many shapes.
  ZOETROPE_ASSIGN_OR_RETURN(Statement read, db_.Prepare(SpendSql(query, labels)));
  read.Bind(query.tenant, HourOf(query.from), HourOf(query.before), query.model, query.provider);
  if (labels) {
    read.BindAt(6, query.label_key);
    read.BindAt(7, query.label_value);
    read.BindAt(8, query.by_label);
  }
  read.BindAt(9, std::max(query.limit, 0));
  std::vector<SpendRow> rows;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, read.Step());
    if (!row) return rows;
    rows.push_back({absl::FromUnixSeconds(read.Int(0)), read.Text(1), read.Text(2), read.Text(3),
                    read.Text(4), read.Int(5), Money::FromNanos(read.Int(6)), Money::FromNanos(read.Int(7))});
  }
}

absl::StatusOr<LedgerCheck> MoneyQueries::CheckJobs(const std::string& after_id, int limit) {
  if (db_.in_transaction()) ZOETROPE_RETURN_IF_ERROR(db_.Execute("ROLLBACK"));  // an earlier end failed
  ZOETROPE_RETURN_IF_ERROR(begin_.Run());
  absl::StatusOr<LedgerCheck> check = CheckJobsInSnapshot(after_id, limit);
  const absl::Status ended = db_.in_transaction() ? end_.Run() : absl::OkStatus();
  if (check.ok()) ZOETROPE_RETURN_IF_ERROR(ended);
  return check;
}

absl::StatusOr<LedgerCheck> MoneyQueries::CheckJobsInSnapshot(const std::string& after_id, int limit) {
  LedgerCheck check;
  const ScopedReset reset(jobs_after_);
  jobs_after_.Bind(after_id, std::max(limit, 0));
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, jobs_after_.Step());
    if (!row) break;
    const std::string id = jobs_after_.Text(0);
    ZOETROPE_ASSIGN_OR_RETURN(const JobState state, DecodeState(jobs_after_.Bytes(1)));
    ZOETROPE_ASSIGN_OR_RETURN(const std::vector<LedgerRow> rows, ReadLedger(id));
    CheckJobLedger(id, state, rows, check);
    check.last_job_id = id;
  }
  if (check.jobs < limit) check.last_job_id.clear();
  return check;
}

absl::StatusOr<LedgerCheck> MoneyQueries::CheckSums() {
  LedgerCheck check;
  ZOETROPE_RETURN_IF_ERROR(AddDifferences(count_differences_, check));
  ZOETROPE_RETURN_IF_ERROR(AddDifferences(hour_differences_, check));
  return check;
}

absl::Status MoneyQueries::AddDifferences(Statement& differences, LedgerCheck& check) {
  const ScopedReset reset(differences);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, differences.Step());
    if (!row) return absl::OkStatus();
    AddFinding({"", differences.Text(0), differences.Text(1), Money::FromNanos(differences.Int(2)),
                Money::FromNanos(differences.Int(3))},
               check);
  }
}

}  // namespace zoetrope
