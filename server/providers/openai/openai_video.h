// OpenAI's `video` object: a job, its end, and whether it can be a given submission (developers.openai.com:
// videos).
#ifndef ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_VIDEO_H_
#define ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_VIDEO_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "server/providers/json_value.h"
#include "server/providers/outcome.h"

namespace zoetrope {

// The end that `video` tells; monostate while there is none. `url` is the video's own, beneath the account's:
// the files are got there with the account's credential.
using VideoEnd = std::variant<std::monostate, Succeeded, Failed, CancelledThere>;
VideoEnd ReadVideoEnd(const JsonValue& video, std::string_view id, const std::string& url);

// While there is no end: the phase and the progress.
Pending ReadVideoProgress(const JsonValue& video);

// What a submission is known by in a list of videos, since nothing of ours comes back in one.
struct SubmissionTraits {
  JsonValue fields;    // as they were sent; `prompt`, `model`, `seconds` and `size` are compared
  std::string source;  // id of the video that it remixes; empty: none
  absl::Time sent_at;
};

// Looks for the submission in a page of the list, newest first: the videos that were created about when it
// was sent and agree in all that is known of it. There is a next page where this one does not reach back to
// that time. Unrecognized where a video does not say enough, and where the list does not say where it ends.
LookupOutcome FindSubmission(const SubmissionTraits& traits, const JsonValue& page);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_VIDEO_H_
