// An HTTP client without a network: whatever is asked is answered in a moment, as the test says.
#ifndef ZOETROPE_TESTS_UNIT_ENGINE_ANSWERING_CLIENT_H_
#define ZOETROPE_TESTS_UNIT_ENGINE_ANSWERING_CLIENT_H_

#include <utility>

#include "server/http/http_client.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {

class AnsweringClient : public HttpClient {
 public:
  // Both must outlive this.
  AnsweringClient(SimWorld* world, SimExecutor* executor) : world_(world), executor_(executor) {}

  CallId Start(HttpRequest request, CallOptions, Done done) override {
    executor_->PostAt(world_->clock().TimeNow() + absl::Milliseconds(10),
                      [done = std::move(done), response = Answer(request)] { done(response); });
    return ++calls_;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

 protected:
  // What the request is answered with.
  virtual HttpResponse Answer(const HttpRequest& request) = 0;

 private:
  SimWorld* const world_;
  SimExecutor* const executor_;
  CallId calls_ = 0;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_ENGINE_ANSWERING_CLIENT_H_
