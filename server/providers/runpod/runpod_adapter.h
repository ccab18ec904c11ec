// RunPod's public endpoints (docs.runpod.io). NOTES.md has the rules this relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_RUNPOD_RUNPOD_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_RUNPOD_RUNPOD_ADAPTER_H_

#include <string>
#include <string_view>

#include "server/providers/adapter.h"

namespace zoetrope {

class RunpodAdapter final : public Adapter {
 public:
  explicit RunpodAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  std::optional<ProviderJob> ReadCallback(std::string_view body) const override;
  absl::StatusOr<HttpRequest> BuildCancel(const JobInput& input, const Secret& secret) const override;
  CancelOutcome ReadCancel(const JobInput& input, const HttpResponse& response) const override;

 private:
  // `…/v2/<endpoint>/<operation>`
  absl::StatusOr<std::string> Url(const Offering& offering, std::string_view operation) const;

  std::string base_url_;
  bool synchronous_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_RUNPOD_RUNPOD_ADAPTER_H_
