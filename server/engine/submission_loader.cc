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
  const Adapter* adapter;
  std::string job_id;
  std::shared_ptr<PreparedSubmit> into;
  SubmissionLoader::Done done;
  std::vector<std::string> blobs_left = {};
};

absl::Status Later(const absl::Status& status) {
  return absl::UnavailableError(std::string(status.message()));
}

template <typename Visit>
void ForEachPicture(const Generation& generation, Visit visit) {
  const auto look = [&visit](const Image& image) {
    if (image.blob() != nullptr) visit(*image.blob());
  };
  if (generation.first_frame) look(*generation.first_frame);
  if (generation.last_frame) look(*generation.last_frame);
  for (const Image& image : generation.reference_images) look(image);
}

// Which steps an earlier process, or an earlier try, has done for this attempt, and what its provider has
// told.
void RecallSteps(const std::shared_ptr<Loading>& loading) {
  const PreparedSubmit& into = *loading->into;
  if (!into.was_sent && loading->adapter->PrepareSteps(SubmitInputOf(into)).empty())
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

std::size_t PictureRoomOf(const PreparedSubmit& prepared) {
  std::size_t bytes = 0;
  ForEachPicture(prepared.generation, [&bytes](const BlobRef& blob) {
    bytes += kBytesPerPictureByte * static_cast<std::size_t>(blob.size_bytes);
  });
  return bytes;
}

void LeaveOutPictures(PreparedSubmit& prepared) {
  ForEachPicture(prepared.generation, [&prepared](const BlobRef& blob) {
    prepared.blobs[blob.sha256] = {blob.content_type, ""};
  });
}

ByteRoom& SubmissionLoader::RoomOf(const std::string& provider) {
  std::unique_ptr<ByteRoom>& room = rooms_[provider];
  if (room == nullptr) room = std::make_unique<ByteRoom>(picture_bytes_max_);
  return *room;
}

void SubmissionLoader::LoadTexts(const Adapter* adapter, std::string job_id,
                                 std::shared_ptr<PreparedSubmit> into, Done done) {
  store_->Read("", std::move(job_id),
               [adapter, into = std::move(into), done = std::move(done)](absl::StatusOr<StoredJob> stored) {
                 if (!stored.ok()) return done(Later(stored.status()));
                 const JobState& state = stored->job.state;
                 into->wanted = !IsTerminal(state.phase) &&
                                state.cancel_requested_time == absl::InfinitePast() &&
                                stored->commands.empty();
                 for (const Attempt& attempt : state.attempts)
                   into->was_sent |= attempt.id == into->attempt_id && attempt.http_status != 0;
                 into->generation = std::move(stored->job.spec.generation);
                 UseFittedFrame(*into->offering, *adapter, into->generation);
                 done(absl::OkStatus());
               });
}

void SubmissionLoader::LoadSteps(const Adapter* adapter, std::string job_id,
                                 std::shared_ptr<PreparedSubmit> into, Done done) {
  RecallSteps(std::make_shared<Loading>(
      Loading{store_, adapter, std::move(job_id), std::move(into), std::move(done)}));
}

void SubmissionLoader::LoadPictures(const Adapter* adapter, std::string job_id,
                                    std::shared_ptr<PreparedSubmit> into, Done done) {
  const auto loading = std::make_shared<Loading>(
      Loading{store_, adapter, std::move(job_id), std::move(into), std::move(done)});
  ForEachPicture(loading->into->generation,
                 [&loading](const BlobRef& blob) { loading->blobs_left.push_back(blob.sha256); });
  LoadBlobs(loading);
}

}  // namespace zoetrope
