// What to try next for a submission of unknown outcome, and when. Pure.
//
// Where the dialect knows an attempt by our own id, the same bytes are sent again: accepted now or accepted
// before, the answer is the same. Where what was created can be listed, it is looked for, several times,
// because a list may show it late. Everything else is given up at once. Not found is never proof, so giving
// up means that no one knows.
#ifndef ZOETROPE_SERVER_ENGINE_SEARCH_POLICY_H_
#define ZOETROPE_SERVER_ENGINE_SEARCH_POLICY_H_

#include "absl/time/time.h"
#include "server/engine/account.h"
#include "server/providers/adapter.h"

namespace zoetrope {

struct SearchPlan {
  bool can_repeat = false;
  absl::Duration repeat_within;  // of the first sending
  bool can_look_up = false;
  absl::Duration first_after;    // the beginning of the search to the first look
  absl::Duration give_up_after;  // to the last one
};

SearchPlan MakeSearchPlan(const Capabilities& capabilities, const SearchLimits& limits);

struct SearchProgress {
  absl::Time sent_at;                             // the intent to send, which outlives a restart
  absl::Time since;                               // this process began to search
  int repeats = 0;                                // sent again, so often
  bool repeats_over = false;                      // no further one can help, or none is wanted
  absl::Time repeat_from = absl::InfinitePast();  // the account takes no submission before
  int looks = 0;                                  // that were answered, and did not decide it
  int failures = 0;                               // looks in a row that were not answered
};

enum class SearchStep { kRepeat, kLookUp, kGiveUp };

struct NextTry {
  SearchStep step;
  absl::Time at;  // not before `now`; of kGiveUp: now

  bool operator==(const NextTry&) const = default;
};

// A repetition that would come too late for the provider to know the first one is none: then it is looked
// for.
//
// `random` in [0, 1) spreads submissions that became unknown together.
NextTry NextSearchStep(const SearchPlan& plan, const SearchProgress& progress, absl::Time now, double random);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_SEARCH_POLICY_H_
