#include "server/providers/openai/openai_video.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/providers/first_frame.h"
#include "server/providers/http_classes.h"
#include "server/providers/likeness.h"
#include "server/providers/openai/openai_errors.h"
#include "server/providers/provider_url.h"

namespace zoetrope {
namespace {

constexpr std::int64_t kSecondsMax = 3'600;
// The last second that four digits can write as a year; later is no time.
constexpr std::int64_t kUnixTimeMax = 253'402'300'799;
// How long files can be downloaded after the end of the generation.
constexpr absl::Duration kFilesKept = absl::Hours(1);

std::optional<absl::Time> TimeAt(const JsonValue& video, std::string_view path) {
  const std::optional<std::int64_t> seconds = video.Integer(path);
  if (!seconds || *seconds <= 0 || *seconds > kUnixTimeMax) return std::nullopt;
  return absl::FromUnixSeconds(*seconds);
}

Output OutputOf(const JsonValue& video, std::string_view id, const std::string& url) {
  Output output;
  output.url = url + "/content";
  output.content_type = "video/mp4";
  output.credential_required = true;
  output.thumbnail = Media{url + "/content?variant=thumbnail", "image/webp"};
  output.spritesheet = Media{url + "/content?variant=spritesheet", "image/jpeg"};
  output.provider_video_id = std::string(id);
  if (const std::optional<absl::Time> expires = TimeAt(video, "expires_at")) {
    output.expire_time = *expires;
  } else if (const std::optional<absl::Time> completed = TimeAt(video, "completed_at")) {
    output.expire_time = *completed + kFilesKept;
  }
  const std::optional<std::int64_t> seconds = video.Integer("seconds");
  if (seconds && *seconds > 0 && *seconds <= kSecondsMax) output.duration_ms = *seconds * 1000;
  if (const std::optional<PixelSize> size = ParsePixelSize(video.Text("size").value_or(""))) {
    output.width_px = size->width;
    output.height_px = size->height;
  }
  return output;
}

// A video may name the snapshot that the model stood for: `sora-2-2025-12-08` where `sora-2` was asked for.
bool IsModel(std::string_view named, std::string_view asked) {
  if (!named.starts_with(asked)) return false;
  named.remove_prefix(asked.size());
  return named.empty() || named.starts_with("-20");
}

Likeness Compare(const JsonValue& video, const SubmissionTraits& traits, std::string_view name) {
  const std::optional<std::string> ours = traits.fields.Text(name);
  if (!ours) return Likeness::kSame;
  const std::optional<std::string> theirs = video.Text(name);
  if (!theirs) return Likeness::kUntold;
  const bool same = name == "model" ? IsModel(*theirs, *ours) : *theirs == *ours;
  return same ? Likeness::kSame : Likeness::kOther;
}

Likeness Compare(const JsonValue& video, const SubmissionTraits& traits) {
  // A video that is no remix says so with null or nothing.
  Likeness likeness =
      video.Text("remixed_from_video_id").value_or("") == traits.source ? Likeness::kSame : Likeness::kOther;
  for (const std::string_view name : {"prompt", "model", "seconds", "size"}) {
    likeness = Both(likeness, Compare(video, traits, name));
  }
  return Both(likeness, CompareTime(TimeAt(video, "created_at"), traits.sent_at));
}

// The id behind which the list goes on, where what stands there can have been created about when we sent;
// empty where it cannot; nullopt where no one can tell.
std::optional<std::string> PageBehind(const JsonValue& page, const SubmissionTraits& traits) {
  if (page.Bool("has_more") == false) return "";
  const std::span<const JsonValue> videos = page.Items("data");
  if (videos.empty()) return std::nullopt;
  const std::optional<absl::Time> oldest = TimeAt(videos.back(), "created_at");
  if (oldest && *oldest < traits.sent_at - kCreatedBefore) return "";
  const std::string last = videos.back().Text("id").value_or("");
  if (!oldest || !IsUsableId(last) || page.Bool("has_more") != true) return std::nullopt;
  return last;
}

}  // namespace

VideoEnd ReadVideoEnd(const JsonValue& video, std::string_view id, const std::string& url) {
  const std::string word = video.Text("status").value_or("");
  if (word == "completed") return Succeeded{{OutputOf(video, id, url)}, {}, {}, {}};
  if (word == "failed")
    return Failed{MakeFailure(OpenaiErrorIn(200, video), FailureReason::kProviderError), {}, {}};
  if (word == "expired") {
    ErrorText error = OpenaiErrorIn(200, video);
    if (error.message.empty()) error.message = "the video is past its time";
    error.reason = FailureReason::kResultLost;
    return Failed{MakeFailure(error, FailureReason::kResultLost), {}, {}};
  }
  return std::monostate();
}

Pending ReadVideoProgress(const JsonValue& video) {
  const std::string word = video.Text("status").value_or("");
  Pending pending;
  pending.phase = word == "queued"        ? Pending::Phase::kQueued
                  : word == "in_progress" ? Pending::Phase::kRunning
                                          : Pending::Phase::kUnknownWord;
  if (const std::optional<std::int64_t> percent = video.Integer("progress")) {
    pending.progress = static_cast<double>(std::clamp<std::int64_t>(*percent, 0, 100)) / 100.0;
  }
  return pending;
}

LookupOutcome FindSubmission(const SubmissionTraits& traits, const JsonValue& page) {
  if (page.Find("data") == nullptr || !page.Find("data")->is_array())
    return Unrecognized{"no list of videos in the answer to a look-up"};
  LookupPage found;
  for (const JsonValue& video : page.Items("data")) {
    if (!video.is_object()) return Unrecognized{"the list of videos holds something that is none"};
    const Likeness likeness = Compare(video, traits);
    if (likeness == Likeness::kOther) continue;
    const std::string id = video.Text("id").value_or("");
    if (likeness == Likeness::kUntold || !IsUsableId(id))
      return Unrecognized{"a video that could be this one does not say enough"};
    found.matches.push_back({id, {}});
  }
  std::optional<std::string> behind = PageBehind(page, traits);
  if (!behind) return Unrecognized{"the list does not say where it ends"};
  found.next = *std::move(behind);
  return found;
}

}  // namespace zoetrope
