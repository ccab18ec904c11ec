// From what libcurl says of a finished exchange to what is certain about it. Pure.
#ifndef ZOETROPE_SERVER_HTTP_CURL_RESULT_H_
#define ZOETROPE_SERVER_HTTP_CURL_RESULT_H_

#include <curl/curl.h>

#include <optional>

#include "server/http/http_client.h"

namespace zoetrope {

// Why we ourselves ended an exchange.
enum class CurlStop {
  kNone,
  kAddressRefused,  // the URL guard, when connecting or when a connection was taken for the request
  kLate,            // the late-send guard
  kSecondSend,      // libcurl was about to write a billable request again
  kHeadersTooLong,
  kBodyTooLong,
  kSinkStopped,
  kCancelled,
};

struct CurlEnd {
  CURLcode code = CURLE_OK;
  CurlStop stop = CurlStop::kNone;
  // The request was released for writing (the PREREQ callback said yes).
  bool released = false;
  // CURLINFO_REQUEST_SIZE.
  long request_size = 0;
  // The blank line after the headers of a final answer was read. libcurl 7.88.1 calls an answer that is cut
  // inside its headers a success with an empty body; this tells them apart.
  bool head_complete = false;
};

// nullopt: the answer is whole, as far as HTTP lets one know. What it does not let one know: an HTTP/1.1
// answer that has neither Content-Length nor chunks ends where its connection ends, so that a cut one looks
// like a shorter one, over TLS too: libcurl 7.88.1 does not miss a missing close_notify. Adapters call a 2xx
// that they cannot read unknown, not refused; who downloads and must be sure looks for a length in OnHeaders.
//
// Delivery is kNotSent only if the request was never released for writing AND the request size is 0. The size
// alone is no proof: over TLS, libcurl 7.88.1 counts nothing while its first write (up to 64 kB, four
// records) waits for room in the socket, though records with all the headers have left by then; and what it
// sends later of the same buffer it does not count at all.
std::optional<TransportError> ClassifyEnd(const CurlEnd& end);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_RESULT_H_
