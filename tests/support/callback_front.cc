#include "tests/support/callback_front.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/support/plain_http.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr char kOutside[] = "/outside";
// Providers call again after many seconds where nobody takes what they say. This does it at once.
constexpr absl::Duration kCallsAgain = absl::Seconds(30);

// Whether the provider is to call again; see CallbackReceiver.
bool IsForLater(int status) { return status == 0 || status == 503; }

}  // namespace

std::string CallbackFront::Config() const {
  return absl::StrCat(
      "callbacks: {listen: 127.0.0.1:0, url: ", server_.Url(absl::StrCat(kOutside, "/callbacks")),
      ", allow_plain_http: true, key: {dummy: 0123456789abcdef0123456789abcdef}}\n");
}

std::string CallbackFront::Inside(const std::string& target) const {
  std::ifstream file(port_file_);
  int port = 0;
  file >> port;
  return absl::StrCat("http://127.0.0.1:", port, target.substr(std::string(kOutside).size()));
}

std::vector<std::string> CallbackFront::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

void CallbackFront::Pass(LoopbackPeer& peer) {
  while (const auto request = peer.Read()) {
    {
      std::lock_guard lock(mutex_);
      seen_.push_back(request->target);
    }
    int status = 0;
    Eventually(kCallsAgain, [&] {
      status = PlainCall(request->method, Inside(request->target), request->body).status;
      return ends_ || !IsForLater(status);
    });
    peer.Reply(status == 0 ? 502 : status, "");
  }
}

}  // namespace zoetrope::testing
