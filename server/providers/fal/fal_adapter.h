// fal (docs.fal.ai): the queue, and the synchronous host where the account says so. NOTES.md has the rules
// this relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ADAPTER_H_

#include <string>

#include "server/providers/adapter.h"

namespace zoetrope {

class FalAdapter final : public Adapter {
 public:
  explicit FalAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  std::optional<ProviderJob> ReadCallback(std::string_view body) const override;
  absl::StatusOr<HttpRequest> BuildCancel(const JobInput& input, const Secret& secret) const override;
  CancelOutcome ReadCancel(const JobInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildLookup(const LookupInput& input, const Secret& secret) const override;
  LookupOutcome ReadLookup(const LookupInput& input, const HttpResponse& response) const override;

 private:
  std::string base_url_;         // of the queue
  std::string synchronous_url_;  // of the blocking mode
  std::string platform_url_;     // of the history; empty: the account has none
  bool synchronous_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ADAPTER_H_
