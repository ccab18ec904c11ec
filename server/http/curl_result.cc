#include "server/http/curl_result.h"

#include <string>

namespace zoetrope {
namespace {

TransportFault FaultOf(CURLcode code, bool maybe_sent) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransportFault::kResolve;
    case CURLE_COULDNT_CONNECT:
      return TransportFault::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return TransportFault::kTls;
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault::kTimeout;
    case CURLE_FILESIZE_EXCEEDED:
      return TransportFault::kTooLarge;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return TransportFault::kMalformed;
    case CURLE_UNSUPPORTED_PROTOCOL:  // after sending: the answer is HTTP/0.9 or of a version that is none
    case CURLE_OUT_OF_MEMORY:         // after sending: a header line beyond libcurl's own bound
      return maybe_sent ? TransportFault::kMalformed : TransportFault::kRefusedHere;
    default:
      return maybe_sent ? TransportFault::kReset : TransportFault::kConnect;
  }
}

struct StopText {
  TransportFault fault;
  const char* message;
};

StopText TextOf(CurlStop stop) {
  switch (stop) {
    case CurlStop::kNone:
      break;
    case CurlStop::kAddressRefused:
      return {TransportFault::kRefusedHere, "the host's address is not allowed"};
    case CurlStop::kLate:
      return {TransportFault::kRefusedHere, "too late to send"};
    case CurlStop::kSecondSend:
      return {TransportFault::kReset, "the connection ended before the answer; not sent again"};
    case CurlStop::kHeadersTooLong:
      return {TransportFault::kTooLarge, "the answer's headers are too long"};
    case CurlStop::kBodyTooLong:
      return {TransportFault::kTooLarge, "the answer's body is too long"};
    case CurlStop::kSinkStopped:
      return {TransportFault::kCancelled, "stopped by its reader"};
    case CurlStop::kCancelled:
      return {TransportFault::kCancelled, "cancelled"};
  }
  return {TransportFault::kReset, "unknown"};
}

}  // namespace

std::optional<TransportError> ClassifyEnd(const CurlEnd& end) {
  const bool maybe_sent = end.released || end.request_size != 0;
  const Delivery delivery = maybe_sent ? Delivery::kMaybeSent : Delivery::kNotSent;
  if (end.code == CURLE_OK && end.stop == CurlStop::kNone) {
    if (end.head_complete) return std::nullopt;
    return TransportError{delivery, TransportFault::kReset,
                          "the connection ended inside the answer's headers"};
  }
  // A refused address is one of several that a name may have: the others decide, unless none could be
  // connected to.
  const bool stop_decides = end.stop != CurlStop::kNone &&
                            (end.stop != CurlStop::kAddressRefused || end.code == CURLE_COULDNT_CONNECT ||
                             end.code == CURLE_ABORTED_BY_CALLBACK);
  if (stop_decides) {
    const StopText text = TextOf(end.stop);
    return TransportError{delivery, text.fault, text.message};
  }
  if (end.code == CURLE_OK)
    return ClassifyEnd({end.code, CurlStop::kNone, end.released, end.request_size, end.head_complete});
  // Not the handle's error buffer, which names hosts.
  return TransportError{delivery, FaultOf(end.code, maybe_sent), curl_easy_strerror(end.code)};
}

}  // namespace zoetrope
