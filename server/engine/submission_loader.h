// What a submission is built from, as the store has it.
#ifndef ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
#define ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "server/engine/byte_room.h"
#include "server/engine/entry.h"
#include "server/providers/adapter.h"
#include "server/store/job_store.h"

namespace zoetrope {

// Evidence about a preparation step begins with this; the step's name follows.
inline constexpr std::string_view kStepEvidence = "prepared:";

// As an adapter takes it; it points into `prepared`.
SubmitInput SubmitInputOf(const PreparedSubmit& prepared);

class SubmissionLoader {
 public:
  // Not owned; outlives this. At most `picture_bytes_max` are taken up by pictures, and what is made of them,
  // by all submissions together.
  SubmissionLoader(JobStore* store, std::size_t picture_bytes_max)
      : store_(store), room_(std::make_shared<ByteRoom>(picture_bytes_max)) {}

  // Fills in the generation, the pictures, the values of the steps that were done for `into->attempt_id`, and
  // under which id its provider has it, should it have told so after it refused;
  // the offering must be there already. A submission whose pictures find no room waits until others are gone;
  // what it takes up is given back when `into` is dropped.
  //
  // Calls `done` once, on any thread, unless this is gone before there was room: DATA_LOSS where a picture is
  // lost for good, UNAVAILABLE where the store cannot be read now. `adapter` outlives the call.
  void Load(const Adapter* adapter, std::string job_id, std::shared_ptr<PreparedSubmit> into,
            std::function<void(absl::Status)> done);

 private:
  JobStore* const store_;
  const std::shared_ptr<ByteRoom> room_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
