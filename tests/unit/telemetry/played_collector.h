// A collector of spans without a network.
#ifndef ZOETROPE_TESTS_UNIT_TELEMETRY_PLAYED_COLLECTOR_H_
#define ZOETROPE_TESTS_UNIT_TELEMETRY_PLAYED_COLLECTOR_H_

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "server/base/executor.h"
#include "server/http/http_client.h"

namespace zoetrope::testing {

// Answers on an executor. Of one thread but for its constructor.
class PlayedCollector : public HttpClient {
 public:
  explicit PlayedCollector(Executor* executor) : executor_(executor) {}

  // What posts are answered with, in their order, and 200 after that; 0: they get no answer.
  std::deque<int> answers;
  std::vector<HttpHeader> headers;  // of each answer
  std::string body = "{}";          // the same
  bool silent = false;              // leaves them open
  std::vector<HttpRequest> posts;

  CallId Start(HttpRequest request, CallOptions, Done done) override {
    posts.push_back(std::move(request));
    if (silent) return posts.size();
    int status = 200;
    if (!answers.empty()) {
      status = answers.front();
      answers.pop_front();
    }
    executor_->Post([done = std::move(done), response = HttpResponse{status, headers, body}] {
      if (response.status != 0) return done(response);
      done(TransportError{Delivery::kMaybeSent, TransportFault::kReset, "reset"});
    });
    return posts.size();
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

 private:
  Executor* const executor_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_TELEMETRY_PLAYED_COLLECTOR_H_
