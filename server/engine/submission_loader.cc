#include "server/engine/submission_loader.h"

#include <utility>
#include <vector>

#include "server/engine/evidence.h"
#include "server/providers/first_frame.h"

namespace zoetrope {
namespace {

// A picture, and the same once more in base64, which is a third longer; rounded up.
constexpr std::size_t kBytesPerPictureByte = 3;

struct Loading {
  JobStore* store;
  std::weak_ptr<ByteRoom> room;
  const Adapter* adapter;
  std::string job_id;
  std::shared_ptr<PreparedSubmit> into;
  std::function<void(absl::Status)> done;
  bool was_sent = false;  // and refused for load
  std::vector<std::string> blobs_left = {};
};

absl::Status Later(const absl::Status& status) {
  return absl::UnavailableError(std::string(status.message()));
}

// Which steps an earlier process, or an earlier try, has done for this attempt, and what its provider has
// told.
void RecallSteps(const std::shared_ptr<Loading>& loading) {
  if (!loading->was_sent && loading->adapter->PrepareSteps(SubmitInputOf(*loading->into)).empty())
    return loading->done(absl::OkStatus());
  loading->store->ReadEvidence(loading->job_id, [loading](absl::StatusOr<std::vector<Evidence>> evidence) {
    if (!evidence.ok()) return loading->done(Later(evidence.status()));
    for (Evidence& fact : *evidence) {
      if (fact.attempt_id != loading->into->attempt_id) continue;
      if (fact.what == kIdEvidence) loading->into->known.id = fact.value;
      if (!fact.what.starts_with(kStepEvidence)) continue;
      loading->into->preparations[fact.what.substr(kStepEvidence.size())] = std::move(fact.value);
    }
    loading->done(absl::OkStatus());
  });
}

void LoadBlobs(const std::shared_ptr<Loading>& loading) {
  if (loading->blobs_left.empty()) return RecallSteps(loading);
  std::string sha256 = std::move(loading->blobs_left.back());
  loading->blobs_left.pop_back();
  loading->store->ReadBlob(sha256, [loading, sha256](absl::StatusOr<MediaBytes> blob) {
    if (!blob.ok()) {
      const bool lost = absl::IsNotFound(blob.status()) || absl::IsDataLoss(blob.status());
      return loading->done(lost
                               ? absl::DataLossError("a picture of the request cannot be read from the store")
                               : Later(blob.status()));
    }
    loading->into->blobs[sha256] = *std::move(blob);
    LoadBlobs(loading);
  });
}

}  // namespace

SubmitInput SubmitInputOf(const PreparedSubmit& prepared) {
  return {prepared.generation, *prepared.offering,    prepared.attempt_id,
          prepared.blobs,      prepared.preparations, prepared.callback_url};
}

void SubmissionLoader::Load(const Adapter* adapter, std::string job_id, std::shared_ptr<PreparedSubmit> into,
                            std::function<void(absl::Status)> done) {
  auto loading = std::make_shared<Loading>(
      Loading{store_, room_, adapter, std::move(job_id), std::move(into), std::move(done)});
  store_->Read("", loading->job_id, [loading](absl::StatusOr<StoredJob> stored) {
    if (!stored.ok()) return loading->done(Later(stored.status()));
    PreparedSubmit& filled = *loading->into;
    const JobState& state = stored->job.state;
    filled.wanted = !IsTerminal(state.phase) && state.cancel_requested_time == absl::InfinitePast() &&
                    stored->commands.empty();
    for (const Attempt& attempt : state.attempts)
      loading->was_sent |= attempt.id == filled.attempt_id && attempt.http_status != 0;
    filled.generation = std::move(stored->job.spec.generation);
    UseFittedFrame(*filled.offering, *loading->adapter, filled.generation);
    std::size_t bytes = 0;
    const auto add = [&loading, &bytes](const Image& image) {
      if (image.blob() == nullptr) return;
      loading->blobs_left.push_back(image.blob()->sha256);
      bytes += kBytesPerPictureByte * static_cast<std::size_t>(image.blob()->size_bytes);
    };
    if (filled.generation.first_frame) add(*filled.generation.first_frame);
    if (filled.generation.last_frame) add(*filled.generation.last_frame);
    for (const Image& image : filled.generation.reference_images) add(image);
    const auto room = loading->room.lock();
    if (room == nullptr) return;
    room->Ask(bytes, [loading](ByteRoom::Place place) {
      loading->into->room = std::move(place);
      LoadBlobs(loading);
    });
  });
}

}  // namespace zoetrope
