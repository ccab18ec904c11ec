// The closed lists that metrics' labels come from; those of providers' calls are in provider_words.h.
#ifndef ZOETROPE_SERVER_TELEMETRY_WORDS_H_
#define ZOETROPE_SERVER_TELEMETRY_WORDS_H_

#include <iterator>
#include <string_view>

#include "grpcpp/support/status_code_enum.h"
#include "server/domain/job.h"
#include "server/engine/job_standings.h"
#include "server/events/watch_observer.h"
#include "server/telemetry/provider_words.h"
#include "server/telemetry/span_exporter.h"

namespace zoetrope {

constexpr std::string_view OutcomeOf(JobPhase phase) {
  switch (phase) {
    case JobPhase::kSucceeded:
      return "succeeded";
    case JobPhase::kFailed:
      return "failed";
    case JobPhase::kCancelled:
      return "cancelled";
    default:
      return "other";
  }
}

constexpr std::string_view WordOf(FailureReason reason) {
  switch (reason) {
    case FailureReason::kValidationRejected:
      return "validation_rejected";
    case FailureReason::kContentRejected:
      return "content_rejected";
    case FailureReason::kProviderAuthFailed:
      return "provider_auth_failed";
    case FailureReason::kProviderBalanceExhausted:
      return "provider_balance_exhausted";
    case FailureReason::kProviderRateLimited:
      return "provider_rate_limited";
    case FailureReason::kProviderError:
      return "provider_error";
    case FailureReason::kProviderTimeout:
      return "provider_timeout";
    case FailureReason::kModelUnavailable:
      return "model_unavailable";
    case FailureReason::kResultLost:
      return "result_lost";
    case FailureReason::kResultInvalid:
      return "result_invalid";
    case FailureReason::kDeadlineExceeded:
      return "deadline_exceeded";
    case FailureReason::kOutcomeUnknown:
      return "outcome_unknown";
    case FailureReason::kCancelledByProvider:
      return "cancelled_by_provider";
    case FailureReason::kNoOfferingLeft:
      return "no_offering_left";
    case FailureReason::kInternal:
      return "internal";
  }
  return "other";
}

constexpr std::string_view WordOf(ResolutionKind kind) {
  switch (kind) {
    case ResolutionKind::kAdopted:
      return "adopted";
    case ResolutionKind::kNotCreated:
      return "not_created";
    case ResolutionKind::kAbandoned:
      return "abandoned";
    case ResolutionKind::kExpired:
      return "expired";
  }
  return "other";
}

constexpr std::string_view WordOf(Mode mode) {
  switch (mode) {
    case Mode::kTextToVideo:
      return "text_to_video";
    case Mode::kImageToVideo:
      return "image_to_video";
    case Mode::kFirstLastFrame:
      return "first_last_frame";
    case Mode::kReferenceToVideo:
      return "reference_to_video";
    case Mode::kRemix:
      return "remix";
    case Mode::kExtend:
      return "extend";
  }
  return "other";
}

inline constexpr FailureReason kAllFailureReasons[] = {FailureReason::kValidationRejected,
                                                       FailureReason::kContentRejected,
                                                       FailureReason::kProviderAuthFailed,
                                                       FailureReason::kProviderBalanceExhausted,
                                                       FailureReason::kProviderRateLimited,
                                                       FailureReason::kProviderError,
                                                       FailureReason::kProviderTimeout,
                                                       FailureReason::kModelUnavailable,
                                                       FailureReason::kResultLost,
                                                       FailureReason::kResultInvalid,
                                                       FailureReason::kDeadlineExceeded,
                                                       FailureReason::kOutcomeUnknown,
                                                       FailureReason::kCancelledByProvider,
                                                       FailureReason::kNoOfferingLeft,
                                                       FailureReason::kInternal};

// By JobPlace.
inline constexpr std::string_view kPlaceWords[] = {"queued",  "sending", "running",
                                                   "unknown", "held",    "settling"};
static_assert(std::size(kPlaceWords) == kJobPlaces);

constexpr std::string_view WordOf(WatchMessage kind) {
  switch (kind) {
    case WatchMessage::kSnapshot:
      return "snapshot";
    case WatchMessage::kRevision:
      return "revision";
    case WatchMessage::kProgress:
      return "progress";
    case WatchMessage::kLog:
      return "log";
    case WatchMessage::kHeartbeat:
      return "heartbeat";
  }
  return "other";
}

inline constexpr WatchMessage kAllWatchMessages[] = {WatchMessage::kSnapshot, WatchMessage::kRevision,
                                                     WatchMessage::kProgress, WatchMessage::kLog,
                                                     WatchMessage::kHeartbeat};

constexpr std::string_view WordOf(SpanFate fate) {
  switch (fate) {
    case SpanFate::kExported:
      return "exported";
    case SpanFate::kQueueFull:
      return "queue_full";
    case SpanFate::kRefused:
      return "refused";
    case SpanFate::kUndelivered:
      return "undelivered";
  }
  return "other";
}

inline constexpr SpanFate kAllSpanFates[] = {SpanFate::kExported, SpanFate::kQueueFull, SpanFate::kRefused,
                                             SpanFate::kUndelivered};

inline constexpr grpc::StatusCode kAllCodes[] = {grpc::OK,
                                                 grpc::CANCELLED,
                                                 grpc::UNKNOWN,
                                                 grpc::INVALID_ARGUMENT,
                                                 grpc::DEADLINE_EXCEEDED,
                                                 grpc::NOT_FOUND,
                                                 grpc::ALREADY_EXISTS,
                                                 grpc::PERMISSION_DENIED,
                                                 grpc::RESOURCE_EXHAUSTED,
                                                 grpc::FAILED_PRECONDITION,
                                                 grpc::ABORTED,
                                                 grpc::OUT_OF_RANGE,
                                                 grpc::UNIMPLEMENTED,
                                                 grpc::INTERNAL,
                                                 grpc::UNAVAILABLE,
                                                 grpc::DATA_LOSS,
                                                 grpc::UNAUTHENTICATED};

// As Go spells the codes, because the dashboards that read these metrics do.
constexpr std::string_view GoNameOf(grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  return code >= 0 && code <= grpc::UNAUTHENTICATED ? kNames[code] : "Unknown";
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_WORDS_H_
