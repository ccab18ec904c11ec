// Keeps one event that comes again and again from filling a log.
#ifndef ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_
#define ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace zoetrope {

// Of each event so many lines in each span of time. Not thread-safe. The time is a monotonic one.
class LineSampler {
 public:
  explicit LineSampler(int lines = 20, absl::Duration span = absl::Seconds(10))
      : lines_(lines), span_(span) {}

  struct Verdict {
    bool write = true;
    std::uint64_t suppressed = 0;  // lines of the event that were left out before this one
  };
  Verdict Take(std::string_view event, absl::Duration now) {
    // Events are words of the program; should one ever not be, memory is bounded all the same.
    constexpr std::size_t kEvents = 1'000;
    auto found = events_.find(event);
    if (found == events_.end()) {
      found = events_.try_emplace(events_.size() < kEvents ? std::string(event) : "").first;
      found->second.begun = now;
    }
    Event& seen = found->second;
    if (now - seen.begun >= span_) seen = {now, 0, seen.suppressed};
    if (seen.written >= lines_) {
      ++seen.suppressed;
      return {.write = false};
    }
    ++seen.written;
    const std::uint64_t before = seen.suppressed;
    seen.suppressed = 0;
    return {.write = true, .suppressed = before};
  }

 private:
  struct Event {
    absl::Duration begun;
    int written = 0;
    std::uint64_t suppressed = 0;
  };

  const int lines_;
  const absl::Duration span_;
  std::map<std::string, Event, std::less<>> events_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_
