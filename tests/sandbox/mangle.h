#ifndef ZOETROPE_TESTS_SANDBOX_MANGLE_H_
#define ZOETROPE_TESTS_SANDBOX_MANGLE_H_

#include <optional>
#include <vector>

#include "tests/sandbox/error_reply.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

// The reply to a request that a fault stops before anything is done: nothing was created, nothing changed.
std::optional<Reply> StopBefore(const std::vector<Fault>& faults, Provider provider);

// What is left of an honest reply after the faults. Everything was done; the client is told badly.
Reply Mangle(Reply honest, const std::vector<Fault>& faults, Provider provider);

// True if the client cannot learn from the mangled reply what was created.
bool HidesCreation(const std::vector<Fault>& faults);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_MANGLE_H_
