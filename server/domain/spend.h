// What was spent, added up, as values.
#ifndef ZOETROPE_SERVER_DOMAIN_SPEND_H_
#define ZOETROPE_SERVER_DOMAIN_SPEND_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/base/money.h"

namespace zoetrope {

// By what time of the charge sums are told apart; days and months are those of UTC.
enum class SpendBucket { kNone, kHour, kDay, kMonth };

// What to add up. Charges count at the time they became known, not when they were set aside.
struct SpendQuery {
  std::string tenant;                          // empty: of all
  absl::Time from = absl::UnixEpoch();         // begins an hour
  absl::Time before = absl::InfiniteFuture();  // the same
  std::string model;                           // canonical id; empty: all
  std::string provider;                        // account; empty: all
  // Where a label is asked about, only jobs that are still kept count.
  std::string label_key;  // empty: whatever they bear
  std::string label_value;
  SpendBucket bucket = SpendBucket::kNone;
  bool by_tenant = false;
  bool by_model = false;
  bool by_provider = false;
  std::string by_label;  // key; jobs without it stand under the empty value; empty: not told apart
  int limit = 1'000;
};

// A sum; what was not told apart is empty.
struct SpendRow {
  absl::Time bucket_start = absl::UnixEpoch();
  std::string tenant;
  std::string model;
  std::string provider;
  std::string label_value;
  std::int64_t charges = 0;  // attempts whose charge is known, at nothing too
  Money charged;
  Money overrun;  // on top: the operator's

  bool operator==(const SpendRow&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_SPEND_H_
