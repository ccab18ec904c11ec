#include "server/base/trace.h"

#include <charconv>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/crypto.h"

namespace zoetrope {
namespace {

constexpr std::size_t kVersion00Chars = 55;
// Of a later version that has more to say; W3C sets no limit, and a header of a call has ours.
constexpr std::size_t kTraceparentCharsMax = 512;
constexpr std::uint8_t kSampledFlag = 1;
constexpr std::uint8_t kRandomFlag = 2;
constexpr std::size_t kSpanChars = 16;

// Lower-case hexadecimal digits and nothing else; the standard refuses the others.
std::optional<std::uint64_t> ReadHex(std::string_view digits) {
  for (const char c : digits) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view text) {
  if (text.size() < kVersion00Chars || text.size() > kTraceparentCharsMax) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto version = ReadHex(text.substr(0, 2));
  if (!version || *version == 0xff) return std::nullopt;
  if (text.size() > kVersion00Chars && (*version == 0 || text[kVersion00Chars] != '-')) return std::nullopt;
  const auto high = ReadHex(text.substr(3, 16));
  const auto low = ReadHex(text.substr(19, 16));
  const auto span = ReadHex(text.substr(36, 16));
  const auto flags = ReadHex(text.substr(53, 2));
  if (!high || !low || !span || !flags) return std::nullopt;
  const TraceContext context{*high, *low, *span, (*flags & kSampledFlag) != 0, (*flags & kRandomFlag) != 0};
  if (!context.valid()) return std::nullopt;
  return context;
}

std::string ToTraceparent(const TraceContext& context) {
  if (!context.valid()) return "";
  return absl::StrFormat("00-%s-%s-%02x", TraceIdOf(context), SpanIdText(context.span_id), FlagsOf(context));
}

int FlagsOf(const TraceContext& context) {
  return (context.sampled ? kSampledFlag : 0) | (context.random ? kRandomFlag : 0);
}

std::string TraceIdOf(const TraceContext& context) {
  if (!context.valid()) return "";
  return absl::StrFormat("%016x%016x", context.trace_high, context.trace_low);
}

std::string SpanIdText(std::uint64_t span_id) { return absl::StrFormat("%016x", span_id); }

std::uint64_t SpanIdOf(std::string_view id) {
  const std::string digest = Sha256Hex(id);
  const std::uint64_t span = ReadHex(std::string_view(digest).substr(0, kSpanChars)).value_or(0);
  return span == 0 ? 1 : span;
}

std::uint64_t NewSpanId(Random& random) {
  const std::uint64_t span = random.Next();
  return span == 0 ? 1 : span;
}

CallTrace Tracer::Begin(std::string_view traceparent) const {
  const std::optional<TraceContext> caller = ParseTraceparent(traceparent);
  if (sink_ == nullptr) return {.context = caller.value_or(TraceContext())};
  CallTrace call{.made_here = true};
  if (caller) {
    call.context = caller->At(NewSpanId(*random_));
    call.parent_span_id = caller->span_id;
  } else {
    const bool sampled = static_cast<int>(random_->Next() % 100) < sample_percent_;
    call.context = {NewSpanId(*random_), random_->Next(), NewSpanId(*random_), sampled, /*random=*/true};
  }
  if (call.context.sampled) call.sink = sink_;
  return call;
}

}  // namespace zoetrope
