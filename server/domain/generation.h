// What a caller wants to see: the contract's Generation as values.
#ifndef ZOETROPE_SERVER_DOMAIN_GENERATION_H_
#define ZOETROPE_SERVER_DOMAIN_GENERATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace zoetrope {

struct PixelSize {
  std::int32_t width = 0;
  std::int32_t height = 0;

  auto operator<=>(const PixelSize&) const = default;
};

// A picture that was given by value: its bytes are in the store under `sha256`.
struct BlobRef {
  std::string sha256;        // 64 lower-case hexadecimal digits
  std::string content_type;  // image/jpeg, image/png or image/webp
  std::int64_t size_bytes = 0;
  std::int32_t width_px = 0;
  std::int32_t height_px = 0;

  PixelSize pixels() const { return {width_px, height_px}; }
  bool operator==(const BlobRef&) const = default;
};

// A picture's bytes.
struct MediaBytes {
  std::string content_type;
  std::string bytes;

  bool operator==(const MediaBytes&) const = default;
};

enum class ImageFit { kExact, kCover, kContain };

struct Image {
  std::variant<std::string, BlobRef> source;  // a URL, or a blob
  ImageFit fit = ImageFit::kExact;
  std::vector<BlobRef> fitted;  // copies of a blob in sizes that candidates demand; made by `fit`

  const std::string* url() const { return std::get_if<std::string>(&source); }
  const BlobRef* blob() const { return std::get_if<BlobRef>(&source); }
  // The blob itself or its copy of that size; nullptr: there is none.
  const BlobRef* InSize(PixelSize size) const {
    if (blob() != nullptr && blob()->pixels() == size) return blob();
    for (const BlobRef& copy : fitted) {
      if (copy.pixels() == size) return &copy;
    }
    return nullptr;
  }
  bool operator==(const Image&) const = default;
};

enum class SourceVideoMode { kRemix, kExtend };

// An earlier video. Validation has resolved a job's output to the provider that made it and that provider's
// id of the video.
struct SourceVideo {
  SourceVideoMode mode = SourceVideoMode::kRemix;
  std::string job_id;  // empty where the caller gave the provider's id
  std::int32_t output_index = 0;
  std::string provider_video_id;

  bool operator==(const SourceVideo&) const = default;
};

using ParameterValue = std::variant<std::string, std::int64_t, double, bool>;

struct Parameter {
  std::string name;
  ParameterValue value;

  bool operator==(const Parameter&) const = default;
};

// One wish. In an *effective* generation every optional that decides price or picture is set (duration_ms,
// but for a remix of a video whose length is not known; audio), the strings `resolution` and `aspect_ratio`
// are not empty, and `count` is at least 1; seed stays unset for random.
struct Generation {
  std::string model;  // canonical id in an effective generation
  std::string prompt;
  std::string negative_prompt;
  std::optional<Image> first_frame;
  std::optional<Image> last_frame;
  std::vector<Image> reference_images;
  std::vector<std::string> reference_video_urls;
  std::vector<std::string> reference_audio_urls;
  std::string audio_track_url;
  std::optional<SourceVideo> source_video;
  std::optional<std::int64_t> duration_ms;
  std::string resolution;
  std::string aspect_ratio;
  std::optional<bool> audio;
  std::optional<std::int64_t> seed;
  std::int32_t frame_rate_hertz = 0;  // 0: the offering's own
  std::int32_t count = 0;
  std::vector<Parameter> extras;  // sorted by name in an effective generation

  bool operator==(const Generation&) const = default;
};

// What a video is made from; follows from which inputs are there.
enum class Mode { kTextToVideo, kImageToVideo, kFirstLastFrame, kReferenceToVideo, kRemix, kExtend };

inline Mode ModeOf(const Generation& generation) {
  if (generation.source_video) {
    return generation.source_video->mode == SourceVideoMode::kRemix ? Mode::kRemix : Mode::kExtend;
  }
  if (!generation.reference_images.empty() || !generation.reference_video_urls.empty() ||
      !generation.reference_audio_urls.empty()) {
    return Mode::kReferenceToVideo;
  }
  if (generation.last_frame) return Mode::kFirstLastFrame;
  return generation.first_frame ? Mode::kImageToVideo : Mode::kTextToVideo;
}

// Where a job may run.
enum class RoutingStrategy { kCheapest, kFastest, kMostReliable, kWeighted };
enum class FailoverPolicy { kNever, kAfterRefused, kAfterFailed };

// What counts how much under kWeighted; not all are 0 there, and all are elsewhere.
struct RoutingWeights {
  std::int32_t cost = 0;
  std::int32_t speed = 0;
  std::int32_t reliability = 0;

  bool operator==(const RoutingWeights&) const = default;
};

struct Routing {
  RoutingStrategy strategy = RoutingStrategy::kCheapest;
  RoutingWeights weights = {};
  std::string provider;  // pinned; empty: any
  std::vector<std::string> allowed_providers;
  FailoverPolicy failover = FailoverPolicy::kAfterRefused;

  bool operator==(const Routing&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_GENERATION_H_
