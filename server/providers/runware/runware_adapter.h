// Runware (runware.ai/docs): task objects in an array, one path for everything. NOTES.md has the rules this
// relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ADAPTER_H_

#include <string>

#include "server/providers/adapter.h"

namespace zoetrope {

class RunwareAdapter final : public Adapter {
 public:
  explicit RunwareAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  std::optional<ProviderJob> ReadCallback(std::string_view body) const override;
  absl::StatusOr<HttpRequest> BuildLookup(const LookupInput& input, const Secret& secret) const override;
  LookupOutcome ReadLookup(const LookupInput& input, const HttpResponse& response) const override;

 private:
  absl::StatusOr<HttpRequest> AskFor(std::string_view task_id, const Secret& secret) const;

  std::string url_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ADAPTER_H_
