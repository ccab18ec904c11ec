// Where a piece of work belongs in a distributed trace, and how it is told to whoever collects them.
#ifndef ZOETROPE_SERVER_BASE_TRACE_H_
#define ZOETROPE_SERVER_BASE_TRACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/base/random.h"

namespace zoetrope {

// A span, by its names in W3C Trace Context. Without a trace (`valid` is false) nothing is traced.
struct TraceContext {
  std::uint64_t trace_high = 0;
  std::uint64_t trace_low = 0;
  std::uint64_t span_id = 0;
  bool sampled = false;  // spans of this trace are collected
  bool random = false;   // the trace's id was drawn at random (Level 2 of the standard)

  bool valid() const { return (trace_high != 0 || trace_low != 0) && span_id != 0; }
  // The same trace at another span.
  TraceContext At(std::uint64_t span) const { return {trace_high, trace_low, span, sampled, random}; }

  bool operator==(const TraceContext&) const = default;
};

// Reads a `traceparent` header (W3C Trace Context §3.2, with the flag of Level 2). Of a version above 00 what
// stands after the flags is passed over, as the standard wants it. nullopt: it is none.
std::optional<TraceContext> ParseTraceparent(std::string_view text);

// Version 00. Empty where there is no trace.
std::string ToTraceparent(const TraceContext& context);

// Its flags as a number.
int FlagsOf(const TraceContext& context);

// 32 and 16 lower-case hexadecimal digits. TraceIdOf: empty where there is no trace.
std::string TraceIdOf(const TraceContext& context);
std::string SpanIdText(std::uint64_t span_id);

// The span of what is called `id`, the same at any time and in any process, so that what comes after a
// restart finds its parent. Never 0.
std::uint64_t SpanIdOf(std::string_view id);
// A new one. Never 0.
std::uint64_t NewSpanId(Random& random);

// Kinds of OpenTelemetry, with the numbers of OTLP.
enum class SpanKind { kInternal = 1, kServer = 2, kClient = 3 };

struct SpanAttribute {
  std::string name;
  std::variant<std::string, std::int64_t> value;

  bool operator==(const SpanAttribute&) const = default;
};

// A piece of work that is over. Attributes are never prompts, URLs or anything a provider sent, as in a log.
struct Span {
  TraceContext context;
  std::uint64_t parent_span_id = 0;  // 0: the trace begins here
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  absl::Time start;
  absl::Time end;
  std::vector<SpanAttribute> attributes;
  bool failed = false;
};

// Takes spans. Thread-safe; never blocks, and drops what it has no room for.
class SpanSink {
 public:
  virtual ~SpanSink() = default;
  // Takes a span, or drops it.
  virtual void Add(Span span) = 0;
};

// A call's own place in a trace.
struct CallTrace {
  TraceContext context;
  std::uint64_t parent_span_id = 0;  // 0: none
  bool made_here = false;            // the span is the call's own, and not its caller's
  SpanSink* sink = nullptr;          // null: nobody collects this one
};

// Decides where calls belong. Thread-safe where `random` is. `sink` and `random` outlive it and its calls.
class Tracer {
 public:
  // No trace begins here, and nothing is collected; calls keep the trace that they came with.
  Tracer() = default;
  // Of the traces that begin here `sample_percent` in a hundred are collected.
  Tracer(SpanSink* sink, Random* random, int sample_percent)
      : sink_(sink), random_(random), sample_percent_(sample_percent) {}

  // A call that came with `traceparent`, which may be empty or nonsense. Whether it is collected is its
  // caller's decision where it has made one.
  CallTrace Begin(std::string_view traceparent) const;

 private:
  SpanSink* sink_ = nullptr;
  Random* random_ = nullptr;
  int sample_percent_ = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_TRACE_H_
