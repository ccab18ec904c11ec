// An HTTP client with failpoints around each call to a provider.
#ifndef ZOETROPE_TESTS_CRASH_FAILPOINT_HTTP_H_
#define ZOETROPE_TESTS_CRASH_FAILPOINT_HTTP_H_

#include <string>

#include "server/http/http_client.h"
#include "tests/crash/failpoints.h"

namespace zoetrope::testing {

// Of a submission: `send.before` (an error: it could not be sent), `send.after` (it is on its way; an error:
// the call is cut off), `answer` (an error: the answer is lost). Of an upload, a poll, a cancellation, a look
// at what a provider lists, a submission that is repeated (`repeat`), and a question after a charge:
// `NAME.before` and `NAME.after`, where an error is a lost answer.
class FailpointHttp : public HttpClient {
 public:
  // As for FailpointStore.
  FailpointHttp(HttpClient* http, Failpoints* points, const JobTracker* tracker)
      : http_(http), points_(points), tracker_(tracker) {}

  CallId Start(HttpRequest request, CallOptions options, Done done) override;
  CallId StartDownload(HttpRequest request, CallOptions options, BodySink* sink) override {
    return http_->StartDownload(std::move(request), std::move(options), sink);
  }
  void Resume(CallId id) override { http_->Resume(id); }
  void Cancel(CallId id) override { http_->Cancel(id); }

 private:
  std::string NameOf(const HttpRequest& request) const;
  Done Behind(const std::string& place, Done done);
  // The call's id; 0: it has not begun.
  CallId Before(const std::string& place, Delivery lost, HttpRequest request, const CallOptions& options,
                Done done);

  HttpClient* const http_;
  Failpoints* const points_;
  const JobTracker* const tracker_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CRASH_FAILPOINT_HTTP_H_
