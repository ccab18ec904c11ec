#include "tests/support/memory_money.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace zoetrope::testing {
namespace {

Money Plus(Money sum, int factor, Money amount) {
  return Money::FromNanos(sum.nanos() + factor * amount.nanos());
}

absl::Time BucketStart(SpendBucket bucket, absl::Time time) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  switch (bucket) {
    case SpendBucket::kNone:
      break;
    case SpendBucket::kHour:
      return absl::FromCivil(absl::ToCivilHour(time, utc), utc);
    case SpendBucket::kDay:
      return absl::FromCivil(absl::ToCivilDay(time, utc), utc);
    case SpendBucket::kMonth:
      return absl::FromCivil(absl::ToCivilMonth(time, utc), utc);
  }
  return absl::UnixEpoch();
}

}  // namespace

std::map<BudgetKey, std::pair<Money, Money>> MemoryMoney::Sums(const std::vector<LedgerRow>& more,
                                                               const std::vector<BudgetUse>& uses) const {
  std::multimap<std::string, BudgetKey> counts;
  for (const BudgetUse& use : uses_) counts.emplace(use.attempt_id, use.key);
  for (const BudgetUse& use : uses) counts.emplace(use.attempt_id, use.key);
  std::map<BudgetKey, std::pair<Money, Money>> sums;
  const auto add = [&](const LedgerRow& row) {
    const LedgerEffect effect = EffectOf(row.kind);
    const auto [first, last] = counts.equal_range(row.attempt_id);
    for (auto count = first; count != last; ++count) {
      auto& [reserved, charged] = sums[count->second];
      reserved = Plus(reserved, effect.reserved, row.amount);
      charged = Plus(charged, effect.charged, row.amount);
    }
  };
  for (const Entry& entry : entries_) add(entry.row);
  for (const LedgerRow& row : more) add(row);
  return sums;
}

std::optional<BudgetShortage> MemoryMoney::FindShortage(const std::vector<LedgerRow>& rows,
                                                        const std::vector<BudgetUse>& uses) const {
  if (uses.empty()) return std::nullopt;
  const auto before = Sums({}, {});
  const auto after = Sums(rows, uses);
  for (const BudgetUse& use : uses) {
    const auto then = after.find(use.key);
    if (then == after.end()) continue;
    const Money total = Plus(then->second.first, 1, then->second.second);
    if (total <= use.limit) continue;
    Money used;
    if (const auto now = before.find(use.key); now != before.end())
      used = Plus(now->second.first, 1, now->second.second);
    return BudgetShortage{use.key, use.limit, used, Plus(total, -1, used)};
  }
  return std::nullopt;
}

void MemoryMoney::Book(const JobSpec& spec, const std::vector<LedgerRow>& rows,
                       const std::vector<BudgetUse>& uses) {
  for (const LedgerRow& row : rows)
    entries_.push_back({spec.id, spec.tenant, spec.generation.model, spec.labels, true, row});
  uses_.insert(uses_.end(), uses.begin(), uses.end());
}

void MemoryMoney::Forget(const std::string& job_id) {
  for (Entry& entry : entries_) entry.kept = entry.kept && entry.job_id != job_id;
}

std::vector<BudgetCount> MemoryMoney::Counts() const {
  std::vector<BudgetCount> counts;
  for (const auto& [key, sums] : Sums({}, {})) counts.push_back({key, sums.first, sums.second});
  return counts;
}

std::vector<BudgetCount> MemoryMoney::ReadBudget(const BudgetQuery& query) const {
  std::vector<BudgetCount> counts = Counts();
  std::erase_if(counts, [&query](const BudgetCount& count) {
    return count.key.budget != query.budget || count.key.window_start != query.window_start;
  });
  std::stable_sort(counts.begin(), counts.end(), [](const BudgetCount& a, const BudgetCount& b) {
    return Plus(a.reserved, 1, a.charged) > Plus(b.reserved, 1, b.charged);
  });
  if (counts.size() > static_cast<std::size_t>(query.limit)) counts.resize(query.limit);
  return counts;
}

std::vector<SpendRow> MemoryMoney::ReadSpend(const SpendQuery& query) const {
  const bool about_labels = !query.label_key.empty() || !query.by_label.empty();
  using Key = std::tuple<absl::Time, std::string, std::string, std::string, std::string>;
  std::map<Key, SpendRow> rows;
  for (const Entry& entry : entries_) {
    const LedgerEffect effect = EffectOf(entry.row.kind);
    if (effect.charged == 0 && effect.overrun == 0) continue;
    const absl::Time hour = BucketStart(SpendBucket::kHour, entry.row.time);
    const auto asked = entry.labels.find(query.label_key);
    const bool bears = asked != entry.labels.end() && asked->second == query.label_value;
    if ((!query.tenant.empty() && entry.tenant != query.tenant) || hour < query.from ||
        hour >= query.before || (!query.model.empty() && entry.model != query.model) ||
        (!query.provider.empty() && entry.row.provider != query.provider) || (about_labels && !entry.kept) ||
        (!query.label_key.empty() && !bears)) {
      continue;
    }
    const auto label = entry.labels.find(query.by_label);
    const Key key(BucketStart(query.bucket, entry.row.time), query.by_tenant ? entry.tenant : "",
                  query.by_model ? entry.model : "", query.by_provider ? entry.row.provider : "",
                  label == entry.labels.end() ? "" : label->second);
    SpendRow& row = rows[key];
    std::tie(row.bucket_start, row.tenant, row.model, row.provider, row.label_value) = key;
    row.charges += IsCharge(entry.row.kind);
    row.charged = Plus(row.charged, effect.charged, entry.row.amount);
    row.overrun = Plus(row.overrun, effect.overrun, entry.row.amount);
  }
  std::vector<SpendRow> all;
  for (auto& [key, row] : rows) {
    if (all.size() < static_cast<std::size_t>(query.limit)) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace zoetrope::testing
