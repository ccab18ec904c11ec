// Commands of the store's inbox as events. Pure.
#ifndef ZOETROPE_SERVER_ENGINE_WISHES_H_
#define ZOETROPE_SERVER_ENGINE_WISHES_H_

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

#include "server/engine/job_event.h"
#include "server/store/store_values.h"

namespace zoetrope {

inline JobEvent WishOf(const Command& command) {
  if (command.decision) return Decided{*command.decision, command.time, command.sequence};
  return CancelAsked{command.time, command.sequence};
}

// Whether the event is of the kind that comes through the inbox, which has it until a revision answers it.
inline bool IsWish(const JobEvent& event) {
  return std::holds_alternative<CancelAsked>(event) || std::holds_alternative<Decided>(event);
}

// The command that the event stands for; 0: none.
inline std::int64_t CommandOf(const JobEvent& event) {
  if (const auto* cancel = std::get_if<CancelAsked>(&event)) return cancel->command;
  const auto* decided = std::get_if<Decided>(&event);
  return decided != nullptr ? decided->command : 0;
}

// Whether the command has its turn still to come.
inline bool IsQueued(const std::vector<JobEvent>& events, std::int64_t command) {
  return std::any_of(events.begin(), events.end(),
                     [command](const JobEvent& event) { return CommandOf(event) == command; });
}

// Of the commands, leaves those whose turn comes later: a revision that answers the others does not answer
// them.
inline void KeepQueued(const std::vector<JobEvent>& events, std::vector<Command>& commands) {
  std::erase_if(commands, [&events](const Command& command) { return !IsQueued(events, command.sequence); });
}

// Whether it must first be seen that no other attempt has what is adopted.
inline bool IsUncheckedAdoption(const JobEvent& event) {
  const auto* decided = std::get_if<Decided>(&event);
  return decided != nullptr && decided->decision.kind == ResolutionKind::kAdopted && !decided->looked_up;
}

// Whether the attempt was found in a list.
inline bool IsListed(const JobEvent& event) {
  const auto* resolved = std::get_if<Resolved>(&event);
  return resolved != nullptr && resolved->listed;
}

// Whether the attempt gets a job of the provider that another one may get at the same time.
inline bool IsAdoption(const JobEvent& event) {
  const auto* decided = std::get_if<Decided>(&event);
  return IsListed(event) || (decided != nullptr && decided->decision.kind == ResolutionKind::kAdopted);
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_WISHES_H_
