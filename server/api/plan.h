// From a request that keeps the rules to a job that could be made: the pure part of Submit and of GetCost.
#ifndef ZOETROPE_SERVER_API_PLAN_H_
#define ZOETROPE_SERVER_API_PLAN_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/quote_ids.h"
#include "server/base/limits.h"
#include "server/base/random.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/job.h"
#include "server/engine/account.h"
#include "server/route/router.h"
#include "server/store/job_store.h"
#include "server/validate/request_validator.h"

namespace zoetrope {

// What is the same for every request.
struct PlanRules {
  ValidationRules validation;
  bool allow_retired_models = false;
  std::optional<Money> unpriced_reservation;            // see RoutingInput
  UnknownPolicy unknown_policy = UnknownPolicy::kHold;  // where the caller does not say
  std::shared_ptr<const QuoteIds> quotes;               // null: quotes do not bind
  absl::Duration quote_valid_for = limits::kQuoteValidDefault;
  absl::Duration price_age_max = limits::kPriceAgeMaxDefault;  // then a price is stale; infinite: never
  std::vector<Budget> budgets;                                 // that first attempts must fit under
};

// The accounts as routing sees them.
std::vector<Provider> ProvidersOf(const Accounts& accounts);

// The day of `now`, as YYYY-MM-DD in UTC.
std::string DayOf(absl::Time now);

// The day before which a price was read that is stale now; empty: none is.
std::string StaleBefore(const PlanRules& rules, absl::Time now);

// How many offerings in service have a stale price at each account, by its name.
std::map<std::string, std::size_t> CountStalePrices(const Catalogue& catalogue, const Accounts& accounts,
                                                    const PlanRules& rules, absl::Time now);

// INVALID_FIELD with the violations of `reading`, of which there are some, and with what would be in the way
// of the rest of it: a model that is not known, or what no offering of the model can do.
absl::Status EveryViolation(Reading reading, const Catalogue& catalogue,
                            const std::vector<Provider>& providers, std::string_view today);

// Puts the provider and the provider's id of the video in place of a job named as source, and pins the
// provider. `source` is what the store says about that job. INVALID_FIELD when it has no such video, when it
// was made with a switch that has deleted it at the provider, or when the routing excludes its provider.
absl::Status ResolveSource(const absl::StatusOr<StoredJob>& source, const Catalogue& catalogue,
                           ValidRequest& request, std::string_view prefix);

// The quote that the request names; nullopt: it names none. QUOTE_INVALID, QUOTE_EXPIRED.
absl::StatusOr<std::optional<PriceQuote>> FindQuote(const ValidRequest& request, std::string_view tenant,
                                                    const PlanRules& rules, absl::Time now);

// QUOTE_INVALID where it was given for something else than `effective`.
absl::Status CheckQuote(const std::optional<PriceQuote>& quote, const Generation& effective);

// Most that a job of these candidates may cost: no more than the caller's own limit, nor than the price at
// the first of them where that was promised.
std::optional<Money> CeilingOf(const std::optional<Money>& max_cost, const std::optional<PriceQuote>& quote,
                               const std::vector<Candidate>& candidates);

// Revision 1 of the job: queued, its first attempt planned, the price of it set aside. `candidates` is not
// empty. Without `random` nothing gets an id: a job that is only shown.
Job MakeJob(std::string tenant, const ValidRequest& request, Generation effective,
            std::vector<Candidate> candidates, const Catalogue& catalogue, const PlanRules& rules,
            absl::Time now, Random* random);

// Plans the first attempt at the next candidate instead, for a job that was not made; false: none is left
// that fits under its ceiling.
bool GoToNextCandidate(Job& job, const Catalogue& catalogue, Random& random);

// The same with all that is written with it.
NewJob MakeNewJob(Job job, std::string fingerprint, std::string owner, const Catalogue& catalogue,
                  const std::vector<Budget>& budgets);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_PLAN_H_
