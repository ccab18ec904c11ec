// Log lines: one JSON object each, on standard error.
#ifndef ZOETROPE_SERVER_BASE_LOG_H_
#define ZOETROPE_SERVER_BASE_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  // Writes lines of `level` and above to standard error.
  explicit Log(LogLevel level = LogLevel::kInfo);
  // Writes to `sink` instead, for tests.
  explicit Log(std::shared_ptr<spdlog::logger> sink);
  ~Log();

  // From now on every occurrence of `secret` in any line is replaced: the last defence, not the first.
  void Redact(Secret secret);

  void Write(LogLevel level, std::string_view event, const std::vector<LogField>& fields = {});
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
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_LOG_H_
