// Which offering serves a generation, and why each other one does not. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_ROUTER_H_
#define ZOETROPE_SERVER_ROUTE_ROUTER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/domain/offering.h"
#include "server/providers/adapter.h"
#include "server/route/experience.h"
#include "server/route/price.h"

namespace zoetrope {

struct PriceQuote;

// An account that jobs can run at.
struct Provider {
  std::string name;  // configured
  std::string dialect;
  const Adapter* adapter = nullptr;
  PriceTerms terms = {};
};

// One reason why an offering cannot serve.
struct Unsuitability {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSUPPORTED_PARAMETER;
  std::string field;        // path, or empty
  std::string description;  // with what would do

  bool operator==(const Unsuitability&) const = default;
};

// One offering at one provider (or at none, when no account of its dialect is configured).
struct Evaluation {
  std::string provider;  // empty: not configured
  const Offering* offering = nullptr;
  std::optional<Price> price;
  std::vector<PriceLine> breakdown;    // of `price`, where it was asked for
  std::optional<Money> set_aside;      // in place of a price that nobody publishes
  std::vector<Unsuitability> reasons;  // empty: it can serve
  Experience experience;
  double score = 0;  // of kWeighted, where it can serve; the least is the best

  bool suitable() const { return reasons.empty(); }
};

struct RoutingInput {
  const Model& model;
  const Generation& generation;  // effective
  const Routing& routing;
  const std::vector<Provider>& providers;
  std::string_view today;      // YYYY-MM-DD, UTC
  bool allow_retired = false;  // configuration: the sandbox may run dead models
  std::optional<Money> max_cost;
  // What is set aside for each video whose price no one publishes; nullopt: such offerings are not used.
  std::optional<Money> unpriced_reservation = std::nullopt;
  // Whose prices count instead of today's, so that only what it has a price for can serve; null: none.
  const PriceQuote* quote = nullptr;
  // YYYY-MM-DD: prices that were read earlier are stale. Empty: none is.
  std::string_view stale_before = {};
  bool with_breakdown = false;  // of the prices, which takes time that a submission need not spend
  // What was observed of the accounts, as of a time; null: nothing, and the catalogue's word counts.
  const ExperienceBook* experience = nullptr;
  absl::Time observed_at = absl::InfinitePast();
};

// Every offering × provider, those that can serve first, in the order of the strategy. Each other one with
// all its reasons.
std::vector<Evaluation> Evaluate(const RoutingInput& input);

// Why one offering cannot serve `generation`, by its data alone (fields, values, limits, extras). Empty: it
// can.
std::vector<Unsuitability> Mismatches(const Generation& generation, const Offering& offering);

// The candidates of a job, in order; or the error that the contract wants when there is none: MODEL_RETIRED,
// NO_PROVIDER, QUOTE_INVALID, UNSUPPORTED_PARAMETER (with the fields that are in the way at every offering of
// the mode, and what would do), MAX_COST_EXCEEDED, PRICE_UNKNOWN.
absl::StatusOr<std::vector<Candidate>> Route(const RoutingInput& input);

// The same, with a note about each offering of the generation's mode at an account.
struct Routed {
  std::vector<Candidate> candidates;
  std::vector<RoutingNote> notes;
};
absl::StatusOr<Routed> RouteWithNotes(const RoutingInput& input);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_ROUTER_H_
