#include "server/auth/fetched_keys.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

constexpr absl::Duration kRefresh = absl::Minutes(10);
constexpr absl::Duration kAskedAgainAfter = absl::Seconds(30);
constexpr absl::Duration kPauseMin = absl::Seconds(1);
constexpr absl::Duration kPauseMax = absl::Minutes(1);
constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr int kOk = 200;

absl::StatusOr<std::vector<Jwk>> KeysIn(const HttpResult& result) {
  if (const auto* error = std::get_if<TransportError>(&result)) return absl::UnavailableError(error->message);
  const HttpResponse& response = std::get<HttpResponse>(result);
  if (response.status != kOk) return absl::UnavailableError(absl::StrCat("it answers ", response.status));
  return ParseJwkSet(response.body);
}

}  // namespace

void FetchedKeys::Start() { Fetch(); }

std::shared_ptr<const std::vector<Jwk>> FetchedKeys::Keys() {
  std::lock_guard lock(mutex_);
  return keys_;
}

bool FetchedKeys::AskAgain() {
  {
    std::lock_guard lock(mutex_);
    if (fetching_) return true;
    if (clock_->TimeNow() - fetched_at_ < kAskedAgainAfter) return false;
  }
  Fetch();
  return true;
}

void FetchedKeys::Fetch() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(fetching_, true)) return;
    fetched_at_ = clock_->TimeNow();
  }
  CallOptions options{.timeout = kTimeout, .body_bytes_max = kJwkSetBytes};
  // The operator has named the address: an issuer may well live in the same network.
  options.url_rule = {.allow_plain_http = absl::StartsWith(url_, "http://"), .allow_private_hosts = true};
  http_->Start({.method = HttpMethod::kGet,
                .repeat = Repeat::kHarmless,
                .url = url_,
                .headers = {{"Accept", "application/jwk-set+json, application/json"}},
                .body = ""},
               options, [weak = weak_from_this()](HttpResult result) {
                 if (const auto self = weak.lock()) self->OnAnswer(std::move(result));
               });
}

void FetchedKeys::OnAnswer(HttpResult result) {
  absl::StatusOr<std::vector<Jwk>> keys = KeysIn(result);
  const absl::Status read = keys.status();
  absl::Duration after = kRefresh;
  {
    std::lock_guard lock(mutex_);
    fetching_ = false;
    if (keys.ok()) {
      keys_ = std::make_shared<const std::vector<Jwk>>(*std::move(keys));
      pause_ = absl::ZeroDuration();
    } else {
      pause_ = std::clamp(2 * pause_, kPauseMin, kPauseMax);
      after = pause_;
    }
  }
  if (!read.ok() && log_ != nullptr) {
    log_->Warning("issuer_keys_not_fetched",
                  {{"url", url_},
                   {"why", std::string(read.message())},
                   {"consequence", "tokens are checked with the keys of before, or, without any, refused"}});
  }
  const absl::Time began = clock_->TimeNow();
  executor_->PostAt(began + after, [weak = weak_from_this(), began] {
    const auto self = weak.lock();
    if (!self) return;
    {
      // Whoever has asked meanwhile has a timer of its own.
      std::lock_guard lock(self->mutex_);
      if (self->fetching_ || self->fetched_at_ > began) return;
    }
    self->Fetch();
  });
}

}  // namespace zoetrope
