#include "server/telemetry/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <mutex>
#include <string>
#include <string_view>

namespace zoetrope {
namespace {

constexpr std::size_t kTextChars = 500;

// The libraries take functions without an object.
struct Target {
  std::mutex mutex;
  Log* log = nullptr;  // under mutex
};
Target& TheTarget() {
  static auto* const target = new Target;
  return *target;
}

void Write(LogLevel level, const char* library, std::string_view text) {
  Target& target = TheTarget();
  std::lock_guard lock(target.mutex);
  if (target.log == nullptr) return;
  target.log->Write(level, "library", {{"name", library}, {"text", std::string(text.substr(0, kTextChars))}});
}

void OnGrpc(gpr_log_func_args* line) {
  const LogLevel level = line->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarning
                         : line->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                   : LogLevel::kDebug;
  Write(level, "grpc", line->message);
}

void OnProtobuf(google::protobuf::LogLevel level, const char*, int, const std::string& message) {
  Write(level == google::protobuf::LOGLEVEL_INFO ? LogLevel::kInfo : LogLevel::kWarning, "protobuf", message);
}

void Aim(Log* log) {
  Target& target = TheTarget();
  std::lock_guard lock(target.mutex);
  target.log = log;
}

}  // namespace

LibraryLog::LibraryLog(Log* log) {
  Aim(log);
  gpr_set_log_function(OnGrpc);
  google::protobuf::SetLogHandler(OnProtobuf);
}

LibraryLog::~LibraryLog() { Aim(nullptr); }

}  // namespace zoetrope
