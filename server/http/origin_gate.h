// How many calls may be under way to one server, and who waits.
#ifndef ZOETROPE_SERVER_HTTP_ORIGIN_GATE_H_
#define ZOETROPE_SERVER_HTTP_ORIGIN_GATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace zoetrope {

// Scheme, host and port of a URL, as they are written: `https://host:port`.
std::string_view WrittenOriginOf(std::string_view url);

// In place of libcurl's own limits and PIPEWAIT. Its queue of waiting calls (7.88.1) is one for all hosts and
// wakes one call at a time whether or not that one can go on, so that a host that hangs holds up the others;
// and nobody watches the timeouts of the calls in it.
//
// Pure bookkeeping; not thread-safe. Ids are the caller's and unique.
class OriginGate {
 public:
  explicit OriginGate(std::size_t calls_max) : calls_max_(calls_max) {}

  // True: the call may begin, and counts until Leave. False: nothing happened.
  bool TryEnter(std::string_view origin);

  // Lines a call up that could not enter. `deadline` is for Expire.
  void Wait(std::string_view origin, std::uint64_t id, absl::Duration deadline);

  // A call that had entered is over. Returns who takes its place: the one that waits longest for this origin,
  // which thereby has entered.
  std::optional<std::uint64_t> Leave(std::string_view origin);

  // Takes a call out of the line. False when it does not wait.
  bool Forget(std::uint64_t id);

  // Takes out and returns all whose deadline is not after `now`.
  std::vector<std::uint64_t> Expire(absl::Duration now);

  // Of the waiting call that expires first.
  std::optional<absl::Duration> NextDeadline() const;

 private:
  struct Origin {
    std::size_t under_way = 0;
    std::deque<std::uint64_t> line;  // ids that no longer wait are skipped
  };

  const std::size_t calls_max_;
  absl::flat_hash_map<std::string, Origin> origins_;  // with a call under way
  absl::flat_hash_map<std::uint64_t, absl::Duration> waiting_;
  std::set<std::pair<absl::Duration, std::uint64_t>> deadlines_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_ORIGIN_GATE_H_
