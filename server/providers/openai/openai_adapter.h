// OpenAI's videos (developers.openai.com: videos), and those who speak as it does. NOTES.md has the rules
// this relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ADAPTER_H_

#include <string>
#include <string_view>

#include "server/providers/adapter.h"

namespace zoetrope {

// Offerings bind `prompt`, `seconds` (a decimal string), `size` (by a table of sizes) and the picture's
// `input_reference.image_url`; a picture given by value goes into a part named by the first word of that
// path. What a remix or an extension is made from is bound to `video.id`; a remix has it in its URL instead.
class OpenaiAdapter final : public Adapter {
 public:
  explicit OpenaiAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  std::optional<PixelSize> FirstFrameSize(const Generation& generation,
                                          const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildLookup(const LookupInput& input, const Secret& secret) const override;
  LookupOutcome ReadLookup(const LookupInput& input, const HttpResponse& response) const override;

 private:
  // `…/v1/videos/<id>`
  std::string VideoUrl(std::string_view id) const;

  std::string url_;  // `…/v1/videos`
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ADAPTER_H_
