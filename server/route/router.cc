#include "server/route/router.h"

#include <utility>

#include "server/route/examine.h"
#include "server/route/explain.h"
#include "server/route/obstacle.h"
#include "server/route/routing_notes.h"
#include "server/route/why_none.h"

namespace zoetrope {

std::vector<Evaluation> Evaluate(const RoutingInput& input) {
  std::vector<Evaluation> evaluations;
  for (Examined& examined : Examine(input)) evaluations.push_back(std::move(examined.evaluation));
  return evaluations;
}

std::vector<Unsuitability> Mismatches(const Generation& generation, const Offering& offering) {
  std::vector<Unsuitability> mismatches;
  for (const ObstacleAt& obstacle : FindObstacles(generation, offering)) {
    mismatches.push_back(
        {v1::ERROR_REASON_UNSUPPORTED_PARAMETER, obstacle.field, Explain(obstacle, generation, {&offering})});
  }
  return mismatches;
}

absl::StatusOr<std::vector<Candidate>> Route(const RoutingInput& input) {
  absl::StatusOr<Routed> routed = RouteWithNotes(input);
  if (!routed.ok()) return routed.status();
  return std::move(routed->candidates);
}

absl::StatusOr<Routed> RouteWithNotes(const RoutingInput& input) {
  const std::vector<Examined> all = Examine(input);
  Routed routed;
  for (const Examined& examined : all) {
    const Evaluation& evaluation = examined.evaluation;
    if (!evaluation.suitable()) continue;
    Candidate candidate{evaluation.provider, evaluation.offering->id};
    if (evaluation.price) {
      candidate.price = evaluation.price->amount;
      candidate.listed = evaluation.price->listed;
    } else {
      candidate.reservation_cap = evaluation.set_aside.value_or(Money());
    }
    routed.candidates.push_back(std::move(candidate));
  }
  if (routed.candidates.empty()) return WhyNone(input, all);
  routed.notes = NotesOn(input, all, routed.candidates);
  return routed;
}

}  // namespace zoetrope
