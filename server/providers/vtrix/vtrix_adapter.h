// Vtrix AI's generation gateway (doc.vtrix.ai): tasks that are created and polled. NOTES.md has the rules
// this relies on, each with its page.
#ifndef ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ADAPTER_H_

#include <optional>
#include <string>

#include "server/providers/adapter.h"

namespace zoetrope {

class VtrixAdapter final : public Adapter {
 public:
  explicit VtrixAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  std::optional<PixelSize> FirstFrameSize(const Generation& generation,
                                          const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;

 private:
  std::string base_url_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ADAPTER_H_
