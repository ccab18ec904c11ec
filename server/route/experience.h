// How generations went lately, at each offering of each account. Pure: whoever keeps a book tells it the
// time.
#ifndef ZOETROPE_SERVER_ROUTE_EXPERIENCE_H_
#define ZOETROPE_SERVER_ROUTE_EXPERIENCE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/domain/offering.h"

namespace zoetrope {

// What to expect of the next generation. Where little was seen, the catalogue's own time and a success count
// for one generation besides, so that one bad hour is forgotten, and what is new gets its chance.
struct Experience {
  absl::Duration duration;   // from submission to the video
  double success_ratio = 1;  // 0 to 1
  double weight = 0;         // how many generations stand behind it; older ones count less
};

// In which it is compared and shown.
int SuccessPercent(const Experience& experience);

// The memory fades: what is a half-life old counts half. Grows with the catalogue and the accounts alone. The
// time may stand still, and what goes backwards counts as that.
class ExperienceBook {
 public:
  explicit ExperienceBook(absl::Duration half_life) : half_life_(half_life) {}

  // A generation has ended, with a video after `took`, or in a way that the provider answers for.
  void NoteSuccess(std::string_view provider, std::string_view offering, absl::Duration took, absl::Time now);
  void NoteFailure(std::string_view provider, std::string_view offering, absl::Time now);

  Experience Of(std::string_view provider, const Offering& offering, absl::Time now) const;

 private:
  struct Sums {
    double successes = 0;
    double failures = 0;
    double seconds = 0;  // of the successes
    absl::Time time = absl::InfinitePast();
  };

  Sums Faded(const Sums& sums, absl::Time now) const;
  Sums& At(std::string_view provider, std::string_view offering, absl::Time now);

  absl::Duration half_life_;
  std::map<std::string, std::map<std::string, Sums, std::less<>>, std::less<>>
      sums_;  // by account, by offering
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_EXPERIENCE_H_
