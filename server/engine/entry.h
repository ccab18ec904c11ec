// What the engine keeps in memory of one live job.
#ifndef ZOETROPE_SERVER_ENGINE_ENTRY_H_
#define ZOETROPE_SERVER_ENGINE_ENTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/domain/offering.h"
#include "server/engine/account.h"
#include "server/engine/byte_room.h"
#include "server/engine/charge_policy.h"
#include "server/engine/engine_observer.h"
#include "server/engine/job_event.h"
#include "server/engine/job_machine.h"
#include "server/engine/job_standings.h"
#include "server/engine/search_policy.h"
#include "server/http/http_message.h"
#include "server/store/job_store.h"

namespace zoetrope {

// A submission that is built and not sent, with what is needed to read its answer.
struct PreparedSubmit {
  HttpRequest request;
  Generation generation;
  std::map<std::string, MediaBytes> blobs;
  std::shared_ptr<ByteRoom::Place> place;  // for the pictures, here and in the request; null: there are none
  std::map<std::string, std::string> preparations;
  ProviderJob known;  // what the provider has told of the attempt, though it answered that it did not take it
  std::shared_ptr<const Offering> offering;
  std::string attempt_id;
  std::string callback_url;    // empty: none
  bool wanted = true;          // when it was read, the caller had not asked for the end, nor had it come
  bool was_sent = false;       // and refused for load
  absl::Duration send_before;  // on the monotonic clock
};

// How far the search for a submission of unknown outcome has come.
struct Search {
  SearchProgress progress;
  SearchStep step = SearchStep::kGiveUp;
  bool given_up = false;  // but for evidence that came meanwhile
  absl::Time next_at = absl::InfiniteFuture();
  std::string digest;                    // of what was sent, where it may be sent again
  std::shared_ptr<PreparedSubmit> sent;  // while something is tried
  // For the pictures of what is sent again: who waits has a ticket, and then a place, until that is sent.
  ByteRoom::Ticket ticket;
  std::shared_ptr<ByteRoom::Place> place;
  // What the pages of the look that is under way have shown.
  std::vector<ProviderJob> matches;
  bool by_marker = false;
  int pages = 0;
};

// What polls have shown and no revision holds. Made when first needed.
struct PollProgress {
  std::string stage;
  ProviderTimings timings;
  double progress = 0;  // the furthest that was shown
  std::size_t logs_shown = 0;
};

// How far the question after what an attempt was charged has come.
struct ChargeQuestion {
  ChargeProgress progress;
  absl::Time next_at = absl::InfiniteFuture();
};

// A decision on its way to the disk.
struct PendingWrite {
  JobEvent event;
  Decision decision;
  bool evidence_kept = false;
};

// A call to a provider as it was when it began: its answer may come when the job is at another attempt.
struct CallNote {
  std::string provider;
  ProviderCall call;
  absl::Duration started;   // on the monotonic clock
  std::string job_id = {};  // empty: it is about no job
  std::string attempt_id = {};
  TraceContext trace = {};
};

// A job waits for its provider most of its life, and then only the first group of fields is there: `live` is
// read again from the store when something happens that may change the job. That keeps a waiting job under a
// kilobyte.
struct Entry {
  std::string id;
  const Account* account = nullptr;  // of the current attempt; nullptr: not configured any more
  std::shared_ptr<const Offering> offering;
  std::string attempt_id;
  TraceContext trace;
  std::string principal;
  ProviderJob provider_job;
  AttemptPhase phase = AttemptPhase::kPlanned;
  bool ended = false;  // the job is terminal; only money is waited for
  absl::Time ack_time;
  absl::Time deadline;
  absl::Time ended_time;
  absl::Time not_found_since;
  std::int32_t count = 1;
  JobStandings::Mark standing;

  std::int32_t poll_failures = 0;  // in a row
  std::int32_t not_found = 0;      // in a row, the first of them at not_found_since
  std::int32_t cancel_tries = 0;
  std::int32_t send_tries = 0;     // in a row that provably did not leave
  std::int32_t prepare_tries = 0;  // of one preparation step, in a row
  absl::Time repeat_from;          // no permit is asked for before: the account's budget has none to give
  std::int32_t throttles = 0;      // refusals for load, in all
  bool queued = false;             // the provider's newest answer to this process says that it has not begun
  bool begun = false;              // one said that it has
  std::unique_ptr<PollProgress> poll;
  std::shared_ptr<Search> search;          // null: none is under way
  std::shared_ptr<ChargeQuestion> charge;  // the same

  // --- Flow ---
  bool busy = false;      // a read or a write of the store is under way; events wait
  bool calling = false;   // a poll is on the wire
  bool building = false;  // from the permit until the intent is written, or the permit is given back
  bool refresh = false;   // read the job and its commands before the next event
  bool forget = false;    // drop the entry when idle
  bool sending = false;   // from the decision to send until the answer is recorded; a drain waits for it
  std::unique_ptr<LiveJob> live;
  std::vector<JobEvent> events;  // oldest first
  // Candidates, by account and offering, that a budget has refused while the first of them is decided about.
  std::set<std::pair<std::string, std::string>> over_budget;
  std::unique_ptr<PreparedSubmit> prepared;
  // For the current attempt's pictures, as in Search: without a place no permit is asked for.
  ByteRoom::Ticket ticket;
  std::shared_ptr<ByteRoom::Place> place;

  // --- Timers: when to do what; InfiniteFuture: not at all ---
  absl::Time poll_at = absl::InfiniteFuture();
  absl::Time lane_at = absl::InfiniteFuture();
  absl::Time cancel_at = absl::InfiniteFuture();
  absl::Time armed_for = absl::InfiniteFuture();  // when the loop looks at it next
  std::uint64_t timer = 0;  // its number, with armed_for its place among the loop's timers
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENTRY_H_
