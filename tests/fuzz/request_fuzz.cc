// A caller's request, as the bytes of a SubmitRequest. What is valid keeps every limit, can be stored, and
// means the same when it comes again.
#include <string>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/store/record.h"
#include "server/validate/public_url.h"
#include "server/validate/request_validator.h"
#include "tests/fuzz/fuzz_target.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::fuzz {
namespace {

// A text that is no longer than `chars_max`.
bool Fits(const std::string& text, std::size_t chars_max) {
  return CountCodePoints(text).value_or(chars_max + 1) <= chars_max;
}

void CheckPicture(const Image& image, const ValidRequest& request) {
  if (image.url() != nullptr) {
    FUZZ_CHECK(UrlProblem(*image.url(), false).empty());
    FUZZ_CHECK(image.fit == ImageFit::kExact);
    return;
  }
  const auto blob = request.blobs.find(image.blob()->sha256);
  FUZZ_CHECK(blob != request.blobs.end());
  FUZZ_CHECK(static_cast<std::int64_t>(blob->second.bytes.size()) == image.blob()->size_bytes);
  FUZZ_CHECK(blob->second.content_type == image.blob()->content_type);
}

void CheckGeneration(const ValidRequest& request) {
  const Generation& g = request.generation;
  FUZZ_CHECK(!g.model.empty() && Fits(g.model, limits::kModelIdChars));
  FUZZ_CHECK(!g.prompt.empty() && Fits(g.prompt, limits::kPromptChars));
  FUZZ_CHECK(Fits(g.negative_prompt, limits::kNegativePromptChars));
  if (g.first_frame) CheckPicture(*g.first_frame, request);
  if (g.last_frame) CheckPicture(*g.last_frame, request);
  FUZZ_CHECK(!g.last_frame || g.first_frame);
  for (const Image& image : g.reference_images) CheckPicture(image, request);
  FUZZ_CHECK(g.reference_images.size() <= limits::kReferences &&
             g.reference_video_urls.size() <= limits::kReferences &&
             g.reference_audio_urls.size() <= limits::kReferences);
  for (const std::string& url : g.reference_video_urls) FUZZ_CHECK(UrlProblem(url, false).empty());
  for (const std::string& url : g.reference_audio_urls) FUZZ_CHECK(UrlProblem(url, false).empty());
  FUZZ_CHECK(g.audio_track_url.empty() || UrlProblem(g.audio_track_url, false).empty());
  FUZZ_CHECK(!g.duration_ms ||
             (*g.duration_ms >= limits::kDurationMinMillis && *g.duration_ms <= limits::kDurationMaxMillis));
  FUZZ_CHECK(g.count >= 0 && g.count <= limits::kCountMax && g.frame_rate_hertz >= 0);
  FUZZ_CHECK(!g.seed || (*g.seed >= 0 && *g.seed <= limits::kSeedMax));
  FUZZ_CHECK(g.extras.size() <= limits::kExtras);
  FUZZ_CHECK(Fits(g.resolution, limits::kChoiceChars) && Fits(g.aspect_ratio, limits::kChoiceChars));
  if (!g.source_video) return;
  FUZZ_CHECK(!g.first_frame && !g.last_frame);
  FUZZ_CHECK(g.source_video->job_id.empty() ? !g.source_video->provider_video_id.empty()
                                            : IsUuid(g.source_video->job_id));
}

void CheckValid(const ValidRequest& request) {
  FUZZ_CHECK(request.request_id.size() <= limits::kRequestIdChars);
  FUZZ_CHECK(request.deadline >= limits::kDeadlineMin && request.deadline <= limits::kDeadlineMax);
  FUZZ_CHECK(!request.max_cost || *request.max_cost > Money());
  FUZZ_CHECK(request.unknown_policy != UnknownPolicy::kRetryOnce);
  FUZZ_CHECK(request.labels.size() <= limits::kLabels);
  FUZZ_CHECK(request.routing.allowed_providers.size() <= limits::kAllowedProviders);
  CheckGeneration(request);
}

// Nothing that was accepted is lost or changed on its way to the disk.
void CheckStored(const ValidRequest& request) {
  JobSpec spec;
  spec.id = "01900000-0000-7000-8000-000000000000";
  spec.request_id = request.request_id;
  spec.generation = request.generation;
  spec.routing = request.routing;
  spec.max_cost = request.max_cost;
  spec.labels = request.labels;
  const absl::StatusOr<JobSpec> again = DecodeSpec(EncodeSpec(spec));
  FUZZ_CHECK(again.ok() && *again == spec);
}

// A repetition is known by its content, whatever its id, however it is spelled, and whatever a newer client
// adds.
void CheckFingerprint(const v1::SubmitRequest& request) {
  const std::string fingerprint = Fingerprint(request);
  FUZZ_CHECK(fingerprint.size() == 64);
  v1::SubmitRequest other = request;
  other.set_request_id("another");
  other.DiscardUnknownFields();
  if (other.has_generation() && other.generation().count() == 0) other.mutable_generation()->set_count(1);
  v1::SubmitRequest spelled;
  FUZZ_CHECK(spelled.ParsePartialFromString(other.SerializePartialAsString()));
  FUZZ_CHECK(Fingerprint(spelled) == fingerprint);
  other.set_validate_only(!other.validate_only());
  FUZZ_CHECK(Fingerprint(other) != fingerprint);
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  v1::SubmitRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  fuzz::CheckFingerprint(request);
  Reading reading = ReadSubmit(request, {});
  for (const FieldViolation& violation : reading.violations) {
    FUZZ_CHECK(!violation.field.empty() && !violation.description.empty());
    FUZZ_CHECK(CountCodePoints(violation.field).has_value());
    FUZZ_CHECK(violation.field.size() <= 200 && violation.description.size() <= 300);
  }
  const bool sound = reading.violations.empty();
  const absl::StatusOr<ValidRequest> valid = Whole(std::move(reading));
  FUZZ_CHECK(valid.ok() == sound);
  if (!valid.ok()) {
    FUZZ_CHECK(ReasonOf(valid.status()) == v1::ERROR_REASON_INVALID_FIELD &&
               !ViolationsOf(valid.status()).empty());
    return 0;
  }
  fuzz::CheckValid(*valid);
  fuzz::CheckStored(*valid);
  return 0;
}
