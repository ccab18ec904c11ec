#include "tests/crash/failpoint_http.h"

#include <memory>
#include <utility>

namespace zoetrope::testing {

// What a harmless call is for: by how far the job has come, and by the words that providers have for an end.
std::string FailpointHttp::NameOf(const HttpRequest& request) const {
  const std::optional<JobTracker::Standing> standing = tracker_->Last();
  if (standing && standing->attempt == AttemptPhase::kPlanned) return "upload";
  if (standing && standing->attempt == AttemptPhase::kUnknown) return "look";
  if (standing && IsTerminal(standing->attempt)) return "charge";
  const bool ends = request.method == HttpMethod::kDelete || request.method == HttpMethod::kPut ||
                    request.url.find("/cancel") != std::string::npos;
  return ends ? "cancel" : "poll";
}

HttpClient::Done FailpointHttp::Behind(const std::string& place, Done done) {
  return [this, place, done = std::move(done)](HttpResult result) {
    const std::optional<FailAction> action = points_->Reach(place);
    if (!action) return done(std::move(result));
    if (*action == FailAction::kError) {
      return done(TransportError{Delivery::kMaybeSent, TransportFault::kReset, "the answer is lost"});
    }
    points_->Late([done, result = std::move(result)] { done(result); });
  };
}

HttpClient::CallId FailpointHttp::Before(const std::string& place, Delivery lost, HttpRequest request,
                                         const CallOptions& options, Done done) {
  const std::optional<FailAction> action = points_->Reach(place);
  if (!action) return http_->Start(std::move(request), options, std::move(done));
  if (*action == FailAction::kError) {
    points_->Soon([done = std::move(done), lost] {
      done(TransportError{lost, TransportFault::kConnect, "there is no connection"});
    });
  } else {
    points_->Late([this, request = std::move(request), options, done = std::move(done)] {
      http_->Start(request, options, done);
    });
  }
  return 0;
}

HttpClient::CallId FailpointHttp::Start(HttpRequest request, CallOptions options, Done done) {
  if (request.repeat == Repeat::kHarmless) {
    const std::string name = NameOf(request);
    return Before(name + ".before", Delivery::kMaybeSent, std::move(request), options,
                  Behind(name + ".after", std::move(done)));
  }
  if (const auto standing = tracker_->Last(); standing && standing->attempt == AttemptPhase::kUnknown) {
    return Before("repeat.before", Delivery::kMaybeSent, std::move(request), options,
                  Behind("repeat.after", std::move(done)));
  }
  const CallId id = Before("send.before", Delivery::kNotSent, std::move(request), options,
                           Behind("answer", std::move(done)));
  if (id == 0) return id;
  const std::optional<FailAction> action = points_->Reach("send.after");
  if (action == FailAction::kError) http_->Cancel(id);
  return id;
}

}  // namespace zoetrope::testing
