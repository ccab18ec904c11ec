#include <utility>

#include "server/api/status.h"
#include "server/api/submit.h"
#include "server/base/error.h"
#include "server/catalogue/model_lookup.h"

namespace zoetrope {
namespace {

constexpr std::string_view kQuotePrefix = "quote.";

// Gives what can be promised an id to submit with.
void Promise(const PlanRules& rules, const std::string& tenant, Quoted& quoted) {
  if (rules.quotes == nullptr) return;
  std::optional<PriceQuote> quote =
      QuoteOf(quoted.generation, quoted.evaluations, quoted.time, rules.quote_valid_for);
  if (!quote) return;
  quote->defaults = quoted.left_open;
  quoted.id = rules.quotes->Make(tenant, *quote);
  quoted.expire_time = quote->expire_time;
}

}  // namespace

void Submitter::Quote(std::string tenant, const v1::QuoteSubject* subject, QuoteDone done) {
  const std::shared_ptr<const Supply> supply = core_->parts.supply->Get();
  absl::StatusOr<ValidRequest> valid = Whole(ReadQuote(*subject, supply->rules.validation));
  if (!valid.ok()) return done(valid.status());
  absl::StatusOr<const Model*> model = LookUpModel(*supply->catalogue, valid->generation.model);
  if (!model.ok()) return done(model.status());
  const std::string source_job = valid->generation.source_video ? valid->generation.source_video->job_id : "";
  auto evaluate = [core = core_, supply, model = *model, tenant, done](ValidRequest request) {
    Quoted quoted;
    quoted.time = core->parts.clock->TimeNow();
    const Generation asked = request.generation;
    quoted.generation = Resolve(std::move(request.generation), *model);
    quoted.left_open = OpenFieldsOf(asked, quoted.generation);
    const std::string today = DayOf(quoted.time);
    const std::string stale_before = StaleBefore(supply->rules, quoted.time);
    const std::shared_ptr<const ExperienceBook> experience = core->Experience();
    quoted.evaluations = Evaluate({.model = *model,
                                   .generation = quoted.generation,
                                   .routing = request.routing,
                                   .providers = supply->providers,
                                   .today = today,
                                   .allow_retired = supply->rules.allow_retired_models,
                                   .max_cost = std::nullopt,
                                   .unpriced_reservation = supply->rules.unpriced_reservation,
                                   .stale_before = stale_before,
                                   .with_breakdown = true,
                                   .experience = experience.get(),
                                   .observed_at = quoted.time});
    Promise(supply->rules, tenant, quoted);
    done(std::move(quoted));
  };
  if (source_job.empty()) return evaluate(*std::move(valid));
  core_->parts.store->Read(
      tenant, source_job,
      [evaluate, done, supply, request = *std::move(valid)](absl::StatusOr<StoredJob> source) mutable {
        if (absl::Status status = ResolveSource(source, *supply->catalogue, request, kQuotePrefix);
            !status.ok()) {
          return done(status);
        }
        evaluate(std::move(request));
      });
}

}  // namespace zoetrope
