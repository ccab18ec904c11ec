#include "tests/support/random_job.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zoetrope::testing {
namespace {

// Half of all optionals are empty, and so is a part of all texts and lists.
class Draw {
 public:
  explicit Draw(SeededRandom& random) : random_(random) {}

  bool Coin() { return random_.Below(2) == 0; }

  std::string Text() {
    static constexpr const char* kTexts[] = {
        "", "a", "ein Zoetrop dreht sich", "\xff\xfe not UTF-8", "日本語 🎞", "'; DROP TABLE jobs; --"};
    switch (random_.Below(8)) {
      case 0:
        return std::string("nul\0inside", 10);
      case 1:
        return std::string(random_.Below(3'000), 'x');
      default:
        return kTexts[random_.Below(std::size(kTexts))];
    }
  }

  std::int64_t Number() {
    switch (random_.Below(6)) {
      case 0:
        return std::numeric_limits<std::int64_t>::min();
      case 1:
        return std::numeric_limits<std::int64_t>::max();
      case 2:
        return 0;
      default:
        return static_cast<std::int64_t>(random_.Next()) >> random_.Below(64);
    }
  }

  std::int32_t Small() { return static_cast<std::int32_t>(random_.Next() >> 32); }

  absl::Time Time() {
    switch (random_.Below(5)) {
      case 0:
        return absl::InfinitePast();
      case 1:
        return absl::InfiniteFuture();
      case 2:
        return absl::UnixEpoch();
      default:
        return absl::FromUnixNanos(static_cast<std::int64_t>(random_.Next()) / 2);
    }
  }

  absl::Duration Duration() {
    if (random_.Below(4) == 0) return Coin() ? absl::InfiniteDuration() : -absl::InfiniteDuration();
    return absl::Nanoseconds(static_cast<std::int64_t>(random_.Next()) / 2);
  }

  Money Amount() { return Money::FromNanos(Number()); }

  // One of the enumerators from `first` to `last`.
  template <typename Enum>
  Enum OneOf(Enum first, Enum last) {
    const auto low = static_cast<std::uint64_t>(first);
    return static_cast<Enum>(low + random_.Below(static_cast<std::uint64_t>(last) - low + 1));
  }

  template <typename Make>
  auto Maybe(Make make) -> std::optional<decltype(make())> {
    if (Coin()) return std::nullopt;
    return make();
  }

  template <typename Make>
  auto Some(Make make) -> std::vector<decltype(make())> {
    std::vector<decltype(make())> all;
    for (auto n = random_.Below(4); n > 0; --n) all.push_back(make());
    return all;
  }

  std::map<std::string, std::string> Texts() {
    std::map<std::string, std::string> all;
    for (auto n = random_.Below(4); n > 0; --n) all.insert_or_assign(absl::StrCat("key", n), Text());
    return all;
  }

 private:
  SeededRandom& random_;
};

BlobRef RandomBlob(Draw& draw) {
  return {draw.Text(), draw.Text(), draw.Number(), draw.Small(), draw.Small()};
}

Image RandomImage(Draw& draw) {
  Image image;
  if (draw.Coin()) {
    image.source = draw.Text();
  } else {
    image.source = RandomBlob(draw);
    if (draw.Coin()) image.fitted = {RandomBlob(draw), RandomBlob(draw)};
  }
  image.fit = draw.OneOf(ImageFit::kExact, ImageFit::kContain);
  return image;
}

Parameter RandomParameter(Draw& draw) {
  if (draw.Coin())
    return {draw.Text(), draw.Coin() ? ParameterValue(draw.Text()) : ParameterValue(draw.Number())};
  return {draw.Text(),
          draw.Coin() ? ParameterValue(static_cast<double>(draw.Number()) / 3) : ParameterValue(draw.Coin())};
}

Generation RandomGeneration(Draw& draw) {
  Generation generation;
  const auto image = [&draw] { return RandomImage(draw); };
  const auto text = [&draw] { return draw.Text(); };
  const auto number = [&draw] { return draw.Number(); };
  generation.model = draw.Text();
  generation.prompt = draw.Text();
  generation.negative_prompt = draw.Text();
  generation.first_frame = draw.Maybe(image);
  generation.last_frame = draw.Maybe(image);
  generation.reference_images = draw.Some(image);
  generation.reference_video_urls = draw.Some(text);
  generation.reference_audio_urls = draw.Some(text);
  generation.audio_track_url = draw.Text();
  generation.source_video = draw.Maybe([&draw] {
    return SourceVideo{draw.OneOf(SourceVideoMode::kRemix, SourceVideoMode::kExtend), draw.Text(),
                       draw.Small(), draw.Text()};
  });
  generation.duration_ms = draw.Maybe(number);
  generation.resolution = draw.Text();
  generation.aspect_ratio = draw.Text();
  generation.audio = draw.Maybe([&draw] { return draw.Coin(); });
  generation.seed = draw.Maybe(number);
  generation.frame_rate_hertz = draw.Small();
  generation.count = draw.Small();
  generation.extras = draw.Some([&draw] { return RandomParameter(draw); });
  return generation;
}

Failure RandomFailure(Draw& draw) {
  return {draw.OneOf(FailureReason::kValidationRejected, FailureReason::kInternal), draw.Text(), draw.Text(),
          draw.Text()};
}

Output RandomOutput(Draw& draw) {
  const auto number = [&draw] { return draw.Number(); };
  const auto media = [&draw] { return Media{draw.Text(), draw.Text()}; };
  Output output;
  output.url = draw.Text();
  output.expire_time = draw.Time();
  output.content_type = draw.Text();
  output.size_bytes = draw.Number();
  output.duration_ms = draw.Maybe(number);
  output.width_px = draw.Small();
  output.height_px = draw.Small();
  output.seed = draw.Maybe(number);
  output.thumbnail = draw.Maybe(media);
  output.spritesheet = draw.Maybe(media);
  output.provider_video_id = draw.Text();
  output.sensitive = draw.Maybe([&draw] { return draw.Coin(); });
  output.credential_required = draw.Coin();
  return output;
}

Attempt RandomAttempt(Draw& draw) {
  const auto amount = [&draw] { return draw.Amount(); };
  const auto duration = [&draw] { return draw.Duration(); };
  Attempt attempt;
  attempt.id = draw.Text();
  attempt.provider = draw.Text();
  attempt.offering = draw.Text();
  attempt.offering_revision = draw.Text();
  attempt.phase = draw.OneOf(AttemptPhase::kPlanned, AttemptPhase::kCancelled);
  attempt.provider_job = {draw.Text(), draw.Texts()};
  attempt.failure = draw.Maybe([&draw] { return RandomFailure(draw); });
  attempt.http_status = draw.Small();
  attempt.create_time = draw.Time();
  attempt.intent_time = draw.Time();
  attempt.ack_time = draw.Time();
  attempt.complete_time = draw.Time();
  attempt.timings = {draw.Maybe(duration), draw.Maybe(duration), draw.Text()};
  attempt.resolution = draw.Maybe([&draw] {
    return Resolution{draw.OneOf(ResolutionKind::kAdopted, ResolutionKind::kExpired), draw.Text(),
                      draw.Time()};
  });
  attempt.settlement = draw.OneOf(Settlement::kNone, Settlement::kSettled);
  attempt.quoted = draw.Maybe(amount);
  attempt.listed = draw.Maybe(amount);
  attempt.reserved = draw.Amount();
  attempt.computed = draw.Maybe(amount);
  attempt.reported = draw.Maybe(amount);
  attempt.settled = draw.Maybe(amount);
  attempt.overrun = draw.Amount();
  attempt.cost_source = draw.OneOf(CostSource::kUnknown, CostSource::kBillingRule);
  attempt.billable_units = draw.Text();
  return attempt;
}

}  // namespace

JobSpec RandomSpec(SeededRandom& random) {
  Draw draw(random);
  JobSpec spec;
  spec.id = draw.Text();
  spec.tenant = draw.Text();
  spec.request_id = draw.Text();
  spec.generation = RandomGeneration(draw);
  spec.routing.strategy = draw.OneOf(RoutingStrategy::kFastest, RoutingStrategy::kWeighted);
  spec.routing.weights = {1, 0, 100};
  spec.routing.provider = draw.Text();
  spec.routing.allowed_providers = draw.Some([&draw] { return draw.Text(); });
  spec.routing.failover = draw.OneOf(FailoverPolicy::kNever, FailoverPolicy::kAfterFailed);
  spec.max_cost = draw.Maybe([&draw] { return draw.Amount(); });
  spec.unknown_policy = draw.OneOf(UnknownPolicy::kHold, UnknownPolicy::kRetryOnce);
  spec.labels = draw.Texts();
  spec.create_time = draw.Time();
  spec.deadline_time = draw.Time();
  spec.candidates = draw.Some([&draw] {
    return Candidate{draw.Text(), draw.Text(), draw.Maybe([&draw] { return draw.Amount(); }), draw.Amount(),
                     draw.Maybe([&draw] { return draw.Amount(); })};
  });
  spec.routing_notes = draw.Some([&draw] {
    return RoutingNote{draw.Text(), draw.Text(), draw.Coin(), draw.Text()};
  });
  if (draw.Coin()) spec.trace = {random.Next(), random.Next(), random.Next() | 1, draw.Coin()};
  if (draw.Coin()) spec.principal = draw.Text();
  return spec;
}

JobState RandomState(SeededRandom& random) {
  Draw draw(random);
  JobState state;
  state.revision = draw.Number();
  state.phase = draw.OneOf(JobPhase::kQueued, JobPhase::kCancelled);
  state.attempts = draw.Some([&draw] { return RandomAttempt(draw); });
  state.outputs = draw.Some([&draw] { return RandomOutput(draw); });
  state.output_failures = draw.Some([&draw] { return RandomFailure(draw); });
  state.failure = draw.Maybe([&draw] { return RandomFailure(draw); });
  state.update_time = draw.Time();
  state.start_time = draw.Time();
  state.complete_time = draw.Time();
  state.cancel_requested_time = draw.Time();
  return state;
}

std::string SimpleJobId(int number) { return absl::StrFormat("01900000-0000-7000-8000-%012d", number); }

Job SimpleJob(int number, std::string tenant) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000) + absl::Milliseconds(number);
  Job job;
  job.spec.id = SimpleJobId(number);
  job.spec.tenant = std::move(tenant);
  job.spec.generation.model = "sora-2";
  job.spec.generation.prompt = "a paper boat crosses a puddle, seen from the side, soft morning light";
  job.spec.generation.first_frame = Image{"https://images.example/boat.png", ImageFit::kCover};
  job.spec.generation.duration_ms = 8'000;
  job.spec.generation.resolution = "720p";
  job.spec.generation.aspect_ratio = "16:9";
  job.spec.generation.audio = true;
  job.spec.generation.count = 1;
  job.spec.create_time = now;
  job.spec.deadline_time = now + absl::Hours(1);
  job.spec.candidates = {{"fal", "sora-2/image-to-video@fal", Money::FromNanos(800'000'000)}};
  Attempt attempt;
  attempt.id = absl::StrFormat("a0000000-0000-4000-8000-%012d", number);
  attempt.provider = "fal";
  attempt.offering = "sora-2/image-to-video@fal";
  attempt.offering_revision = std::string(64, 'e');
  attempt.create_time = now;
  attempt.quoted = Money::FromNanos(800'000'000);
  attempt.reserved = Money::FromNanos(800'000'000);
  job.state.revision = 1;
  job.state.attempts = {attempt};
  job.state.update_time = now;
  return job;
}

}  // namespace zoetrope::testing
