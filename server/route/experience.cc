#include "server/route/experience.h"

#include <algorithm>
#include <cmath>

namespace zoetrope {
namespace {

// How many generations the catalogue's word counts for.
constexpr double kPrior = 1;

}  // namespace

int SuccessPercent(const Experience& experience) {
  return static_cast<int>(std::lround(experience.success_ratio * 100));
}

ExperienceBook::Sums ExperienceBook::Faded(const Sums& sums, absl::Time now) const {
  if (now <= sums.time) return sums;
  const double left = std::exp2(-absl::FDivDuration(now - sums.time, half_life_));
  return {sums.successes * left, sums.failures * left, sums.seconds * left, now};
}

ExperienceBook::Sums& ExperienceBook::At(std::string_view provider, std::string_view offering,
                                         absl::Time now) {
  Sums& sums = sums_[std::string(provider)][std::string(offering)];
  sums = Faded(sums, now);
  return sums;
}

void ExperienceBook::NoteSuccess(std::string_view provider, std::string_view offering, absl::Duration took,
                                 absl::Time now) {
  Sums& sums = At(provider, offering, now);
  sums.successes += 1;
  sums.seconds += std::max(0.0, absl::ToDoubleSeconds(took));
}

void ExperienceBook::NoteFailure(std::string_view provider, std::string_view offering, absl::Time now) {
  At(provider, offering, now).failures += 1;
}

Experience ExperienceBook::Of(std::string_view provider, const Offering& offering, absl::Time now) const {
  const Experience none = {.duration = offering.typical_duration};
  const auto account = sums_.find(provider);
  if (account == sums_.end()) return none;
  const auto found = account->second.find(offering.id);
  if (found == account->second.end()) return none;
  const Sums sums = Faded(found->second, now);
  const double typical = absl::ToDoubleSeconds(offering.typical_duration);
  return {.duration = absl::Seconds((kPrior * typical + sums.seconds) / (kPrior + sums.successes)),
          .success_ratio = (kPrior + sums.successes) / (kPrior + sums.successes + sums.failures),
          .weight = sums.successes + sums.failures};
}

}  // namespace zoetrope
