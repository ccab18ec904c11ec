#include "server/validate/generation_validator.h"

#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/crypto.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/validate/image_probe.h"
#include "server/validate/public_url.h"

namespace zoetrope {
namespace {

constexpr std::int32_t kFrameRateMax = 120;

class Reader {
 public:
  Reader(const v1::Generation& message, const ValidationRules& rules, Violations& violations,
         std::map<std::string, MediaBytes>& blobs)
      : message_(message), rules_(rules), violations_(violations), blobs_(blobs) {}

  Generation Read() {
    ReadTexts();
    ReadPictures();
    ReadUrls();
    ReadSource();
    ReadNumbers();
    ReadExtras();
    return std::move(out_);
  }

 private:
  void ReadTexts() {
    violations_.CheckText("generation.model", message_.model(), 1, limits::kModelIdChars);
    violations_.CheckText("generation.prompt", message_.prompt(), 1, limits::kPromptChars);
    violations_.CheckText("generation.negative_prompt", message_.negative_prompt(), 0,
                          limits::kNegativePromptChars);
    violations_.CheckText("generation.resolution", message_.resolution(), 0, limits::kChoiceChars);
    violations_.CheckText("generation.aspect_ratio", message_.aspect_ratio(), 0, limits::kChoiceChars);
    out_.model = message_.model();
    out_.prompt = message_.prompt();
    out_.negative_prompt = message_.negative_prompt();
    out_.resolution = message_.resolution();
    out_.aspect_ratio = message_.aspect_ratio();
  }

  void ReadPictures() {
    if (message_.has_first_frame())
      out_.first_frame = ReadImage(message_.first_frame(), "generation.first_frame");
    if (message_.has_last_frame()) {
      out_.last_frame = ReadImage(message_.last_frame(), "generation.last_frame");
      if (!message_.has_first_frame()) violations_.Add("generation.last_frame", "needs first_frame");
    }
    CheckCount("generation.reference_images", message_.reference_images_size());
    for (int i = 0; i < message_.reference_images_size() && i < static_cast<int>(limits::kReferences); ++i) {
      out_.reference_images.push_back(
          ReadImage(message_.reference_images(i), absl::StrCat("generation.reference_images[", i, "]")));
    }
  }

  void CheckCount(const std::string& field, int count) {
    if (count > static_cast<int>(limits::kReferences)) {
      violations_.Add(field, absl::StrCat("must have at most ", limits::kReferences, " items"));
    }
  }

  Image ReadImage(const v1::Image& image, const std::string& path) {
    Image out;
    out.fit = ReadFit(image, path + ".fit");
    switch (image.source_case()) {
      case v1::Image::kUrl:
        CheckUrl(image.url(), path + ".url");
        out.source = image.url();
        break;
      case v1::Image::kData:
        out.source = ReadBlob(image.data(), path + ".data");
        break;
      case v1::Image::kBlob:
        violations_.Add(path + ".blob", "is output only: give url or data");
        break;
      case v1::Image::SOURCE_NOT_SET:
        violations_.Add(path, "needs url or data");
        break;
    }
    return out;
  }

  ImageFit ReadFit(const v1::Image& image, const std::string& path) {
    switch (image.fit()) {
      case v1::IMAGE_FIT_UNSPECIFIED:
      case v1::IMAGE_FIT_EXACT:
        return ImageFit::kExact;
      case v1::IMAGE_FIT_COVER:
      case v1::IMAGE_FIT_CONTAIN:
        if (image.source_case() == v1::Image::kUrl) {
          violations_.Add(
              path, "must be IMAGE_FIT_EXACT or unset for a URL: only a picture in `data` can be fitted");
        }
        return image.fit() == v1::IMAGE_FIT_COVER ? ImageFit::kCover : ImageFit::kContain;
      default:
        violations_.Add(path, "is not known here");
        return ImageFit::kExact;
    }
  }

  BlobRef ReadBlob(const std::string& bytes, const std::string& path) {
    const absl::StatusOr<ImageInfo> info = ProbeImage(bytes);
    if (!info.ok()) {
      violations_.Add(path, std::string(ToStd(info.status().message())));
      return {};
    }
    BlobRef blob{Sha256Hex(bytes), info->content_type, static_cast<std::int64_t>(bytes.size()),
                 info->width_px, info->height_px};
    blobs_.try_emplace(blob.sha256, MediaBytes{info->content_type, bytes});
    return blob;
  }

  void CheckUrl(const std::string& url, const std::string& path) {
    std::string problem = UrlProblem(url, rules_.allow_private_image_hosts);
    if (!problem.empty()) violations_.Add(path, std::move(problem));
  }

  template <typename Urls>
  std::vector<std::string> ReadUrlList(const Urls& urls, const std::string& field) {
    CheckCount(field, urls.size());
    std::vector<std::string> out;
    for (int i = 0; i < urls.size() && i < static_cast<int>(limits::kReferences); ++i) {
      CheckUrl(urls.Get(i), absl::StrCat(field, "[", i, "]"));
      out.push_back(urls.Get(i));
    }
    return out;
  }

  void ReadUrls() {
    out_.reference_video_urls =
        ReadUrlList(message_.reference_video_urls(), "generation.reference_video_urls");
    out_.reference_audio_urls =
        ReadUrlList(message_.reference_audio_urls(), "generation.reference_audio_urls");
    if (!message_.audio_track_url().empty())
      CheckUrl(message_.audio_track_url(), "generation.audio_track_url");
    out_.audio_track_url = message_.audio_track_url();
  }

  void ReadSource() {
    if (!message_.has_source_video()) return;
    const v1::SourceVideo& source = message_.source_video();
    const std::string path = "generation.source_video";
    SourceVideo out;
    if (source.mode() == v1::SOURCE_VIDEO_MODE_EXTEND) {
      out.mode = SourceVideoMode::kExtend;
    } else if (source.mode() != v1::SOURCE_VIDEO_MODE_REMIX) {
      violations_.Add(path + ".mode", "must be SOURCE_VIDEO_MODE_REMIX or SOURCE_VIDEO_MODE_EXTEND");
    }
    switch (source.source_case()) {
      case v1::SourceVideo::kJobId:
        if (!IsUuid(source.job_id()))
          violations_.Add(path + ".job_id", "must be the id of a job, a UUID in lower case");
        out.job_id = source.job_id();
        break;
      case v1::SourceVideo::kProviderVideoId:
        violations_.CheckText(path + ".provider_video_id", source.provider_video_id(), 1,
                              limits::kProviderVideoIdChars);
        out.provider_video_id = source.provider_video_id();
        break;
      case v1::SourceVideo::SOURCE_NOT_SET:
        violations_.Add(path, "needs job_id or provider_video_id");
        break;
    }
    if (source.output_index() < 0) violations_.Add(path + ".output_index", "must not be negative");
    out.output_index = source.output_index();
    if (message_.has_first_frame()) violations_.Add("generation.first_frame", "cannot go with source_video");
    if (message_.has_last_frame()) violations_.Add("generation.last_frame", "cannot go with source_video");
    out_.source_video = std::move(out);
  }

  void ReadDuration() {
    const google::protobuf::Duration& duration = message_.duration();
    constexpr std::int64_t kMaxSeconds = limits::kDurationMaxMillis / 1000;
    // Bounded before it is multiplied.
    const bool in_reach = duration.seconds() >= 0 && duration.seconds() <= kMaxSeconds &&
                          duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
    const std::int64_t millis = in_reach ? duration.seconds() * 1000 + duration.nanos() / 1'000'000 : -1;
    const bool whole = duration.nanos() % 1'000'000 == 0;
    if (millis < limits::kDurationMinMillis || millis > limits::kDurationMaxMillis || !whole) {
      violations_.Add("generation.duration", "must lie from 1 s to 60 s, in whole milliseconds");
      return;
    }
    out_.duration_ms = millis;
  }

  void ReadNumbers() {
    if (message_.has_duration()) ReadDuration();
    if (message_.has_audio()) out_.audio = message_.audio();
    if (message_.has_seed()) {
      if (message_.seed() < 0 || message_.seed() > limits::kSeedMax) {
        violations_.Add("generation.seed", absl::StrCat("must lie from 0 to ", limits::kSeedMax));
      }
      out_.seed = message_.seed();
    }
    if (message_.frame_rate_hertz() < 0 || message_.frame_rate_hertz() > kFrameRateMax) {
      violations_.Add("generation.frame_rate_hertz",
                      absl::StrCat("must lie from 1 to ", kFrameRateMax, ", or be unset"));
    }
    out_.frame_rate_hertz = message_.frame_rate_hertz();
    if (message_.count() < 0 || message_.count() > limits::kCountMax) {
      violations_.Add("generation.count",
                      absl::StrCat("must lie from 1 to ", limits::kCountMax, ", or be unset"));
    }
    out_.count = message_.count();
  }

  void ReadExtras() {
    if (message_.extras_size() > static_cast<int>(limits::kExtras)) {
      violations_.Add("generation.extras", absl::StrCat("must have at most ", limits::kExtras, " items"));
      return;
    }
    std::set<std::string> names;
    for (int i = 0; i < message_.extras_size(); ++i) {
      const v1::Parameter& extra = message_.extras(i);
      const std::string path = absl::StrCat("generation.extras[", i, "]");
      if (violations_.CheckText(path + ".name", extra.name(), 1, limits::kExtraNameChars) &&
          !names.insert(extra.name()).second) {
        violations_.Add(path + ".name", "stands here twice");
      }
      Parameter out{extra.name(), {}};
      switch (extra.value_case()) {
        case v1::Parameter::kStringValue:
          violations_.CheckText(path + ".string_value", extra.string_value(), 0, limits::kExtraStringChars);
          out.value = extra.string_value();
          break;
        case v1::Parameter::kIntegerValue:
          out.value = std::int64_t{extra.integer_value()};
          break;
        case v1::Parameter::kNumberValue:
          if (!std::isfinite(extra.number_value()))
            violations_.Add(path + ".number_value", "must be a finite number");
          out.value = extra.number_value();
          break;
        case v1::Parameter::kBoolValue:
          out.value = extra.bool_value();
          break;
        case v1::Parameter::VALUE_NOT_SET:
          violations_.Add(path, "needs a value");
          break;
      }
      out_.extras.push_back(std::move(out));
    }
  }

  const v1::Generation& message_;
  const ValidationRules& rules_;
  Violations& violations_;
  std::map<std::string, MediaBytes>& blobs_;
  Generation out_;
};

}  // namespace

bool Violations::CheckText(const std::string& field, std::string_view text, std::size_t min,
                           std::size_t max) {
  const std::optional<std::size_t> count = CountCodePoints(text);
  if (!count) {
    Add(field, "must be UTF-8");
  } else if (text.find('\0') != std::string_view::npos) {
    Add(field, "must hold no NUL character");
  } else if (*count < min && *count == 0) {
    Add(field, "is required");
  } else if (*count < min || *count > max) {
    Add(field, absl::StrCat("must have at most ", max, " characters"));
  } else {
    return true;
  }
  return false;
}

Generation ReadGeneration(const v1::Generation& message, const ValidationRules& rules, Violations& violations,
                          std::map<std::string, MediaBytes>& blobs) {
  return Reader(message, rules, violations, blobs).Read();
}

}  // namespace zoetrope
