// An issuer's keys, from its URL.
#ifndef ZOETROPE_SERVER_AUTH_FETCHED_KEYS_H_
#define ZOETROPE_SERVER_AUTH_FETCHED_KEYS_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/auth/authenticator.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/http/http_client.h"

namespace zoetrope {

// Fetches them at the start, every ten minutes, and, at most every thirty seconds, when a token names one
// that is not there. What cannot be fetched, or is no key set, is logged and tried again after one second,
// two, up to a minute; the keys of before hold meanwhile. Thread-safe; owned by shared pointers.
class FetchedKeys final : public KeySource, public std::enable_shared_from_this<FetchedKeys> {
 public:
  // All of it outlives this; `log` may be null.
  FetchedKeys(std::string url, HttpClient* http, Executor* executor, Clock* clock, Log* log)
      : url_(std::move(url)), http_(http), executor_(executor), clock_(clock), log_(log) {}

  // To be called once.
  void Start();

  std::shared_ptr<const std::vector<Jwk>> Keys() override;
  bool AskAgain() override;

 private:
  // Where none is under way.
  void Fetch();
  void OnAnswer(HttpResult result);

  const std::string url_;
  HttpClient* const http_;
  Executor* const executor_;
  Clock* const clock_;
  Log* const log_;

  std::mutex mutex_;
  std::shared_ptr<const std::vector<Jwk>> keys_;
  bool fetching_ = false;
  absl::Time fetched_at_ = absl::InfinitePast();  // begun
  absl::Duration pause_ = absl::ZeroDuration();   // after the next failure
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_FETCHED_KEYS_H_
