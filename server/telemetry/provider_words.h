// The closed lists of labels that have to do with calls to providers, and of them.
#ifndef ZOETROPE_SERVER_TELEMETRY_PROVIDER_WORDS_H_
#define ZOETROPE_SERVER_TELEMETRY_PROVIDER_WORDS_H_

#include <string_view>

#include "server/engine/engine_observer.h"
#include "server/http/http_client.h"

namespace zoetrope {

constexpr std::string_view WordOf(ProviderCall call) {
  switch (call) {
    case ProviderCall::kPrepare:
      return "prepare";
    case ProviderCall::kSubmit:
      return "submit";
    case ProviderCall::kPoll:
      return "poll";
    case ProviderCall::kCancel:
      return "cancel";
    case ProviderCall::kDownload:
      return "download";
    case ProviderCall::kProbe:
      return "probe";
    case ProviderCall::kRepeat:
      return "repeat";
    case ProviderCall::kLookup:
      return "lookup";
    case ProviderCall::kCharge:
      return "charge";
  }
  return "other";
}

inline constexpr ProviderCall kAllProviderCalls[] = {
    ProviderCall::kPrepare, ProviderCall::kSubmit,   ProviderCall::kPoll,
    ProviderCall::kCancel,  ProviderCall::kDownload, ProviderCall::kProbe,
    ProviderCall::kRepeat,  ProviderCall::kLookup,   ProviderCall::kCharge};

constexpr std::string_view WordOf(SearchEnd end) {
  switch (end) {
    case SearchEnd::kFound:
      return "found";
    case SearchEnd::kHeld:
      return "held";
    case SearchEnd::kAbandoned:
      return "abandoned";
    case SearchEnd::kRetried:
      return "retried";
  }
  return "other";
}

constexpr std::string_view WordOf(CallbackEnd end) {
  switch (end) {
    case CallbackEnd::kAdopted:
      return "adopted";
    case CallbackEnd::kEvidence:
      return "evidence";
    case CallbackEnd::kStray:
      return "stray";
    case CallbackEnd::kNoNews:
      return "no_news";
    case CallbackEnd::kPassedOver:
      return "passed_over";
    case CallbackEnd::kUnreadable:
      return "unreadable";
    case CallbackEnd::kNotTaken:
      return "not_taken";
  }
  return "other";
}

constexpr std::string_view WordOf(TransportFault fault) {
  switch (fault) {
    case TransportFault::kRefusedHere:
      return "refused_here";
    case TransportFault::kBusy:
      return "busy";
    case TransportFault::kResolve:
      return "resolve";
    case TransportFault::kConnect:
      return "connect";
    case TransportFault::kTls:
      return "tls";
    case TransportFault::kTimeout:
      return "timeout";
    case TransportFault::kReset:
      return "reset";
    case TransportFault::kTooLarge:
      return "too_large";
    case TransportFault::kMalformed:
      return "malformed";
    case TransportFault::kCancelled:
      return "cancelled";
  }
  return "other";
}

constexpr std::string_view StatusClassOf(int http_status) {
  constexpr std::string_view kClasses[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  return http_status >= 100 && http_status < 600 ? kClasses[http_status / 100] : kClasses[0];
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_PROVIDER_WORDS_H_
