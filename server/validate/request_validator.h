// A request → a generation, or every rule that it breaks. Pure.
#ifndef ZOETROPE_SERVER_VALIDATE_REQUEST_VALIDATOR_H_
#define ZOETROPE_SERVER_VALIDATE_REQUEST_VALIDATOR_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/money.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// A request whose every field keeps the contract's rules. `generation` is not effective yet: unset fields are
// unset, `model` is as the caller wrote it, and a source video given as a job is not resolved.
struct ValidRequest {
  std::string request_id;
  Generation generation;
  Routing routing;
  std::optional<Money> max_cost;
  std::string quote_id;                         // empty: today's prices
  std::optional<UnknownPolicy> unknown_policy;  // nullopt: the server's default
  absl::Duration deadline;
  std::map<std::string, std::string> labels;
  bool validate_only = false;
  std::map<std::string, MediaBytes> blobs;  // the pictures given by value, by SHA-256
};

struct ValidationRules {
  bool allow_private_image_hosts = false;  // configuration: the sandbox on loopback
  bool allow_retry_once = false;           // configuration: accept double spend
  bool quotes = false;                     // whether quotes bind here
};

// What could be read of a request, and every rule that it breaks.
struct Reading {
  ValidRequest request;  // fields that break a rule may be unset
  std::vector<FieldViolation> violations;
};

Reading ReadSubmit(const v1::SubmitRequest& request, const ValidationRules& rules);
// The same for a quote; paths start with `quote.`.
Reading ReadQuote(const v1::QuoteSubject& quote, const ValidationRules& rules);

// The request when it breaks no rule, else INVALID_FIELD with all of them.
absl::StatusOr<ValidRequest> Whole(Reading reading);

// The same generation with every unset field resolved from `model`; its extras sorted. Does not depend on
// routing.
Generation Resolve(Generation generation, const Model& model);

// SHA-256 of the request's canonical fields: known fields only, without the request id, in a fixed order. Two
// requests with the same one mean the same.
std::string Fingerprint(const v1::SubmitRequest& request);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_REQUEST_VALIDATOR_H_
