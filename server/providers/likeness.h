// Whether something that a provider lists can be a submission of ours, where nothing of ours comes back in
// the list: by its input and its time.
#ifndef ZOETROPE_SERVER_PROVIDERS_LIKENESS_H_
#define ZOETROPE_SERVER_PROVIDERS_LIKENESS_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// kUntold: nothing speaks against it, and it does not say enough to be it.
enum class Likeness { kOther, kSame, kUntold };

// What two comparisons of one thing say together.
Likeness Both(Likeness a, Likeness b);

// How far apart the time of sending, by our clock, and that of creation, by theirs, may lie: clocks differ,
// and a submission is given a minute before it counts as unanswered.
inline constexpr absl::Duration kCreatedBefore = absl::Minutes(1);
inline constexpr absl::Duration kCreatedAfter = absl::Minutes(3);

// Two submissions of ours that were sent further apart than this, the sum of both, cannot match one creation.
inline constexpr absl::Duration kTwinWindow = absl::Minutes(4);

// nullopt: it does not say when it was created.
Likeness CompareTime(std::optional<absl::Time> created, absl::Time sent_at);

// The time that an RFC 3339 text tells, with any number of decimals.
std::optional<absl::Time> TimeIn(const JsonValue& item, std::string_view path);

// Compares an input as it is listed (nullptr: it is not) with ours as it was sent. What stands in theirs
// alone is taken for the provider's default.
Likeness CompareInput(const JsonValue* theirs, const JsonValue& ours);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_LIKENESS_H_
