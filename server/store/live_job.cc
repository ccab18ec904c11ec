#include <set>
#include <utility>

#include "server/store/job_store.h"

namespace zoetrope {
namespace {

void AddBlobs(const Image& image, std::set<std::string>& blobs) {
  if (image.blob() != nullptr) blobs.insert(image.blob()->sha256);
  for (const BlobRef& copy : image.fitted) blobs.insert(copy.sha256);
}

}  // namespace

std::vector<std::string> BlobsOf(const JobSpec& spec) {
  std::set<std::string> blobs;
  const Generation& generation = spec.generation;
  if (generation.first_frame) AddBlobs(*generation.first_frame, blobs);
  if (generation.last_frame) AddBlobs(*generation.last_frame, blobs);
  for (const Image& image : generation.reference_images) AddBlobs(image, blobs);
  return {blobs.begin(), blobs.end()};
}

LiveJob ToLive(const Job& job, Ownership ownership, std::vector<Command> commands) {
  return {.id = job.spec.id,
          .tenant = job.spec.tenant,
          .model = job.spec.generation.model,
          .create_time = job.spec.create_time,
          .deadline_time = job.spec.deadline_time,
          .failover = job.spec.routing.failover,
          .unknown_policy = job.spec.unknown_policy,
          .max_cost = job.spec.max_cost,
          .count = job.spec.generation.count,
          .video_ms = job.spec.generation.duration_ms.value_or(0),
          .resolution = job.spec.generation.resolution,
          .labels = job.spec.labels,
          .candidates = job.spec.candidates,
          .trace = job.spec.trace,
          .principal = job.spec.principal,
          .state = job.state,
          .ownership = std::move(ownership),
          .commands = std::move(commands)};
}

}  // namespace zoetrope
