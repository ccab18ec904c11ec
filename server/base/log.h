// Log lines on standard error: one JSON object each, or, on a terminal, a line for a person.
#ifndef ZOETROPE_SERVER_BASE_LOG_H_
#define ZOETROPE_SERVER_BASE_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/secret.h"

namespace spdlog {
class logger;
}

namespace zoetrope {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// A name and a value of a line. Values are never prompts, URLs or anything a provider sent: those are hostile
// or secret.
using LogField = std::pair<std::string_view, std::string>;

// Thread-safe. Never blocks the caller for long: lines are written synchronously but are few.
class Log {
 public:
  // Writes lines of `level` and above to standard error. Where one event comes again and again, most of its
  // lines are left out; the next one of it says how many (`suppressed`), or else a line of their own
  // (`lines_left_out`), which comes with whatever is written next or at the end. `clock` outlives this; null:
  // every line is written.
  explicit Log(LogLevel level = LogLevel::kInfo, Clock* clock = nullptr);
  // Writes to `sink` instead, for tests.
  explicit Log(std::shared_ptr<spdlog::logger> sink, Clock* clock = nullptr, bool for_people = false);
  ~Log();

  // From now on every occurrence of `secret` in any line is replaced, as what looks like a credential always
  // is (RedactCredentials): the last defence, not the first.
  void Redact(Secret secret);

  // Whether lines of `level` are written at all.
  bool Writes(LogLevel level) const;
  void Write(LogLevel level, std::string_view event, const std::vector<LogField>& fields = {});
  // The same for what happens once to each of many things: each has its line, however many there are.
  void Record(LogLevel level, std::string_view event, const std::vector<LogField>& fields);
  void Debug(std::string_view event, const std::vector<LogField>& fields = {}) {
    Write(LogLevel::kDebug, event, fields);
  }
  void Info(std::string_view event, const std::vector<LogField>& fields = {}) {
    Write(LogLevel::kInfo, event, fields);
  }
  void Warning(std::string_view event, const std::vector<LogField>& fields = {}) {
    Write(LogLevel::kWarning, event, fields);
  }
  void Error(std::string_view event, const std::vector<LogField>& fields = {}) {
    Write(LogLevel::kError, event, fields);
  }

 private:
  void WriteLine(LogLevel level, std::string_view event, const std::vector<LogField>& fields);
  // Tells what was left out of events that have not come again.
  void TellLeftOut(bool all);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_LOG_H_
