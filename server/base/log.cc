#include "server/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/line_sampler.h"
#include "server/base/redact.h"
#include "server/base/utf8.h"

namespace zoetrope {
namespace {

// Shorter texts would turn up by chance, and redacting them would garble every line.
constexpr std::size_t kShortestSecret = 6;

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

// Whether a terminal would take the character for a command, or for a wish to turn the line round: control
// characters, and Unicode's marks for lines and for the direction of text.
bool IsCommand(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || (point >= 0x200e && point <= 0x200f) ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

// A JSON string's inside, of any bytes: what is not UTF-8 becomes U+FFFD.
void AppendEscaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(sequence.size());
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (sequence == "\"" || sequence == "\\") {
      out += '\\';
      out += sequence;
    } else if (const char32_t point = CodePointOf(sequence); IsCommand(point)) {
      absl::StrAppend(&out, "\\u", absl::Hex(static_cast<std::uint32_t>(point), absl::kZeroPad4));
    } else {
      out += sequence;
    }
  }
}

// `event name=value name="a value"`, for a person's eye.
std::string LineForPeople(std::string_view event, const std::vector<LogField>& fields) {
  std::string line(event);
  for (const auto& [name, value] : fields) {
    line += ' ';
    AppendEscaped(line, name);
    line += '=';
    const bool plain = !value.empty() && value.find_first_of(" \"=") == std::string::npos;
    if (!plain) line += '"';
    AppendEscaped(line, value);
    if (!plain) line += '"';
  }
  return line;
}

std::string LineForPrograms(std::string_view event, const std::vector<LogField>& fields) {
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
  return line;
}

}  // namespace

struct Log::State {
  std::shared_ptr<spdlog::logger> logger;
  Clock* clock = nullptr;
  bool for_people = false;
  std::mutex mutex;
  LineSampler sampler;          // under mutex
  std::vector<Secret> secrets;  // as they stand in a line; longest first, since one may be part of another
};

Log::Log(LogLevel level, Clock* clock) : state_(std::make_unique<State>()) {
  state_->clock = clock;
  state_->for_people = isatty(STDERR_FILENO) == 1;
  state_->logger =
      std::make_shared<spdlog::logger>("zoetrope", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  state_->logger->set_pattern(
      state_->for_people ? "%H:%M:%S.%e %-7l %v" : R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})",
      state_->for_people ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc);
  state_->logger->set_level(ToSpdlog(level));
}

Log::Log(std::shared_ptr<spdlog::logger> sink, Clock* clock, bool for_people)
    : state_(std::make_unique<State>()) {
  state_->logger = std::move(sink);
  state_->clock = clock;
  state_->for_people = for_people;
}

Log::~Log() { TellLeftOut(/*all=*/true); }

void Log::Redact(Secret secret) {
  if (secret.Reveal().size() < kShortestSecret) return;
  std::string escaped;
  AppendEscaped(escaped, secret.Reveal());
  std::lock_guard lock(state_->mutex);
  for (const Secret& known : state_->secrets) {
    if (known.Reveal() == escaped) return;  // it is read again at every reload
  }
  state_->secrets.emplace_back(std::move(escaped));
  std::stable_sort(state_->secrets.begin(), state_->secrets.end(),
                   [](const Secret& a, const Secret& b) { return a.Reveal().size() > b.Reveal().size(); });
}

bool Log::Writes(LogLevel level) const { return state_->logger->should_log(ToSpdlog(level)); }

void Log::Write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (!Writes(level)) return;
  LineSampler::Verdict verdict;
  if (state_->clock != nullptr) {
    std::lock_guard lock(state_->mutex);
    verdict = state_->sampler.Take(event, state_->clock->Monotonic());
  }
  TellLeftOut(/*all=*/false);
  if (!verdict.write) return;
  if (verdict.suppressed == 0) return WriteLine(level, event, fields);
  std::vector<LogField> shown = fields;
  shown.emplace_back("suppressed", std::to_string(verdict.suppressed));
  WriteLine(level, event, shown);
}

void Log::Record(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (!Writes(level)) return;
  TellLeftOut(/*all=*/false);
  WriteLine(level, event, fields);
}

void Log::TellLeftOut(bool all) {
  if (state_->clock == nullptr) return;
  std::vector<LineSampler::LeftOut> left_out;
  {
    std::lock_guard lock(state_->mutex);
    left_out = state_->sampler.TakeLeftOut(all ? absl::InfiniteDuration() : state_->clock->Monotonic());
  }
  for (const auto& [event, lines] : left_out)
    WriteLine(LogLevel::kWarning, "lines_left_out", {{"of", event}, {"lines", std::to_string(lines)}});
}

void Log::WriteLine(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  std::string line = state_->for_people ? LineForPeople(event, fields) : LineForPrograms(event, fields);
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
  RedactCredentials(line);
  state_->logger->log(ToSpdlog(level), "{}", line);
}

}  // namespace zoetrope
