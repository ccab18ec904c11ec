// What a submission is built from, as the store has it.
#ifndef ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
#define ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_

#include <cstddef>
#include <functional>
#include <map>
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

// What the pictures of a submission whose texts are read take up, with the request that is made of them. 0:
// there are none.
std::size_t PictureRoomOf(const PreparedSubmit& prepared);

// Puts nothing in the place of each picture: for whoever only wants to know that they are there.
void LeaveOutPictures(PreparedSubmit& prepared);

// Used on the engine's executor.
class SubmissionLoader {
 public:
  // Not owned; outlives this. At most `picture_bytes_max` are for the pictures of an account's submissions,
  // so that one account which does not answer is in nobody else's way.
  SubmissionLoader(JobStore* store, std::size_t picture_bytes_max)
      : store_(store), picture_bytes_max_(picture_bytes_max) {}

  // The room of an account.
  ByteRoom& RoomOf(const std::string& provider);

  // All call `done` once, on a thread of the store's: DATA_LOSS where a picture is lost for good, UNAVAILABLE
  // where the store cannot be read now.
  using Done = std::function<void(absl::Status)>;

  // Fills in the generation; the offering must be there already. `adapter` outlives the call.
  void LoadTexts(const Adapter* adapter, std::string job_id, std::shared_ptr<PreparedSubmit> into, Done done);
  // Then the pictures, and what LoadSteps does.
  void LoadPictures(const Adapter* adapter, std::string job_id, std::shared_ptr<PreparedSubmit> into,
                    Done done);
  // The values of the steps that were done for `into->attempt_id`, and under which id its provider has it,
  // should it have told so after it refused.
  void LoadSteps(const Adapter* adapter, std::string job_id, std::shared_ptr<PreparedSubmit> into, Done done);

 private:
  JobStore* const store_;
  const std::size_t picture_bytes_max_;
  std::map<std::string, std::unique_ptr<ByteRoom>> rooms_;  // made when first needed
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_SUBMISSION_LOADER_H_
