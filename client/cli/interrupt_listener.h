#ifndef ZOETROPE_CLIENT_CLI_INTERRUPT_LISTENER_H_
#define ZOETROPE_CLIENT_CLI_INTERRUPT_LISTENER_H_

#include <csignal>
#include <memory>
#include <thread>

#include "client/cancellation.h"

namespace zoetrope::cli {

// Turns Ctrl-C into a cancellation, in a thread instead of a signal handler, so that it may take locks.
//
// To be made before any other thread, because threads inherit which signals they leave to others. The first
// Ctrl-C cancels; the second ends the program at once, should the first not have been enough.
class InterruptListener {
 public:
  explicit InterruptListener(std::shared_ptr<client::Cancellation> cancellation);
  ~InterruptListener();
  InterruptListener(const InterruptListener&) = delete;
  InterruptListener& operator=(const InterruptListener&) = delete;

 private:
  void Listen(const std::shared_ptr<client::Cancellation>& cancellation) const;

  sigset_t signals_;
  std::thread thread_;
};

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_INTERRUPT_LISTENER_H_
