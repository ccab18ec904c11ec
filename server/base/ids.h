// Names of jobs and attempts.
#ifndef ZOETROPE_SERVER_BASE_IDS_H_
#define ZOETROPE_SERVER_BASE_IDS_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/random.h"

namespace zoetrope {

// A UUID of version 7 (RFC 9562 §5.7): ids sort by the millisecond of `now`.
std::string NewJobId(absl::Time now, Random& random);

// A UUID of version 4 (RFC 9562 §5.4): an attempt's id. Providers that take a client's id ask for this
// version.
std::string NewAttemptId(Random& random);

// Whether `text` is a UUID in its canonical spelling: 36 characters, lower case.
bool IsUuid(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_IDS_H_
