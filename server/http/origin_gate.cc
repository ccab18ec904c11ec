#include "server/http/origin_gate.h"

#include "server/base/strings.h"

namespace zoetrope {

std::string_view WrittenOriginOf(std::string_view url) {
  const std::size_t slashes = url.find("://");
  return slashes == std::string_view::npos ? url : url.substr(0, url.find_first_of("/?#", slashes + 3));
}

bool OriginGate::TryEnter(std::string_view origin) {
  Origin& entry = origins_[ToAbsl(origin)];
  if (entry.under_way >= calls_max_) return false;
  ++entry.under_way;
  return true;
}

void OriginGate::Wait(std::string_view origin, std::uint64_t id, absl::Duration deadline) {
  origins_[ToAbsl(origin)].line.push_back(id);
  waiting_.emplace(id, deadline);
  deadlines_.emplace(deadline, id);
}

std::optional<std::uint64_t> OriginGate::Leave(std::string_view origin) {
  const auto found = origins_.find(ToAbsl(origin));
  Origin& entry = found->second;
  while (!entry.line.empty()) {
    const std::uint64_t next = entry.line.front();
    entry.line.pop_front();
    if (Forget(next)) return next;  // the place passes on
  }
  if (--entry.under_way == 0) origins_.erase(found);
  return std::nullopt;
}

bool OriginGate::Forget(std::uint64_t id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return false;
  deadlines_.erase({found->second, id});
  waiting_.erase(found);
  return true;
}

std::vector<std::uint64_t> OriginGate::Expire(absl::Duration now) {
  std::vector<std::uint64_t> expired;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    expired.push_back(deadlines_.begin()->second);
    Forget(expired.back());
  }
  return expired;
}

std::optional<absl::Duration> OriginGate::NextDeadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace zoetrope
