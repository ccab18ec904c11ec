#include "server/providers/provider_text.h"

#include <algorithm>
#include <initializer_list>

#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/providers/json_value.h"

namespace zoetrope {
namespace {

// The shortest key of any provider has 32 characters.
constexpr std::size_t kTokenChars = 24;
// Nothing that far behind is shown; the rest is not worth the time.
constexpr std::size_t kBytesRead = 16 * limits::kProviderMessageChars;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsTokenChar(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-'; }

bool IsControl(std::string_view sequence) {
  const auto byte = [sequence](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (sequence.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;  // U+0080 to U+009F
  // Line and paragraph separators, and the marks that turn the direction of what follows.
  if (sequence.size() != 3 || byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
}

std::string Clean(std::string_view text) {
  std::string out;
  if (text.size() > kBytesRead) {
    text = text.substr(0, kBytesRead);
    // Half a key is shorter than a key, and would pass for a word.
    while (!text.empty() && IsTokenChar(text.back())) text.remove_suffix(1);
  }
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(sequence.size());
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (sequence != " " && !IsControl(sequence)) {
      out += sequence;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string WithoutTokens(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && IsTokenChar(text[end])) ++end;
    const std::string_view run = text.substr(i, end - i);
    const bool mixed =
        std::any_of(run.begin(), run.end(), IsLetter) && std::any_of(run.begin(), run.end(), IsDigit);
    out += run.size() >= kTokenChars && mixed ? "[removed]" : run;
    if (end < text.size()) out += text[end++];
    i = end;
  }
  return out;
}

std::string Printable(std::string_view text, std::size_t max_chars) {
  const std::string clean = WithoutTokens(Clean(text));
  std::string_view rest = clean;
  for (std::size_t i = 0; i < max_chars && !rest.empty(); ++i) {
    rest.remove_prefix(std::max<std::size_t>(Utf8SequenceLength(rest), 1));
  }
  return clean.substr(0, clean.size() - rest.size());
}

bool HasAny(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view w) { return text.find(w) != std::string_view::npos; });
}

}  // namespace

std::string PrintableMessage(std::string_view text) { return Printable(text, limits::kProviderMessageChars); }

std::string PrintableCode(std::string_view text) { return Printable(text, limits::kProviderCodeChars); }

std::optional<FailureReason> ReasonFromWords(std::string_view message) {
  std::string lower(message.substr(0, kBytesRead));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  // Moderation first: such a message often calls the prompt invalid as well, and a moderated prompt must not
  // go elsewhere.
  if (HasAny(lower, {"moderat", "content policy", "content_policy", "safety", "nsfw", "sensitive", "unsafe",
                     "prohibited", "inappropriate", "guardrail"})) {
    return FailureReason::kContentRejected;
  }
  if (HasAny(lower, {"timed out", "timeout", "time out", "deadline"})) return FailureReason::kProviderTimeout;
  if (HasAny(lower,
             {"insufficient", "exhausted balance", "not enough credit", "out of credit", "no credit"})) {
    return FailureReason::kProviderBalanceExhausted;
  }
  if (HasAny(lower, {"rate limit", "too many requests"})) return FailureReason::kProviderRateLimited;
  if (HasAny(lower, {"model not found", "no such model", "model is not available", "model unavailable",
                     "deprecated", "no longer available", "has been retired", "has been removed"})) {
    return FailureReason::kModelUnavailable;
  }
  if (HasAny(lower, {"invalid", "must be", "missing", "required", "unsupported", "not supported",
                     "unprocessable"})) {
    return FailureReason::kValidationRejected;
  }
  return std::nullopt;
}

}  // namespace zoetrope
