// WaveSpeedAI (wavespeed.ai/docs): predictions, each answer in an envelope with a code of its own. NOTES.md
// has the rules this relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_WAVESPEED_WAVESPEED_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_WAVESPEED_WAVESPEED_ADAPTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/providers/adapter.h"

namespace zoetrope {

class WavespeedAdapter final : public Adapter {
 public:
  explicit WavespeedAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  std::vector<std::string> PrepareSteps(const SubmitInput& input) const override;
  absl::StatusOr<HttpRequest> BuildPrepare(std::string_view step, const SubmitInput& input,
                                           const Secret& secret) const override;
  PrepareOutcome ReadPrepare(std::string_view step, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  std::optional<ProviderJob> ReadCallback(std::string_view body) const override;
  absl::StatusOr<HttpRequest> BuildLookup(const LookupInput& input, const Secret& secret) const override;
  LookupOutcome ReadLookup(const LookupInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildCharge(const JobInput& input, const Secret& secret) const override;
  ChargeOutcome ReadCharge(const JobInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPrice(const SubmitInput& input, const Secret& secret) const override;
  PriceOutcome ReadPrice(const HttpResponse& response) const override;

 private:
  std::string base_url_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_WAVESPEED_WAVESPEED_ADAPTER_H_
