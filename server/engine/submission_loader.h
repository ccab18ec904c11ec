// What a submission is built from, as the store has it.
#ifndef ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
#define ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "server/engine/entry.h"
#include "server/providers/adapter.h"
#include "server/store/job_store.h"

namespace zoetrope {

// Evidence about a preparation step begins with this; the step's name follows.
inline constexpr std::string_view kStepEvidence = "prepared:";

// Fills in the generation, the pictures, the values of the steps that were done for `into->attempt_id`, and
// under which id its provider has it, should it have told so after it refused;
// the offering must be there already. Calls `done` once, on a thread of the store's: DATA_LOSS where a
// picture is lost for good, UNAVAILABLE where the store cannot be read now. Both pointers outlive the call.
void LoadSubmission(JobStore* store, const Adapter* adapter, std::string job_id,
                    std::shared_ptr<PreparedSubmit> into, std::function<void(absl::Status)> done);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
