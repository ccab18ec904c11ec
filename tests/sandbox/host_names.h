#ifndef ZOETROPE_TESTS_SANDBOX_HOST_NAMES_H_
#define ZOETROPE_TESTS_SANDBOX_HOST_NAMES_H_

#include <string_view>

namespace zoetrope::sandbox {

// A name of a provider's host, and what of this program answers to it: "https://queue.fal.run/x" is
// "/fal/queue/x" here. For clients that do not let their hosts be changed.
struct HostName {
  std::string_view name;
  std::string_view mount;  // where several names have the same, the first is the one that replies use
};

inline constexpr HostName kHostNames[] = {
    {"api.runpod.ai", "/runpod"},       {"queue.fal.run", "/fal/queue"}, {"fal.run", "/fal/run"},
    {"queue.falrun.com", "/fal/queue"}, {"falrun.com", "/fal/run"},      {"rest.fal.ai", "/fal/rest"},
    {"api.fal.ai", "/fal/platform"},    {"v3.fal.media", "/fal/cdn"},    {"api.runware.ai", "/runware"},
    {"ws-api.runware.ai", "/runware"},  {"api.openai.com", "/openai"},   {"api.wavespeed.ai", "/wavespeed"},
    {"cloud.vtrix.ai", "/vtrix"},
};

// The row of the value of a Host header, port or not; nullptr for any other host.
const HostName* FindHostName(std::string_view host);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_HOST_NAMES_H_
