// What holds of every reading of every answer, whatever a provider sent.
#ifndef ZOETROPE_TESTS_FUZZ_OUTCOME_CHECK_H_
#define ZOETROPE_TESTS_FUZZ_OUTCOME_CHECK_H_

#include <string>
#include <string_view>

#include "server/http/http_message.h"
#include "server/providers/adapter.h"
#include "tests/golden/golden_case.h"

namespace zoetrope::fuzz {

// The rule that `outcome` breaks as the reading of an answer of `status` to the question; "" where it keeps
// them all. Texts are bounded and printable, numbers lie in their ranges, ids and URLs are usable, and no
// outcome says more than its status allows.
std::string ProblemOf(const golden::GoldenCase& question, const Capabilities& capabilities, int status,
                      const golden::AnyOutcome& outcome);

// The same for a request that was built from what an answer had said: it goes to `origin` (see OriginOf),
// carries the secret of the golden cases in one marked header alone, and has headers and a body that are well
// formed.
std::string ProblemOf(const HttpRequest& request, Repeat repeat, std::string_view origin);

}  // namespace zoetrope::fuzz

#endif  // ZOETROPE_TESTS_FUZZ_OUTCOME_CHECK_H_
