#include "server/api/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/validate/request_validator.h"
#include "tests/support/random_job.h"
#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

using testing::SeededRandom;

template <typename Message, typename... Value>
Message Shown(const Value&... value) {
  Message message;
  ToProto(value..., &message);
  return message;
}

TEST(ConvertTest, MoneyIsExactWithBothSigns) {
  for (const std::int64_t nanos :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1'500'000'000},
        std::int64_t{-1'500'000'000}, INT64_MAX, INT64_MIN + 1}) {
    const v1::Money money = Shown<v1::Money>(Money::FromNanos(nanos));
    EXPECT_EQ(money.currency_code(), "USD");
    EXPECT_EQ(money.units() * 1'000'000'000 + money.nanos(), nanos);
    EXPECT_LT(std::abs(money.nanos()), 1'000'000'000);
    EXPECT_FALSE(money.units() > 0 && money.nanos() < 0) << nanos;
    EXPECT_FALSE(money.units() < 0 && money.nanos() > 0) << nanos;
  }
}

TEST(ConvertTest, TimesComeBack) {
  for (const absl::Time time : {absl::UnixEpoch(), absl::FromUnixNanos(1), absl::FromUnixNanos(-1),
                                absl::FromUnixNanos(1'900'000'000'123'456'789)}) {
    const auto shown = Shown<google::protobuf::Timestamp>(time);
    EXPECT_GE(shown.nanos(), 0);
    EXPECT_EQ(FromProto(shown), time);
  }
}

TEST(ConvertTest, TimesOutsideTheCalendarAreNone) {
  google::protobuf::Timestamp time;
  time.set_seconds(253'402'300'800);
  EXPECT_EQ(FromProto(time), std::nullopt);
  time.set_seconds(-62'135'596'801);
  EXPECT_EQ(FromProto(time), std::nullopt);
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_EQ(FromProto(time), std::nullopt);
  time.set_nanos(1'000'000'000);
  EXPECT_EQ(FromProto(time), std::nullopt);
}

TEST(ConvertTest, StatesComeBackAndOthersAreNone) {
  for (int state = v1::JobState_MIN; state <= v1::JobState_MAX; ++state) {
    const auto phase = FromProto(static_cast<v1::JobState>(state));
    if (state == v1::JOB_STATE_UNSPECIFIED) {
      EXPECT_EQ(phase, std::nullopt);
    } else {
      ASSERT_NE(phase, std::nullopt) << state;
      EXPECT_EQ(ToProto(*phase), state);
    }
  }
  EXPECT_EQ(FromProto(static_cast<v1::JobState>(99)), std::nullopt);
}

TEST(ConvertTest, EveryFailureReasonHasItsNumber) {
  for (int reason = 1; reason <= static_cast<int>(FailureReason::kInternal); ++reason) {
    EXPECT_TRUE(v1::FailureReason_IsValid(reason));
    EXPECT_EQ(Shown<v1::Failure>(Failure{.reason = static_cast<FailureReason>(reason)}).reason(), reason);
  }
  EXPECT_EQ(static_cast<int>(FailureReason::kInternal), v1::FailureReason_MAX);
}

TEST(ConvertTest, AttemptStatesAreAllDifferent) {
  std::set<int> seen;
  for (const AttemptPhase phase :
       {AttemptPhase::kPlanned, AttemptPhase::kIntent, AttemptPhase::kAcked, AttemptPhase::kRefused,
        AttemptPhase::kUnknown, AttemptPhase::kHeld, AttemptPhase::kSucceeded, AttemptPhase::kFailed,
        AttemptPhase::kCancelled}) {
    seen.insert(ToProto(phase));
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(v1::AttemptState_MAX));
}

// What is shown, sent back as a request, means the same: nothing that a caller can say is lost on the way
// out.
TEST(ConvertTest, AGenerationComesBackThroughValidation) {
  Generation generation;
  generation.model = "puppet-1";
  generation.prompt = "A puppet \"bows\"\n\xC3\xA9";
  generation.negative_prompt = "strings";
  generation.first_frame = Image{.source = "https://img.example/a.png", .fit = ImageFit::kExact};
  generation.last_frame = Image{.source = "https://img.example/b.png", .fit = ImageFit::kExact};
  generation.duration_ms = 4'500;
  generation.resolution = "720p";
  generation.aspect_ratio = "16:9";
  generation.audio = false;
  generation.seed = 0;
  generation.frame_rate_hertz = 24;
  generation.count = 2;
  generation.extras = {{"a", std::string("x")}, {"b", std::int64_t{-3}}, {"c", 0.5}, {"d", false}};
  v1::QuoteSubject subject;
  ToProto(generation, subject.mutable_generation());
  const absl::StatusOr<ValidRequest> read = Whole(ReadQuote(subject, {}));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->generation, generation);
}

TEST(ConvertTest, AReferenceGenerationComesBackThroughValidation) {
  Generation generation;
  generation.model = "puppet-1";
  generation.prompt = "p";
  generation.reference_images = {Image{.source = "https://img.example/a.png"}};
  generation.reference_video_urls = {"https://img.example/a.mp4"};
  generation.reference_audio_urls = {"https://img.example/a.mp3"};
  generation.audio_track_url = "https://img.example/t.mp3";
  v1::QuoteSubject subject;
  ToProto(generation, subject.mutable_generation());
  Routing routing{.strategy = RoutingStrategy::kFastest,
                  .provider = "",
                  .allowed_providers = {"a", "b"},
                  .failover = FailoverPolicy::kAfterFailed};
  ToProto(routing, subject.mutable_routing());
  const absl::StatusOr<ValidRequest> read = Whole(ReadQuote(subject, {}));
  ASSERT_TRUE(read.ok()) << read.status();
  // Count is what was not said.
  generation.count = read->generation.count;
  EXPECT_EQ(read->generation, generation);
  EXPECT_EQ(read->routing, routing);
}

TEST(ConvertTest, EachStrategyComesBackThroughValidation) {
  for (const RoutingStrategy strategy : {RoutingStrategy::kCheapest, RoutingStrategy::kFastest,
                                         RoutingStrategy::kMostReliable, RoutingStrategy::kWeighted}) {
    Routing routing{.strategy = strategy};
    if (strategy == RoutingStrategy::kWeighted) routing.weights = {.cost = 3, .speed = 2, .reliability = 0};
    v1::QuoteSubject subject;
    subject.mutable_generation()->set_model("puppet-1");
    subject.mutable_generation()->set_prompt("p");
    ToProto(routing, subject.mutable_routing());
    const absl::StatusOr<ValidRequest> read = Whole(ReadQuote(subject, {}));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->routing, routing);
  }
}

TEST(ConvertTest, AnyJobHasAMessage) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    const Job job{testing::RandomSpec(random), testing::RandomState(random)};
    const v1::Job shown = Shown<v1::Job>(job);
    EXPECT_EQ(shown.id(), job.spec.id);
    EXPECT_EQ(shown.revision(), job.state.revision);
    EXPECT_EQ(shown.attempts_size(), static_cast<int>(job.state.attempts.size()));
    EXPECT_EQ(shown.outputs_size(), static_cast<int>(job.state.outputs.size()));
    EXPECT_EQ(shown.labels_size(), static_cast<int>(job.spec.labels.size()));
    EXPECT_EQ(shown.has_max_cost(), job.spec.max_cost.has_value());
    EXPECT_EQ(shown.has_complete_time(), IsKnown(job.state.complete_time));
    EXPECT_EQ(shown.has_failure(), job.state.failure.has_value());
  }
}

TEST(ConvertTest, AnAddressThatNeedsTheCredentialIsNotShown) {
  Output output{.url = "https://north.example/v/1"};
  EXPECT_EQ(Shown<v1::Output>(output, 0).url(), output.url);
  output.credential_required = true;
  EXPECT_EQ(Shown<v1::Output>(output, 2).url(), "");
  EXPECT_TRUE(Shown<v1::Output>(output, 2).credential_required());
  EXPECT_EQ(Shown<v1::Output>(output, 2).index(), 2);
}

TEST(ConvertTest, NorAreThoseOfItsPictures) {
  Output output{.url = "https://north.example/v/1",
                .thumbnail = Media{"https://north.example/v/1?t", "image/webp"},
                .spritesheet = Media{"https://north.example/v/1?s", "image/jpeg"}};
  EXPECT_EQ(Shown<v1::Output>(output, 0).thumbnail().url(), output.thumbnail->url);
  EXPECT_EQ(Shown<v1::Output>(output, 0).spritesheet().url(), output.spritesheet->url);
  output.credential_required = true;
  const v1::Output shown = Shown<v1::Output>(output, 0);
  EXPECT_EQ(shown.thumbnail().url(), "");
  EXPECT_EQ(shown.thumbnail().content_type(), "image/webp");
  EXPECT_EQ(shown.spritesheet().url(), "");
  EXPECT_EQ(shown.spritesheet().content_type(), "image/jpeg");
}

TEST(ConvertTest, UnknownIsUnsetAndZeroIsZero) {
  const v1::Output unknown = Shown<v1::Output>(Output{}, 0);
  EXPECT_FALSE(unknown.has_expire_time());
  EXPECT_FALSE(unknown.has_duration());
  EXPECT_FALSE(unknown.has_seed());
  EXPECT_FALSE(unknown.has_sensitive());
  const v1::Output zero = Shown<v1::Output>(Output{.duration_ms = 0, .seed = 0, .sensitive = false}, 0);
  EXPECT_TRUE(zero.has_duration());
  EXPECT_TRUE(zero.has_seed());
  EXPECT_TRUE(zero.has_sensitive());
}

TEST(ConvertTest, EveryWatchEventHasItsKind) {
  const Job job = testing::SimpleJob(1);
  const auto read = [](const WatchEvent& event) {
    v1::WatchJobResponse message;
    EXPECT_TRUE(message.ParseFromString(EncodeWatchEvent(event)));
    return message;
  };
  EXPECT_EQ(read(SnapshotEvent{job}).snapshot().job().id(), job.spec.id);
  EXPECT_EQ(read(RevisionEvent{job}).revision().revision(), job.state.revision);
  EXPECT_EQ(read(RevisionEvent{job}).revision().job().revision(), job.state.revision);
  const v1::WatchJobResponse progress = read(JobProgressEvent{"a", 0.0, std::nullopt, absl::UnixEpoch()});
  EXPECT_TRUE(progress.progress().has_progress());
  EXPECT_FALSE(progress.progress().has_queue_position());
  EXPECT_EQ(read(JobLogEvent{"a", absl::UnixEpoch(), "INFO", "hello"}).log().message(), "hello");
  EXPECT_EQ(read(HeartbeatEvent{7, absl::UnixEpoch()}).heartbeat().revision(), 7);
}

}  // namespace
}  // namespace zoetrope
