#ifndef ZOETROPE_TESTS_SANDBOX_HTTP_MESSAGE_H_
#define ZOETROPE_TESTS_SANDBOX_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope::sandbox {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A request as the dialects see it: free of sockets, so that a test can write one down.
struct Request {
  std::string method;
  std::string path;  // without the query
  std::map<std::string, std::string> query;
  Headers headers;  // names in lower case
  std::string body;

  // The value of a header (name in lower case), or "".
  std::string_view Header(std::string_view name) const;
  std::string_view Query(const std::string& name) const;
};

// Splits "path?a=b" into the two parts of a request; percent-decodes the query only, because a path is
// compared as sent.
void SetTarget(std::string_view target, Request* request);

// How a reply travels. Everything but kNormal is a broken peer that a client must survive.
enum class Delivery {
  kNormal,
  kClose,       // the connection ends without a byte
  kReset,       // the same with a TCP reset
  kDrip,        // one byte every drip_ms
  kTruncated,   // Content-Length promises more than is sent
  kHalfHeader,  // ends inside the header block
  kStream,      // no length; `next` gives more of the body, the end of the connection ends it (Server-Sent
                // Events)
};

struct Reply {
  int status = 200;
  Headers headers;
  std::string content_type = "application/json";
  std::string body;
  std::shared_ptr<const std::string> blob;  // used instead of `body` where many replies share the same bytes

  Delivery delivery = Delivery::kNormal;
  std::int64_t drip_ms = 0;
  std::int64_t delay_ms = 0;  // waits so long before the reply (or before `next`)

  // A reply that is not known yet: after delay_ms it is what `next` returns. A blocking call waits for its
  // job this way. On the worker it may take its time but must not touch the simulated world.
  std::function<Reply()> next;
  bool next_on_worker = false;

  // Of the answer to a WebSocket message: headers that its later messages carry, as if each had sent them.
  Headers remember;
};

using Handler = std::function<Reply(const Request&)>;

// "a/b/c" -> {a, b, c}; empty parts are dropped.
std::vector<std::string> SplitPath(std::string_view path);
std::string LowerCase(std::string_view text);
bool StartsWith(std::string_view text, std::string_view prefix);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_HTTP_MESSAGE_H_
