// A provider's dialect: what we want → an HTTP request; an HTTP response → what it means.
#ifndef ZOETROPE_SERVER_PROVIDERS_ADAPTER_H_
#define ZOETROPE_SERVER_PROVIDERS_ADAPTER_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/domain/offering.h"
#include "server/http/http_message.h"
#include "server/providers/outcome.h"

namespace zoetrope {

// Where an account's calls go. URLs have no trailing slash; their hosts are the only ones that its credential
// is sent to.
struct AccountEndpoints {
  std::string base_url;  // empty: the dialect's own
  std::map<std::string, std::string>
      base_urls;             // further ones by the dialect's names for them (fal: `sync`, `platform`)
  bool synchronous = false;  // use the dialect's blocking mode where it has one
};

// What the engine must know of a dialect. Data, so that the engine names no provider; each value with its
// source in NOTES.md.
struct Capabilities {
  bool deduplicates_by_id = false;  // sending the same attempt again cannot create a second job
  absl::Duration deduplicates_for;  // for so long after the first send; careful where not stated
  bool can_cancel = false;
  bool can_look_up = false;
  bool can_call_back = false;  // a submission can carry SubmitInput::callback_url
  bool has_synchronous_mode = false;
  std::optional<bool> bills_failures;  // whether a failed generation is charged; nullopt: nobody says
  std::optional<bool> bills_cancelled_running;  // a job that is cancelled while it runs; likewise
  absl::Duration first_poll_after = absl::Seconds(2);
  absl::Duration poll_floor = absl::Seconds(1);
  absl::Duration result_kept_for = absl::Hours(1);  // how long after its end a job can still be read
  std::optional<absl::Duration> media_kept_for;     // how long a result's URL lives; nullopt: not known
  absl::Duration synchronous_timeout = absl::Seconds(330);
  // Answers about a job do not say what it was charged, but the account's books do, some time after its end.
  bool tells_charge_later = false;
  bool quotes_prices = false;              // can be asked what a generation would cost
  std::optional<int> concurrent_jobs_max;  // documented cap of an account
  // What stands before the attempt's id in the text that a submission carries for a person to search for;
  // nullopt: it carries none.
  std::optional<std::string_view> marker_prefix;
};

// Everything that a submission is built from. References must outlive the call only.
struct SubmitInput {
  const Generation& generation;  // effective
  const Offering& offering;
  std::string_view attempt_id;                     // the token: UUID v4
  const std::map<std::string, MediaBytes>& blobs;  // by SHA-256; holds every blob that the generation names
  const std::map<std::string, std::string>& preparations;  // by step; values of the steps that were done
  std::string_view callback_url;  // empty: none; carries the token in its path; only where can_call_back
};

// Everything that a look for a submission of unknown outcome is built from.
struct LookupInput {
  const SubmitInput& submit;  // as it was sent
  absl::Time sent_at;         // the intent to send, by our clock
  std::string_view page;      // empty: the first; else what LookupPage named
};

// Everything that a later call about an accepted attempt is built from.
struct JobInput {
  const ProviderJob& job;
  const Offering& offering;
  std::string_view attempt_id;
  std::string_view stage;          // empty, or what NextStage named
  const ProviderTimings& timings;  // what earlier stages said
  std::int32_t count;              // videos that were asked for
  std::int32_t fruitless = 0;      // polls in a row, before this one, that told nothing
};

// A job that no one ever made, by a name that every dialect can write.
struct NoOnesJob {
  static constexpr std::string_view kId = "00000000-0000-4000-8000-000000000000";

  JobInput At(const Offering& offering) const { return {job, offering, kId, "", timings, 1}; }

  const ProviderJob job{std::string(kId), {}};
  const ProviderTimings timings{};
};

// Pure: same arguments, same result. No clock, no sockets, no threads, no logging, no state but the endpoints
// given at construction. Thread-safe for that reason. Never sees a transport error: without a response the
// engine decides from Delivery alone, the same for every provider.
//
// A response is hostile input: any bytes with any status end in an outcome. A URL from a response is used for
// a later call only when its scheme, host, port and path prefix are those of the account. The secret goes
// into a header that is marked so, and nowhere else.
class Adapter {
 public:
  virtual ~Adapter() = default;

  // The same for the adapter's whole life.
  virtual const Capabilities& capabilities() const = 0;

  // Whether the dialect, beyond what the offering's data says, can carry `generation`. OK, or MakeFieldError.
  virtual absl::Status Check(const Generation& generation, const Offering& offering) const = 0;

  // Size that a first frame given by value must have; nullopt: any will do. A picture of another size is no
  // obstacle where the caller lets it be fitted; BuildSubmit then finds the fitted one in its place.
  virtual std::optional<PixelSize> FirstFrameSize(const Generation&, const Offering&) const {
    return std::nullopt;
  }

  // Names of the non-billable steps that must be done, in order, before BuildSubmit; most dialects need none.
  virtual std::vector<std::string> PrepareSteps(const SubmitInput&) const { return {}; }
  // The request of one step; Repeat::kHarmless.
  virtual absl::StatusOr<HttpRequest> BuildPrepare(std::string_view /*step*/, const SubmitInput&,
                                                   const Secret&) const {
    return absl::UnimplementedError("this dialect has no such step");
  }
  // What the step's answer means.
  virtual PrepareOutcome ReadPrepare(std::string_view /*step*/, const HttpResponse&) const {
    return Unrecognized{"this dialect has no such step"};
  }

  // The one billable request (Repeat::kBillable). An error here is a defect or a wrong catalogue: nothing was
  // sent.
  virtual absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput& input, const Secret& secret) const = 0;
  // Unrecognized means: no one knows whether it was accepted.
  virtual SubmitOutcome ReadSubmit(const SubmitInput& input, const HttpResponse& response) const = 0;

  // Asks how an accepted job is doing; Repeat::kHarmless whatever its method.
  virtual absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const = 0;
  // Unrecognized means: ask again, and count.
  virtual PollOutcome ReadPoll(const JobInput& input, const HttpResponse& response) const = 0;

  // Asks something that costs nothing and needs no job, so that any answer shows that the account can be
  // reached; Repeat::kHarmless. By default it asks after a job that no one ever made.
  virtual absl::StatusOr<HttpRequest> BuildProbe(const Offering& offering, const Secret& secret) const {
    return BuildPoll(NoOnesJob().At(offering), secret);
  }
  // Read as a poll: what counts is whether the account, and not the job, is in the way.
  virtual PollOutcome ReadProbe(const Offering& offering, const HttpResponse& response) const {
    return ReadPoll(NoOnesJob().At(offering), response);
  }

  // Under which id the provider has an attempt that it calls back about; nullopt: the body does not say. Only
  // where can_call_back. Whatever else it says, a poll is asked.
  virtual std::optional<ProviderJob> ReadCallback(std::string_view /*body*/) const { return std::nullopt; }

  // Only where can_cancel.
  virtual absl::StatusOr<HttpRequest> BuildCancel(const JobInput&, const Secret&) const {
    return absl::UnimplementedError("this dialect cannot cancel");
  }
  // Whether the wish was taken; a poll tells the truth.
  virtual CancelOutcome ReadCancel(const JobInput&, const HttpResponse&) const {
    return Unrecognized{"this dialect cannot cancel"};
  }

  // Only where can_look_up; Repeat::kHarmless.
  virtual absl::StatusOr<HttpRequest> BuildLookup(const LookupInput&, const Secret&) const {
    return absl::UnimplementedError("this dialect cannot look a submission up");
  }
  // Where nothing of ours comes back, a job is known by its content, the prompt among it, and by its time
  // alone: the caller must see all pages, and must not take a job that another attempt holds or could hold.
  // Unrecognized means: this look tells nothing.
  virtual LookupOutcome ReadLookup(const LookupInput&, const HttpResponse&) const {
    return Unrecognized{"this dialect cannot look a submission up"};
  }

  // What an attempt that has ended was charged. Only where tells_charge_later; Repeat::kHarmless.
  virtual absl::StatusOr<HttpRequest> BuildCharge(const JobInput&, const Secret&) const {
    return absl::UnimplementedError("this dialect has no books to ask");
  }
  // Unrecognized means: ask again, and count.
  virtual ChargeOutcome ReadCharge(const JobInput&, const HttpResponse&) const {
    return Unrecognized{"this dialect has no books to ask"};
  }

  // What a generation would cost. Only where quotes_prices; Repeat::kHarmless.
  virtual absl::StatusOr<HttpRequest> BuildPrice(const SubmitInput&, const Secret&) const {
    return absl::UnimplementedError("this dialect quotes no prices");
  }
  // Unrecognized means: it has no price for this, with its own words where it says why.
  virtual PriceOutcome ReadPrice(const HttpResponse&) const {
    return Unrecognized{"this dialect quotes no prices"};
  }
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_ADAPTER_H_
