#include "client/cli/lifecycle.h"

namespace zoetrope::cli {
namespace {

// How bad a state is. One that is newer than this program is as bad as the end.
int Badness(v1::LifecycleState state) {
  switch (state) {
    case v1::LIFECYCLE_STATE_UNSPECIFIED:
      return 0;
    case v1::LIFECYCLE_STATE_ACTIVE:
      return 1;
    case v1::LIFECYCLE_STATE_DEPRECATING:
      return 2;
    case v1::LIFECYCLE_STATE_DISABLED:
      return 3;
    default:
      return 4;
  }
}

// Days are written so that their order is that of their texts; no day is no end.
bool EndsBefore(const v1::Lifecycle& a, const v1::Lifecycle& b) {
  if (a.sunset_date().empty() || b.sunset_date().empty()) return !a.sunset_date().empty();
  return a.sunset_date() < b.sunset_date();
}

}  // namespace

const v1::Lifecycle& LifecycleOf(const v1::Model& model, const v1::Offering& offering) {
  const int of_model = Badness(model.lifecycle().state());
  const int of_offering = Badness(offering.lifecycle().state());
  if (of_model != of_offering) return of_model > of_offering ? model.lifecycle() : offering.lifecycle();
  return EndsBefore(model.lifecycle(), offering.lifecycle()) ? model.lifecycle() : offering.lifecycle();
}

}  // namespace zoetrope::cli
