#include "tests/sandbox/world.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "tests/sandbox/host_names.h"
#include "tests/sandbox/mangle.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::size_t kMaxVideos = 1'000'000;

std::shared_ptr<const Picture> MakeSample() {
  std::string bytes = RenderSamplePng(1280, 720);
  std::string digest = Sha256Hex(bytes);
  return std::make_shared<const Picture>(
      Picture{std::move(bytes), std::move(digest), "image/png", 1280, 720});
}

std::int64_t Jitter(std::mt19937_64* random, double around, double spread) {
  return std::llround(around * std::uniform_real_distribution<double>(1 - spread, 1 + spread)(*random));
}

// Real generations take about 84 to 127 s, with a long tail to the right.
std::int64_t RealisticRun(std::mt19937_64* random) {
  return std::llround(105'000 * std::exp(std::normal_distribution<double>(0, 0.2)(*random)));
}

void PlanTimes(World* world, Job* job) {
  const bool fast = world->options.pace == Pace::kFast;
  // Both are drawn even when overridden, so that the seed gives the same sequence either way.
  const std::int64_t queue = Jitter(&world->random, fast ? 50 : 2000, 0.5);
  const std::int64_t run = fast ? Jitter(&world->random, 300, 0.3) : RealisticRun(&world->random);
  job->plan.queue_ms = world->options.queue_ms.value_or(queue);
  job->plan.run_ms = world->options.run_ms.value_or(run);
}

std::string Names(const std::vector<Fault>& faults) {
  std::string names;
  for (const Fault& fault : faults) names += (names.empty() ? "" : ",") + fault.name;
  return names;
}

std::string MediaToken(const Job& job) { return DerivedUuid(job.id, 7).substr(0, 8); }

}  // namespace

World::World(Options opts, std::function<std::int64_t()> now)
    : options(std::move(opts)),
      now_ms(std::move(now)),
      random(options.seed),
      jobs(options.max_jobs),
      ledger(options.max_jobs * 10),
      faults(options.seed, options.fault_rate),
      pictures(MakeSample()),
      media(std::make_shared<MediaCache>(options.render)) {}

std::string World::NewUuid() {
  return DerivedUuid(std::to_string(random()) + "/" + std::to_string(jobs.created()), 1);
}

// The random sequence goes on: ids must not come back after a reset.
void World::Reset() {
  jobs.Clear();
  ledger.Clear();
  faults.Reset();
  pictures.Clear();
  videos.clear();
  webhooks.Clear();
  webhook_endpoints.clear();
}

Credential CheckCredential(const Options& options, std::string_view credential) {
  if (credential.empty()) return Credential::kMissing;
  if (credential == "bad-key") return Credential::kBad;
  return options.key.empty() || credential == options.key ? Credential::kGood : Credential::kBad;
}

Submission BeginSubmission(World* world, Provider provider, std::string endpoint, std::string prompt,
                           std::string marker) {
  world->ledger.Count(provider, Call::kSubmit);
  Submission submission{provider, std::move(endpoint), std::move(prompt), std::move(marker), {}, {}, 0};
  submission.markers = ParseMarkers(submission.prompt, provider);
  submission.faults = world->faults.StrikeSubmit(provider, submission.prompt, submission.markers);
  for (Fault& fault : world->faults.StrikeCall(provider, Call::kSubmit, submission.prompt)) {
    submission.faults.push_back(std::move(fault));
  }
  return submission;
}

Job& Create(World* world, Submission* submission, Job draft) {
  draft.provider = submission->provider;
  draft.endpoint = submission->endpoint;
  draft.prompt = submission->prompt;
  draft.marker = submission->marker;
  draft.created_ms = world->now_ms();
  PlanTimes(world, &draft);
  // A job that cannot work fails early, as soon as a worker looks at its input.
  if (draft.plan.failure != Failure::kNone)
    draft.plan.run_ms = std::min<std::int64_t>(draft.plan.run_ms, 100);
  ApplyJobFaults(submission->markers, &draft);
  ApplyJobFaults(submission->faults, &draft);
  for (const Fault& fault : submission->markers) {
    if (fault.call != Call::kJob && fault.call != Call::kSubmit) draft.faults.push_back({fault, 0});
  }
  draft.answered = !HidesCreation(submission->faults);
  Job& job = world->jobs.Add(std::move(draft), world->now_ms());
  submission->job = job.seq;
  if (world->videos.size() > kMaxVideos) world->videos.clear();
  for (int i = 0; i < job.results && job.keeps_video; ++i) world->videos[VideoId(job, i)] = job.seq;
  return job;
}

void RecordAttempt(World* world, const Submission& submission, const Reply& reply) {
  Attempt attempt;
  attempt.provider = submission.provider;
  attempt.endpoint = submission.endpoint;
  attempt.prompt = submission.prompt;
  attempt.marker = submission.marker;
  attempt.fault = Names(submission.faults);
  const bool silent = reply.delivery == Delivery::kClose || reply.delivery == Delivery::kReset;
  attempt.status = silent ? 0 : reply.status;
  attempt.job = submission.job;
  attempt.at_ms = world->now_ms();
  world->ledger.Record(std::move(attempt));
}

Reply FinishSubmission(World* world, const Submission& submission, Reply honest) {
  Reply reply = Mangle(std::move(honest), submission.faults, submission.provider);
  RecordAttempt(world, submission, reply);
  return reply;
}

std::vector<Fault> StrikeJobCall(World* world, Provider provider, Call call, Job* job) {
  std::vector<Fault> struck;
  if (job != nullptr) struck = job->Strike(call);
  const std::string_view prompt = job == nullptr ? std::string_view() : std::string_view(job->prompt);
  for (Fault& fault : world->faults.StrikeCall(provider, call, prompt)) struck.push_back(std::move(fault));
  return struck;
}

JobState ShownState(Job* job, std::int64_t now_ms) {
  const JobState state = StateAt(*job, now_ms);
  if (state == JobState::kRunning && job->plan.backwards && ++job->running_polls == 2)
    return JobState::kQueued;
  return state;
}

bool Cancel(World* world, Job* job) {
  const std::int64_t now = world->now_ms();
  const JobState state = StateAt(*job, now);
  if (IsFinal(state)) return false;
  if (job->plan.cancel_too_late) {
    // It turns out to have finished just now.
    job->plan.never_finishes = false;
    job->plan.queue_ms = std::min(job->plan.queue_ms, now - job->created_ms);
    job->plan.run_ms = now - job->created_ms - job->plan.queue_ms;
    return false;
  }
  job->cancelled_ms = now;
  world->webhooks.Hurry(job->seq, now);
  const bool charged = state == JobState::kRunning && world->options.charge_cancelled_runs;
  job->cancel_charge_nanos = charged ? job->price_nanos * job->results : 0;
  return true;
}

std::string VideoId(const Job& job, int index) {
  const std::string name = job.id + "#" + std::to_string(index);
  std::string id = "video_" + DerivedUuid(name, 3) + DerivedUuid(name, 4).substr(0, 18);
  id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
  return id;
}

const Job* FindVideo(World* world, Provider provider, const std::string& video_id) {
  const auto it = world->videos.find(video_id);
  if (it == world->videos.end()) return nullptr;
  const Job* job = world->jobs.FindBySeq(it->second);
  if (job == nullptr || job->provider != provider || job->evicted) return nullptr;
  return StateAt(*job, world->now_ms()) == JobState::kCompleted ? job : nullptr;
}

std::string_view BearerKey(const Request& request) {
  const std::string_view value = request.Header("authorization");
  return StartsWith(value, "Bearer ") ? value.substr(7) : std::string_view();
}

std::string IsoTime(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return std::string(text, size) + "." + std::to_string(1000 + ms % 1000).substr(1) + "Z";
}

std::optional<std::int64_t> ParseIsoTime(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  double fraction = 0;
  if (*end == '.') fraction = std::atof(end);
  return static_cast<std::int64_t>(timegm(&parts)) * 1000 + static_cast<std::int64_t>(fraction * 1000 + 0.5);
}

namespace {

std::string UrlOf(const Request& request, std::string_view host) {
  const bool tls = request.Header("x-forwarded-proto") == "https";
  return (tls ? "https://" : "http://") + std::string(host);
}

}  // namespace

std::string BaseUrl(const Request& request) { return UrlOf(request, request.Header("host")); }

std::string MountUrl(const Request& request, std::string_view mount) {
  if (FindHostName(request.Header("host")) != nullptr) {
    for (const HostName& known : kHostNames) {
      if (known.mount == mount) return UrlOf(request, known.name);
    }
  }
  return BaseUrl(request) + std::string(mount);
}

std::string MediaUrl(const Request& request, const Job& job, int index, MediaKind kind) {
  const char* ending = kind == MediaKind::kVideo       ? ".mp4"
                       : kind == MediaKind::kThumbnail ? "-t.jpg"
                                                       : "-s.jpg";
  return BaseUrl(request) + "/media/" + std::to_string(job.seq) + "-" + std::to_string(index) + "-" +
         MediaToken(job) + ending;
}

std::string LastPathSegment(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t slash = url.find('/');
  if (slash == std::string_view::npos) return "";
  std::vector<std::string> parts = SplitPath(url.substr(slash));
  return parts.empty() ? "" : parts.back();
}

}  // namespace zoetrope::sandbox
