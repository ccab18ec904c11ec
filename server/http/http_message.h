// A request to a provider and its answer: plain values, all that an adapter knows of HTTP.
#ifndef ZOETROPE_SERVER_HTTP_HTTP_MESSAGE_H_
#define ZOETROPE_SERVER_HTTP_HTTP_MESSAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace zoetrope {

enum class HttpMethod { kGet, kPost, kPut, kDelete };

// What a second copy of a request would do. There is no default: whoever builds a request says it, and the
// client obeys.
enum class Repeat {
  kHarmless,  // reading, cancelling: the client may reuse connections and the library below may send again
  kBillable,  // may create something that costs money: goes over the wire at most once, whatever breaks
};

struct HttpHeader {
  std::string name;
  std::string value;
  bool secret = false;  // never logged, never in an error
};

struct HttpRequest {
  HttpMethod method;
  Repeat repeat;
  std::string url;
  std::vector<HttpHeader> headers;
  std::string body;
};

// A complete answer. An error status is still an answer: only the adapter knows what it means.
struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case
  std::string body;
  absl::Time receive_time = absl::InfinitePast();  // by our clock; InfinitePast: not known

  // First header of that lower-case name.
  std::optional<std::string_view> Header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
      if (header.name == name) return header.value;
    }
    return std::nullopt;
  }
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_HTTP_MESSAGE_H_
