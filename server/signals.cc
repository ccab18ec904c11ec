#include "server/signals.h"

#include <algorithm>
#include <ctime>

namespace zoetrope {
namespace {

// -1: none of them within `most`, which may be negative.
int WaitFor(const sigset_t& set, absl::Duration most) {
  const timespec time = absl::ToTimespec(std::max(most, absl::ZeroDuration()));
  return sigtimedwait(&set, nullptr, &time);
}

}  // namespace

void Signals::HoldReloads() {
  sigset_t reload;
  sigemptyset(&reload);
  sigaddset(&reload, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &reload, nullptr);
}

Signals::Signals() {
  sigemptyset(&end_);
  sigaddset(&end_, SIGTERM);
  sigaddset(&end_, SIGINT);
  all_ = end_;
  sigaddset(&all_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &all_, nullptr);
}

Signals::Wish Signals::Next(absl::Duration most) const {
  const int signal = WaitFor(all_, most);
  if (signal < 0) return Wish::kNone;
  return signal == SIGHUP ? Wish::kReload : Wish::kEnd;
}

bool Signals::EndWithin(absl::Duration most) const {
  return most > absl::ZeroDuration() && WaitFor(end_, most) > 0;
}

}  // namespace zoetrope
