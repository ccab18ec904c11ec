// Keeps one event that comes again and again from filling a log.
#ifndef ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_
#define ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
      ++left_out_;
      next_end_ = std::min(next_end_, seen.begun + span_);
      return {.write = false};
    }
    ++seen.written;
    const std::uint64_t before = seen.suppressed;
    seen.suppressed = 0;
    left_out_ -= before;
    return {.write = true, .suppressed = before};
  }

  struct LeftOut {
    std::string event;
    std::uint64_t lines = 0;

    bool operator==(const LeftOut&) const = default;
  };
  // What was left out of the events whose span is over by `now`, which it was for no line of theirs to say.
  // Told once.
  std::vector<LeftOut> TakeLeftOut(absl::Duration now) {
    std::vector<LeftOut> all;
    if (left_out_ == 0 || now < next_end_) return all;
    next_end_ = absl::InfiniteDuration();
    for (auto& [event, seen] : events_) {
      if (seen.suppressed == 0) continue;
      if (now - seen.begun < span_) {
        next_end_ = std::min(next_end_, seen.begun + span_);
        continue;
      }
      left_out_ -= seen.suppressed;
      all.push_back({event, std::exchange(seen.suppressed, 0)});
    }
    return all;
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
  std::uint64_t left_out_ = 0;                          // in all, and not told
  absl::Duration next_end_ = absl::InfiniteDuration();  // of a span of theirs, at the earliest
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_LINE_SAMPLER_H_
