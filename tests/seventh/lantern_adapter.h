// Lantern, a provider that does not exist. README.md tells what it took; NOTES.md has its rules.
#ifndef ZOETROPE_TESTS_SEVENTH_LANTERN_ADAPTER_H_
#define ZOETROPE_TESTS_SEVENTH_LANTERN_ADAPTER_H_

#include <string>
#include <string_view>

#include "server/providers/adapter.h"

namespace zoetrope {

class LanternAdapter final : public Adapter {
 public:
  explicit LanternAdapter(const AccountEndpoints& endpoints);

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation& generation, const Offering& offering) const override;
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const override;
  SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override;
  PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const override;
  absl::StatusOr<HttpRequest> BuildCancel(const JobInput& input, const Secret& secret) const override;
  CancelOutcome ReadCancel(const JobInput& input, const HttpResponse& response) const override;

 private:
  // `…/shows/<id>`
  std::string ShowUrl(std::string_view id) const;

  std::string base_url_;
  Capabilities capabilities_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_SEVENTH_LANTERN_ADAPTER_H_
