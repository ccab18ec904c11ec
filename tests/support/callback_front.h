// What stands before a server's callback port.
#ifndef ZOETROPE_TESTS_SUPPORT_CALLBACK_FRONT_H_
#define ZOETROPE_TESTS_SUPPORT_CALLBACK_FRONT_H_

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/loopback_http_server.h"

namespace zoetrope::testing {

// Providers get its URL, and what they post goes on to whichever server has written its port last: a server
// only has a port when its URL has long been settled. Thread-safe.
class CallbackFront {
 public:
  // `port_file`: where the servers write their port (`--callback-port-file`).
  explicit CallbackFront(std::string port_file) : port_file_(std::move(port_file)) {}
  ~CallbackFront() { ends_ = true; }

  // The part of a server's configuration, a line.
  std::string Config() const;
  const std::string& port_file() const { return port_file_; }

  // A path of Config's URL, on the server's own port, without what only the outside knows.
  std::string Inside(const std::string& target) const;

  // The paths to which has been posted, in that order.
  std::vector<std::string> seen() const;

 private:
  void Pass(LoopbackPeer& peer);

  const std::string port_file_;
  std::atomic<bool> ends_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
  LoopbackHttpServer server_{[this](LoopbackPeer& peer) { Pass(peer); }};
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_CALLBACK_FRONT_H_
