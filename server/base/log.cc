#include "server/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>

namespace zoetrope {
namespace {

// Shorter texts would turn up by chance, and redacting them would garble every line.
constexpr std::size_t kShortestSecret = 6;
constexpr std::string_view kRedacted = "[redacted]";

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

void AppendEscaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    } else {
      out += c;
    }
  }
}

}  // namespace

struct Log::State {
  std::shared_ptr<spdlog::logger> logger;
  std::mutex mutex;
  std::vector<Secret> secrets;  // as they stand in a line; longest first, since one may be part of another
};

Log::Log(LogLevel level) : state_(std::make_unique<State>()) {
  state_->logger =
      std::make_shared<spdlog::logger>("zoetrope", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  state_->logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})",
                              spdlog::pattern_time_type::utc);
  state_->logger->set_level(ToSpdlog(level));
}

Log::Log(std::shared_ptr<spdlog::logger> sink) : state_(std::make_unique<State>()) {
  state_->logger = std::move(sink);
}

Log::~Log() = default;

void Log::Redact(Secret secret) {
  if (secret.Reveal().size() < kShortestSecret) return;
  std::string escaped;
  AppendEscaped(escaped, secret.Reveal());
  std::lock_guard lock(state_->mutex);
  state_->secrets.emplace_back(std::move(escaped));
  std::stable_sort(state_->secrets.begin(), state_->secrets.end(),
                   [](const Secret& a, const Secret& b) { return a.Reveal().size() > b.Reveal().size(); });
}

void Log::Write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (!state_->logger->should_log(ToSpdlog(level))) return;
  std::string line = "\"event\":\"";
  AppendEscaped(line, event);
  line += '"';
  for (const auto& [name, value] : fields) {
    line += ",\"";
    AppendEscaped(line, name);
    line += "\":\"";
    AppendEscaped(line, value);
    line += '"';
  }
  {
    std::lock_guard lock(state_->mutex);
    for (const Secret& secret : state_->secrets) {
      const std::string_view text = secret.Reveal();
      // Goes on behind what it has put in, which may itself hold the secret.
      for (std::size_t at = line.find(text); at != std::string::npos;
           at = line.find(text, at + kRedacted.size())) {
        line.replace(at, text.size(), kRedacted);
      }
    }
  }
  state_->logger->log(ToSpdlog(level), "{}", line);
}

}  // namespace zoetrope
