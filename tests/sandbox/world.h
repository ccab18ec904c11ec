#ifndef ZOETROPE_TESTS_SANDBOX_WORLD_H_
#define ZOETROPE_TESTS_SANDBOX_WORLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/sandbox/faults.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/job.h"
#include "tests/sandbox/ledger.h"
#include "tests/sandbox/picture.h"
#include "tests/sandbox/renderer.h"
#include "tests/sandbox/request_tables.h"
#include "tests/sandbox/webhook_book.h"

namespace zoetrope::sandbox {

enum class Pace { kFast, kRealistic };

struct Options {
  Pace pace = Pace::kFast;
  std::optional<std::int64_t> queue_ms;  // exact, instead of what the pace gives
  std::optional<std::int64_t> run_ms;
  std::uint64_t seed = 1;
  double fault_rate = 0;
  std::string key;  // "" = any credential but "bad-key"
  bool render = true;
  std::size_t max_jobs = 200'000;
  // Whether stopping a running job costs its price. Providers do not say; this is the pessimistic reading.
  bool charge_cancelled_runs = true;
  // fal validates an input when the model runs, so the queue accepts it and the result is the 422. True: at
  // the submit.
  bool fal_validates_at_submit = false;
  // RunPod was seen to do either. False: the job is accepted and fails.
  bool runpod_validates_at_submit = true;
  // fal's and RunPod's endpoints pass over fields that they do not know, most of them. True: all refuse them,
  // to find out what a client gets wrong without noticing.
  bool refuse_unknown_fields = false;
};

// Everything the dialects share. One thread only; MediaCache is the exception.
struct World {
  World(Options options, std::function<std::int64_t()> now_ms);

  Options options;
  std::function<std::int64_t()> now_ms;
  std::mt19937_64 random;
  JobStore jobs;
  Ledger ledger;
  FaultBook faults;
  PictureStore pictures;
  std::shared_ptr<MediaCache> media;
  WebhookBook webhooks;
  std::vector<WebhookEndpoint> webhook_endpoints;         // in the order of their making
  std::unordered_map<std::string, std::uint64_t> videos;  // provider's video id -> job, for remixes

  std::string NewUuid();
  void Reset();
};

enum class Credential { kGood, kMissing, kBad };
Credential CheckCredential(const Options& options, std::string_view credential);

// One POST that asks for a video, from its arrival to its reply.
struct Submission {
  Provider provider = Provider::kRunpod;
  std::string endpoint;
  std::string prompt;
  std::string marker;
  std::vector<Fault> markers;  // all of the prompt
  std::vector<Fault> faults;   // those that strike now
  std::uint64_t job = 0;       // seq of what was created
};

// Counts the call and finds its faults.
Submission BeginSubmission(World* world, Provider provider, std::string endpoint, std::string prompt,
                           std::string marker);
// Plans the job and makes it exist: from here on the ledger knows it, whatever the client will be told.
Job& Create(World* world, Submission* submission, Job draft);
// Spoils the reply as the faults say and writes the attempt down.
Reply FinishSubmission(World* world, const Submission& submission, Reply honest);
// Writes the attempt down; for replies that need no spoiling.
void RecordAttempt(World* world, const Submission& submission, const Reply& reply);

// Faults that strike a call about a job: the job's own, the script's, chance's.
std::vector<Fault> StrikeJobCall(World* world, Provider provider, Call call, Job* job);

// The state as this poll shows it (`backwards` steps back once).
JobState ShownState(Job* job, std::int64_t now_ms);

// Stops the job. False if it is final already.
bool Cancel(World* world, Job* job);

std::string VideoId(const Job& job, int index);
// A finished video of this provider that may be remixed, or nullptr.
const Job* FindVideo(World* world, Provider provider, const std::string& video_id);

// The key of "Authorization: Bearer …", or "".
std::string_view BearerKey(const Request& request);

// "2026-05-19T06:09:15.948Z", and back; nothing if the text is no such time. Fractions and Z may be missing.
std::string IsoTime(std::int64_t ms);
std::optional<std::int64_t> ParseIsoTime(const std::string& text);

// "http://host" as the client addressed us.
std::string BaseUrl(const Request& request);
// Where that client finds what is mounted at this path, as "/fal/queue": below the host that it addressed,
// or, if it addressed a provider's, at the provider's host for it.
std::string MountUrl(const Request& request, std::string_view mount);
// Where a result of the job can be fetched.
std::string MediaUrl(const Request& request, const Job& job, int index, MediaKind kind = MediaKind::kVideo);

// The last part of a URL's path, without the query: where the gateway puts its own name for an attempt.
std::string LastPathSegment(std::string_view url);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WORLD_H_
