#include "server/api/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/api/status.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/strings.h"
#include "server/catalogue/model_lookup.h"
#include "server/engine/settlement.h"
#include "server/route/budget.h"

namespace zoetrope {
namespace {

absl::Status SourceError(std::string_view prefix, std::string_view field, std::string description) {
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD,
                        {{absl::StrCat(ToAbsl(prefix), ToAbsl(field)), std::move(description)}});
}

// The switch that was on when the video was made, and has deleted it since; nullptr: none.
const ExtraSpec* DeletedBy(const Generation& generation, const Offering* offering) {
  if (offering == nullptr) return nullptr;
  for (const ExtraSpec& extra : offering->extras) {
    if (!extra.deletes_video) continue;
    std::optional<ParameterValue> value = extra.default_value;
    for (const Parameter& wish : generation.extras) {
      if (wish.name == extra.name) value = wish.value;
    }
    if (value == ParameterValue(true)) return &extra;
  }
  return nullptr;
}

// Of what counts today: a promotion that is over is not looked up any more.
bool HasStalePrice(const Offering& offering, std::string_view today, std::string_view before) {
  const auto counts = [today](const PriceRow& row) {
    return (row.valid_from_date.empty() || row.valid_from_date <= today) &&
           (row.valid_until_date.empty() || today <= row.valid_until_date);
  };
  return std::any_of(offering.prices.begin(), offering.prices.end(),
                     [&](const PriceRow& row) { return counts(row) && row.as_of_date < before; }) ||
         std::any_of(offering.surcharges.begin(), offering.surcharges.end(),
                     [&](const Surcharge& surcharge) { return surcharge.as_of_date < before; });
}

// As asked for; what was made of an earlier video is as long as its provider says. nullopt: not known.
std::optional<std::int64_t> LengthOf(const Generation& generation, const Output& output) {
  return generation.source_video ? output.duration_ms : generation.duration_ms;
}

Attempt FirstAttempt(const JobSpec& spec, const Catalogue& catalogue, Random* random) {
  Attempt attempt;
  if (random != nullptr) attempt.id = NewAttemptId(*random);
  const Candidate& first = spec.candidates.front();
  attempt.provider = first.provider;
  attempt.offering = first.offering;
  if (const Offering* offering = catalogue.FindOffering(first.offering))
    attempt.offering_revision = offering->revision;
  attempt.create_time = spec.create_time;
  SetAside(attempt, first.price, first.reservation_cap);
  attempt.listed = first.listed;
  return attempt;
}

}  // namespace

std::vector<Provider> ProvidersOf(const Accounts& accounts) {
  std::vector<Provider> providers;
  for (const Account& account : accounts.all()) {
    providers.push_back({account.name, account.dialect, account.adapter.get(), account.price});
  }
  return providers;
}

std::string DayOf(absl::Time now) { return absl::FormatTime("%Y-%m-%d", now, absl::UTCTimeZone()); }

std::string StaleBefore(const PlanRules& rules, absl::Time now) {
  return rules.price_age_max == absl::InfiniteDuration() ? "" : DayOf(now - rules.price_age_max);
}

std::map<std::string, std::size_t> CountStalePrices(const Catalogue& catalogue, const Accounts& accounts,
                                                    const PlanRules& rules, absl::Time now) {
  const std::string today = DayOf(now);
  const std::string before = StaleBefore(rules, now);
  std::map<std::string, std::size_t> counts;
  for (const Account& account : accounts.all()) {
    std::size_t& count = counts[account.name];
    for (const Model& model : catalogue.models()) {
      for (const Offering& offering : model.offerings) {
        if (offering.dialect != account.dialect ||
            !IsInService(model, offering, today, rules.allow_retired_models))
          continue;
        const auto agreed = account.price.agreed.find(offering.id);
        const bool stale = agreed != account.price.agreed.end() ? agreed->second.as_of_date < before
                                                                : HasStalePrice(offering, today, before);
        if (stale) ++count;
      }
    }
  }
  return counts;
}

absl::Status EveryViolation(Reading reading, const Catalogue& catalogue,
                            const std::vector<Provider>& providers, std::string_view today) {
  std::vector<FieldViolation>& all = reading.violations;
  // What breaks a rule already is not worth a second word.
  const auto add = [&all](const FieldViolation& violation) {
    const bool known = std::any_of(all.begin(), all.end(), [&violation](const FieldViolation& other) {
      return absl::StartsWith(other.field, violation.field) || absl::StartsWith(violation.field, other.field);
    });
    if (!known) all.push_back(violation);
  };
  Generation& wish = reading.request.generation;
  // One that could not be read has no shape, and whoever needs to know it would only say so.
  const BlobRef* const picture = wish.first_frame ? wish.first_frame->blob() : nullptr;
  const bool shapeless = picture != nullptr && picture->pixels() == PixelSize{} && wish.aspect_ratio.empty();
  const absl::StatusOr<const Model*> model = LookUpModel(catalogue, wish.model);
  if (!model.ok()) {
    add({"generation.model", std::string(ToStd(model.status().message()))});
  } else if (!wish.source_video) {
    const Generation effective = Resolve(std::move(wish), **model);
    const absl::Status none = Route({.model = **model,
                                     .generation = effective,
                                     .routing = reading.request.routing,
                                     .providers = providers,
                                     .today = today,
                                     .allow_retired = true,
                                     .max_cost = std::nullopt})
                                  .status();
    if (ReasonOf(none) == v1::ERROR_REASON_UNSUPPORTED_PARAMETER) {
      for (const FieldViolation& violation : ViolationsOf(none)) {
        if (!shapeless || violation.field != "generation.aspect_ratio") add(violation);
      }
    }
  }
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, all);
}

absl::Status ResolveSource(const absl::StatusOr<StoredJob>& source, const Catalogue& catalogue,
                           ValidRequest& request, std::string_view prefix) {
  constexpr std::string_view kJobField = "generation.source_video.job_id";
  constexpr std::string_view kIndexField = "generation.source_video.output_index";
  SourceVideo& video = *request.generation.source_video;
  if (absl::IsNotFound(source.status())) return SourceError(prefix, kJobField, "there is no such job");
  if (!source.ok()) return FromStore(source.status(), video.job_id);
  const JobState& state = source->job.state;
  if (state.phase != JobPhase::kSucceeded) return SourceError(prefix, kJobField, "the job has not SUCCEEDED");
  const auto index = static_cast<std::size_t>(video.output_index);
  if (index >= state.outputs.size()) {
    return SourceError(prefix, kIndexField,
                       absl::StrCat("the job has ", state.outputs.size(), " outputs, counted from 0"));
  }
  const auto maker = std::find_if(state.attempts.rbegin(), state.attempts.rend(), [](const Attempt& attempt) {
    return attempt.phase == AttemptPhase::kSucceeded;
  });
  if (maker == state.attempts.rend())
    return absl::InternalError("a job that succeeded without an attempt that did");
  if (state.outputs[index].provider_video_id.empty()) {
    return SourceError(prefix, kJobField, "its provider gave the video no id that it could be named by");
  }
  if (const ExtraSpec* extra =
          DeletedBy(source->job.spec.generation, catalogue.FindOffering(maker->offering))) {
    return SourceError(
        prefix, kJobField,
        absl::StrCat(
            "it was made with `", extra->name,
            "` on, so that its provider has deleted it; a video that shall be used again is made with `",
            extra->name, "` off"));
  }
  Routing& routing = request.routing;
  const std::vector<std::string>& allowed = routing.allowed_providers;
  if (!routing.provider.empty() && routing.provider != maker->provider) {
    return SourceError(prefix, "routing.provider", absl::StrCat("the video is at `", maker->provider, "`"));
  }
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), maker->provider) == allowed.end()) {
    return SourceError(prefix, "routing.allowed_providers",
                       absl::StrCat("the video is at `", maker->provider, "`"));
  }
  routing.provider = maker->provider;
  routing.allowed_providers.clear();
  video.provider_video_id = state.outputs[index].provider_video_id;
  if (video.mode == SourceVideoMode::kRemix && !request.generation.duration_ms)
    request.generation.duration_ms = LengthOf(source->job.spec.generation, state.outputs[index]);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PriceQuote>> FindQuote(const ValidRequest& request, std::string_view tenant,
                                                    const PlanRules& rules, absl::Time now) {
  if (request.quote_id.empty() || rules.quotes == nullptr) return std::optional<PriceQuote>();
  absl::StatusOr<PriceQuote> quote = rules.quotes->Read(tenant, request.quote_id, now);
  if (!quote.ok()) return quote.status();
  return std::optional<PriceQuote>(*std::move(quote));
}

absl::Status CheckQuote(const std::optional<PriceQuote>& quote, const Generation& effective) {
  if (!quote || quote->shape == ShapeOf(effective)) return absl::OkStatus();
  return MakeFieldError(
      v1::ERROR_REASON_QUOTE_INVALID,
      {{"quote_id",
        "names a quote for another generation: only texts, seed and the content of inputs may differ"}});
}

std::optional<Money> CeilingOf(const std::optional<Money>& max_cost, const std::optional<PriceQuote>& quote,
                               const std::vector<Candidate>& candidates) {
  if (!quote || candidates.empty() || !candidates.front().price) return max_cost;
  return max_cost ? std::min(*max_cost, *candidates.front().price) : candidates.front().price;
}

Job MakeJob(std::string tenant, const ValidRequest& request, Generation effective,
            std::vector<Candidate> candidates, const Catalogue& catalogue, const PlanRules& rules,
            absl::Time now, Random* random) {
  Job job;
  JobSpec& spec = job.spec;
  if (random != nullptr) spec.id = NewJobId(now, *random);
  spec.tenant = std::move(tenant);
  spec.request_id = request.request_id;
  spec.generation = std::move(effective);
  spec.routing = request.routing;
  spec.max_cost = request.max_cost;
  spec.unknown_policy = request.unknown_policy.value_or(rules.unknown_policy);
  spec.labels = request.labels;
  spec.create_time = now;
  spec.deadline_time = now + request.deadline;

  job.state.revision = 1;
  job.state.phase = JobPhase::kQueued;
  job.state.update_time = now;
  spec.candidates = std::move(candidates);
  job.state.attempts.push_back(FirstAttempt(spec, catalogue, random));
  return job;
}

bool GoToNextCandidate(Job& job, const Catalogue& catalogue, Random& random) {
  JobSpec& spec = job.spec;
  const auto fits = [&spec](const Candidate& candidate) {
    return !spec.max_cost || (candidate.price && *candidate.price <= *spec.max_cost);
  };
  do {
    spec.candidates.erase(spec.candidates.begin());
    if (spec.candidates.empty()) return false;
  } while (!fits(spec.candidates.front()));
  job.state.attempts = {FirstAttempt(spec, catalogue, &random)};
  return true;
}

NewJob MakeNewJob(Job job, std::string fingerprint, std::string owner, const Catalogue& catalogue,
                  const std::vector<Budget>& budgets) {
  NewJob fresh;
  const Attempt& attempt = job.state.attempts.front();
  fresh.ledger.push_back(ReservationRow(attempt, job.spec.create_time));
  fresh.budgets = UsesOf(budgets, SpenderOf(job.spec), fresh.ledger);
  if (const Offering* offering = catalogue.FindOffering(attempt.offering)) {
    fresh.offering_texts.emplace(offering->revision, offering->text);
  }
  fresh.fingerprint = std::move(fingerprint);
  fresh.owner = std::move(owner);
  fresh.job = std::move(job);
  return fresh;
}

}  // namespace zoetrope
