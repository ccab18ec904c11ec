#include "client/cli/interrupt_listener.h"

#include <pthread.h>
#include <unistd.h>

#include "client/cli/exit_code.h"

namespace zoetrope::cli {
namespace {

// Sent by the destructor to its own thread.
constexpr int kStop = SIGUSR1;

}  // namespace

InterruptListener::InterruptListener(std::shared_ptr<client::Cancellation> cancellation) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, kStop);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::thread([this, cancellation = std::move(cancellation)] { Listen(cancellation); });
}

InterruptListener::~InterruptListener() {
  pthread_kill(thread_.native_handle(), kStop);
  thread_.join();
}

void InterruptListener::Listen(const std::shared_ptr<client::Cancellation>& cancellation) const {
  int signal = 0;
  while (sigwait(&signals_, &signal) == 0 && signal != kStop) {
    if (cancellation->cancelled()) _exit(static_cast<int>(ExitCode::kInterrupted));
    cancellation->Cancel();
  }
}

}  // namespace zoetrope::cli
