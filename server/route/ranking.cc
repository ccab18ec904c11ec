#include "server/route/ranking.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace zoetrope {
namespace {

// Smaller differences are chance, and the price decides.
absl::Duration Rounded(absl::Duration duration) { return absl::Floor(duration, absl::Seconds(1)); }

// How many times worse than the best; the best is 1.
double Times(double own, double best) { return own <= best ? 1 : own / std::max(best, 1e-9); }

// The best that the candidates have to offer.
struct Best {
  double price = std::numeric_limits<double>::infinity();
  double seconds = std::numeric_limits<double>::infinity();
  double success_ratio = 0;
};

double PriceOf(const Evaluation& evaluation) {
  return evaluation.price ? static_cast<double>(evaluation.price->amount.nanos())
                          : std::numeric_limits<double>::infinity();
}

Best BestOf(const std::vector<Examined>& all) {
  Best best;
  for (const Examined& examined : all) {
    const Evaluation& evaluation = examined.evaluation;
    if (!evaluation.suitable()) continue;
    best.price = std::min(best.price, PriceOf(evaluation));
    best.seconds = std::min(best.seconds, absl::ToDoubleSeconds(evaluation.experience.duration));
    best.success_ratio = std::max(best.success_ratio, evaluation.experience.success_ratio);
  }
  return best;
}

// The weighted mean of how many times worse it is than the best in each respect.
double ScoreOf(const Evaluation& evaluation, const RoutingWeights& weights, const Best& best) {
  const Experience& experience = evaluation.experience;
  double sum = 0;
  // Infinity times nothing is not a number: what does not count is not looked at.
  if (weights.cost > 0) sum += weights.cost * Times(PriceOf(evaluation), best.price);
  sum += weights.speed * Times(absl::ToDoubleSeconds(experience.duration), best.seconds);
  sum += weights.reliability * Times(best.success_ratio, experience.success_ratio);
  return sum / (weights.cost + weights.speed + weights.reliability);
}

// The order of the contract; names last, so that it is the same on every server.
bool Before(RoutingStrategy strategy, const Evaluation& a, const Evaluation& b) {
  if (a.suitable() != b.suitable()) return a.suitable();
  const auto price = [](const Evaluation& evaluation) {
    // An unknown price stands behind every known one.
    return std::pair(!evaluation.price.has_value(), evaluation.price ? evaluation.price->amount : Money());
  };
  const absl::Duration a_time = Rounded(a.experience.duration);
  const absl::Duration b_time = Rounded(b.experience.duration);
  const auto a_name = std::tie(a.provider, a.offering->id);
  const auto b_name = std::tie(b.provider, b.offering->id);
  switch (strategy) {
    case RoutingStrategy::kCheapest:
      break;
    case RoutingStrategy::kFastest:
      return std::tuple(a_time, price(a), a_name) < std::tuple(b_time, price(b), b_name);
    case RoutingStrategy::kMostReliable:
      return std::tuple(-SuccessPercent(a.experience), price(a), a_time, a_name) <
             std::tuple(-SuccessPercent(b.experience), price(b), b_time, b_name);
    case RoutingStrategy::kWeighted:
      return std::tuple(a.score, price(a), a_time, a_name) < std::tuple(b.score, price(b), b_time, b_name);
  }
  return std::tuple(price(a), a_time, a_name) < std::tuple(price(b), b_time, b_name);
}

}  // namespace

void Rank(const RoutingInput& input, std::vector<Examined>& all) {
  for (Examined& examined : all) {
    Evaluation& evaluation = examined.evaluation;
    evaluation.experience = {.duration = evaluation.offering->typical_duration};
    if (input.experience != nullptr)
      evaluation.experience =
          input.experience->Of(evaluation.provider, *evaluation.offering, input.observed_at);
  }
  if (input.routing.strategy == RoutingStrategy::kWeighted) {
    const Best best = BestOf(all);
    for (Examined& examined : all) {
      if (examined.evaluation.suitable())
        examined.evaluation.score = ScoreOf(examined.evaluation, input.routing.weights, best);
    }
  }
  std::sort(all.begin(), all.end(), [&](const Examined& a, const Examined& b) {
    return Before(input.routing.strategy, a.evaluation, b.evaluation);
  });
}

std::string MeritText(const Routing& routing, const Evaluation& evaluation) {
  const Experience& experience = evaluation.experience;
  const std::string seconds =
      absl::StrFormat("in about %d s", absl::ToInt64Seconds(Rounded(experience.duration)));
  const std::string came = absl::StrFormat("%d %% come to a video", SuccessPercent(experience));
  switch (routing.strategy) {
    case RoutingStrategy::kCheapest:
      return "";
    case RoutingStrategy::kFastest:
      return ", " + seconds;
    case RoutingStrategy::kMostReliable:
      return ", " + came;
    case RoutingStrategy::kWeighted:
      break;
  }
  return absl::StrFormat(", %s, %s: %.2f where the best in everything is 1", seconds, came, evaluation.score);
}

const char* FirstText(RoutingStrategy strategy) {
  switch (strategy) {
    case RoutingStrategy::kCheapest:
      return "the cheapest";
    case RoutingStrategy::kFastest:
      return "the fastest";
    case RoutingStrategy::kMostReliable:
      return "the most reliable";
    case RoutingStrategy::kWeighted:
      break;
  }
  return "the best by its weights";
}

}  // namespace zoetrope
