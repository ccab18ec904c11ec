#include "tests/sim/sim_network.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"

namespace zoetrope::testing {
namespace {

HttpResponse Json(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

// Whether the request asks what there is, not how one job is doing.
bool IsLook(const HttpRequest& request) {
  return request.url.find("/by-endpoint?") != std::string::npos || request.url.ends_with("/predictions") ||
         request.url.find("/videos?") != std::string::npos;
}

// Whether the request asks what was charged.
bool IsAboutCharge(const HttpRequest& request) { return request.url.ends_with("/billings/search"); }

SimNetwork::Fate Next(std::deque<SimNetwork::Fate>& script) {
  const SimNetwork::Fate fate = script.front();
  script.pop_front();
  return fate;
}

}  // namespace

std::string TagOf(std::string_view body) {
  const std::size_t at = body.find("sim-");
  if (at == std::string_view::npos) return "";
  return std::string(body.substr(at, body.find_first_not_of("0123456789", at + 4) - at));
}

SimNetwork::SimNetwork(SimWorld* world, SimExecutor* executor, SeededRandom* random,
                       std::function<void(std::string)> trace)
    : world_(world), executor_(executor), random_(random), trace_(std::move(trace)) {}

int SimNetwork::Creations(const std::string& provider, const std::string& tag) const {
  return static_cast<int>(std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& entry) {
    return entry.second.provider == provider && entry.second.tag == tag;
  }));
}

std::string SimNetwork::IdOf(const std::string& provider, const std::string& tag) const {
  for (const auto& [key, job] : jobs_) {
    if (job.provider == provider && job.tag == tag) return job.id;
  }
  return "";
}

std::string SimNetwork::InputOf(const std::string& provider, const std::string& id) const {
  const auto found = jobs_.find(provider + id);
  return found == jobs_.end() ? "" : found->second.input;
}

std::string SimNetwork::CreatorOf(const std::string& provider, const std::string& id) const {
  const auto found = jobs_.find(provider + id);
  return found == jobs_.end() ? "" : found->second.attempt;
}

SimNetwork::Fate SimNetwork::DrawSubmit() {
  if (!random_->Chance(faults_.submit)) return Fate::kFine;
  return static_cast<Fate>(1 + random_->Below(8));
}

HttpClient::CallId SimNetwork::Start(HttpRequest request, CallOptions options, Done done) {
  const CallId id = ++calls_;
  const bool billable = request.repeat == Repeat::kBillable;
  const bool look = IsLook(request);
  const bool books = IsAboutCharge(request);
  const Fate fate = billable && !submit_script_.empty() ? Next(submit_script_)
                    : look && !look_script_.empty()     ? Next(look_script_)
                    : books && !books_script_.empty()   ? Next(books_script_)
                    : billable                          ? DrawSubmit()
                    : random_->Chance(faults_.poll)     ? static_cast<Fate>(1 + random_->Below(8))
                                                        : Fate::kFine;
  submissions_ += billable;
  looks_ += look;
  book_looks_ += books;
  const std::string tag = TagOf(request.body);
  if (billable && on_submission_) on_submission_();
  if (billable && options.send_before && world_->clock().Monotonic() > *options.send_before) {
    executor_->Post([done] {
      done(TransportError{Delivery::kNotSent, TransportFault::kRefusedHere, "too late"});
    });
    return id;
  }
  const bool doubtful = fate == Fate::kLostRequest || fate == Fate::kLostReply ||
                        fate == Fate::kErrorBefore || fate == Fate::kErrorAfter || fate == Fate::kGarbage;
  if (billable && doubtful) doubtful_.insert(tag);
  const std::uint64_t life = life_;
  const absl::Duration there = absl::Milliseconds(5 + static_cast<int>(random_->Below(300)));
  const absl::Duration back = absl::Milliseconds(5 + static_cast<int>(random_->Below(300)));
  const bool leaves_anyway = random_->Chance(0.5);
  executor_->PostAt(world_->clock().TimeNow() + there,
                    [=, this, request = std::move(request), done = std::move(done)] {
                      // A process that dies before its request has left takes it along, or not.
                      if (life != life_ && !leaves_anyway) return;
                      const HttpResult result = Exchange(request, fate);
                      executor_->PostAt(world_->clock().TimeNow() + back, [this, life, result, done] {
                        if (life == life_) done(result);
                      });
                    });
  return id;
}

bool SimNetwork::IsAt(const HttpRequest& request, const std::string& provider) const {
  return request.url.starts_with("https://" + provider + ".sim/");
}

HttpResult SimNetwork::Exchange(const HttpRequest& request, Fate fate) {
  const absl::Time now = world_->clock().TimeNow();
  if (now < down_until_ && IsAt(request, down_)) fate = Fate::kNoConnection;
  const bool billable = request.repeat == Repeat::kBillable;
  if (billable && now < poor_until_ && IsAt(request, poor_)) fate = Fate::kRefused;
  switch (fate) {
    case Fate::kNoConnection:
      return TransportError{Delivery::kNotSent, TransportFault::kConnect, "connection refused"};
    case Fate::kLostRequest:
      return TransportError{Delivery::kMaybeSent, TransportFault::kTimeout, "no answer"};
    case Fate::kLostReply:
      Answer(request);
      return TransportError{Delivery::kMaybeSent, TransportFault::kReset, "connection reset"};
    case Fate::kErrorBefore:
      return Json(503, "<html>upstream</html>");
    case Fate::kErrorAfter:
      Answer(request);
      return Json(502, "{\"detail\":\"bad gateway\"}");
    case Fate::kTakenAndThrottled:
      Answer(request);
      [[fallthrough]];
    case Fate::kThrottled:
      return HttpResponse{429,
                          {{"retry-after", absl::StrCat(absl::ToInt64Seconds(throttle_))}},
                          "{\"detail\":\"slow down\"}"};
    case Fate::kRefused:
      return Json(402,
                  "{\"detail\":\"no credit\",\"errors\":[{\"code\":\"insufficientCredits\",\"message\":\"no "
                  "credit\"}]}");
    case Fate::kGarbage:
      Answer(request);
      return Json(200, "{\"unfinished\": [");
    case Fate::kFine:
      break;
  }
  return Answer(request);
}

}  // namespace zoetrope::testing
