#include "server/store/record.h"

#include <cstdint>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/real_random.h"
#include "tests/support/random_job.h"
#include "zoetrope/storage/v1/record.pb.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using testing::RandomSpec;
using testing::RandomState;
using testing::SeededRandom;
using testing::SimpleJob;

namespace pb = storage::v1;

TEST(RecordTest, EveryJobSurvivesTheWayThereAndBack) {
  const std::uint64_t seed = RealRandom().Next();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const JobSpec spec = RandomSpec(random);
    const auto read_spec = DecodeSpec(EncodeSpec(spec));
    ASSERT_TRUE(read_spec.ok()) << read_spec.status();
    ASSERT_EQ(*read_spec, spec) << "spec " << i;
    const JobState state = RandomState(random);
    const auto read_state = DecodeState(EncodeState(state));
    ASSERT_TRUE(read_state.ok()) << read_state.status();
    ASSERT_EQ(*read_state, state) << "state " << i;
  }
}

TEST(RecordTest, AnEmptyJobSurvives) {
  JobSpec spec;
  EXPECT_EQ(*DecodeSpec(EncodeSpec(spec)), spec);
  EXPECT_EQ(*DecodeState(EncodeState(JobState{})), JobState{});
}

// What is written depends on nothing but the value: needed to compare records as bytes.
TEST(RecordTest, IsDeterministic) {
  SeededRandom random(1);
  const JobSpec spec = RandomSpec(random);
  EXPECT_EQ(EncodeSpec(spec), EncodeSpec(*DecodeSpec(EncodeSpec(spec))));
}

TEST(RecordTest, ANewerVersionIsNotGuessed) {
  pb::JobState state;
  ASSERT_TRUE(state.ParseFromString(EncodeState(JobState{})));
  state.set_version(kRecordVersion + 1);
  const absl::Status newer = DecodeState(state.SerializeAsString()).status();
  EXPECT_EQ(newer.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(newer.message()), HasSubstr("newer server"));

  pb::JobSpec spec;
  ASSERT_TRUE(spec.ParseFromString(EncodeSpec(JobSpec{})));
  spec.set_version(kRecordVersion + 1);
  EXPECT_EQ(DecodeSpec(spec.SerializeAsString()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeLiveSpec(spec.SerializeAsString()).status().code(), absl::StatusCode::kDataLoss);
}

TEST(RecordTest, DamageIsReported) {
  EXPECT_EQ(DecodeState("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeSpec("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeState("\xff\xff\xff").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeLiveSpec("\x0a").status().code(), absl::StatusCode::kDataLoss);
}

// Every proper beginning of a record is either refused or, where it ends between two fields, read as a record
// that lacks some; it never crashes.
TEST(RecordTest, NoCutCrashes) {
  const std::string bytes = EncodeState(SimpleJob(1).state);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto state = DecodeState(std::string_view(bytes).substr(0, size));
    EXPECT_TRUE(state.ok() || absl::IsDataLoss(state.status())) << state.status();
  }
}

template <typename Change>
absl::Status StateStatusAfter(Change change) {
  pb::JobState record;
  EXPECT_TRUE(record.ParseFromString(EncodeState(SimpleJob(1).state)));
  change(record);
  return DecodeState(record.SerializeAsString()).status();
}

TEST(RecordTest, UnknownValuesAreNotGuessed) {
  EXPECT_TRUE(StateStatusAfter([](pb::JobState&) {}).ok());
  const auto is_damage = [](const absl::Status& status) { return absl::IsDataLoss(status); };
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.set_phase(static_cast<pb::JobPhase>(77)); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.set_phase(pb::JOB_PHASE_UNSPECIFIED); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.set_currency_code("EUR"); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.mutable_attempts(0)->clear_phase(); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.mutable_attempts(0)->clear_settlement(); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.mutable_attempts(0)->clear_cost_source(); })));
  EXPECT_TRUE(is_damage(StateStatusAfter([](auto& r) { r.mutable_failure()->set_reason(99); })));
}

TEST(RecordTest, UnknownFieldsOfTheSameVersionAreSkipped) {
  const std::string unknown_field =
      "\xfa\x3e\x03"
      "abc";  // field 1007, three bytes
  EXPECT_TRUE(DecodeState(EncodeState(SimpleJob(1).state) + unknown_field).ok());
}

TEST(RecordTest, TimesKeepTheirNanoseconds) {
  const absl::Time time = absl::FromUnixNanos(1'800'000'000'123'456'789);
  EXPECT_EQ(TimeOf(StoredTime(time)), time);
  EXPECT_EQ(TimeOf(StoredTime(absl::InfinitePast())), absl::InfinitePast());
  EXPECT_EQ(TimeOf(StoredTime(absl::InfiniteFuture())), absl::InfiniteFuture());
  EXPECT_EQ(TimeOf(StoredTime(absl::FromCivil(absl::CivilYear(9999), absl::UTCTimeZone()))),
            absl::InfiniteFuture());
  EXPECT_EQ(TimeOf(StoredTime(absl::FromCivil(absl::CivilYear(1), absl::UTCTimeZone()))),
            absl::InfinitePast());
  EXPECT_EQ(StoredTime(absl::FromUnixNanos(-1)), -1);
}

// These numbers stand in files: a change of one is a change of what old files mean.
TEST(RecordTest, NumbersOnDiskNeverChange) {
  EXPECT_EQ(StoredNumber(JobPhase::kQueued), 1);
  EXPECT_EQ(StoredNumber(JobPhase::kRunning), 2);
  EXPECT_EQ(StoredNumber(JobPhase::kHeld), 3);
  EXPECT_EQ(StoredNumber(JobPhase::kSucceeded), 4);
  EXPECT_EQ(StoredNumber(JobPhase::kFailed), 5);
  EXPECT_EQ(StoredNumber(JobPhase::kCancelled), 6);
  EXPECT_EQ(StoredNumber(LedgerKind::kReserve), 1);
  EXPECT_EQ(StoredNumber(LedgerKind::kRelease), 2);
  EXPECT_EQ(StoredNumber(LedgerKind::kSettle), 3);
  EXPECT_EQ(StoredNumber(LedgerKind::kOverrun), 4);
  EXPECT_EQ(StoredNumber(CostSource::kUnknown), 1);
  EXPECT_EQ(StoredNumber(CostSource::kBillingRule), 4);
  EXPECT_EQ(StoredNumber(CostSource::kReservation), 5);
  EXPECT_EQ(StoredNumber(CommandKind::kCancel), 1);
  for (const LedgerKind kind :
       {LedgerKind::kReserve, LedgerKind::kRelease, LedgerKind::kSettle, LedgerKind::kOverrun}) {
    EXPECT_EQ(*LedgerKindOf(StoredNumber(kind)), kind);
  }
  EXPECT_TRUE(absl::IsDataLoss(LedgerKindOf(0).status()));
  EXPECT_TRUE(absl::IsDataLoss(CostSourceOf(9).status()));
  EXPECT_EQ(StoredNumber(CommandKind::kResolve), 2);
  EXPECT_EQ(*CommandKindOf(2), CommandKind::kResolve);
  EXPECT_TRUE(absl::IsDataLoss(CommandKindOf(3).status()));
}

TEST(RecordTest, ADecisionSurvivesTheWayThereAndBack) {
  for (const ResolutionKind kind : {ResolutionKind::kAdopted, ResolutionKind::kNotCreated,
                                    ResolutionKind::kAbandoned, ResolutionKind::kExpired}) {
    const AttemptDecision decision{"attempt", kind, "theirs", "seen \xff"};
    const auto read = DecodeDecision(EncodeDecision(decision));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, decision);
  }
}

TEST(RecordTest, ADamagedDecisionIsReported) {
  EXPECT_TRUE(absl::IsDataLoss(DecodeDecision("").status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeDecision("\xff").status()));
  storage::v1::AttemptDecision stored;
  stored.set_version(kRecordVersion + 1);
  stored.set_kind(storage::v1::RESOLUTION_KIND_ADOPTED);
  EXPECT_TRUE(absl::IsDataLoss(DecodeDecision(stored.SerializeAsString()).status()));
  stored.set_version(kRecordVersion);
  stored.clear_kind();
  EXPECT_TRUE(absl::IsDataLoss(DecodeDecision(stored.SerializeAsString()).status()));
}

TEST(RecordTest, ALiveSpecIsToLiveWithoutState) {
  SeededRandom random(3);
  for (int i = 0; i < 200; ++i) {
    const Job job{RandomSpec(random), {}};
    const auto live = DecodeLiveSpec(EncodeSpec(job.spec));
    ASSERT_TRUE(live.ok()) << live.status();
    const LiveJob expected = ToLive(job, {}, {});
    EXPECT_EQ(live->id, expected.id);
    EXPECT_EQ(live->tenant, expected.tenant);
    EXPECT_EQ(live->model, expected.model);
    EXPECT_EQ(live->deadline_time, expected.deadline_time);
    EXPECT_EQ(live->failover, expected.failover);
    EXPECT_EQ(live->unknown_policy, expected.unknown_policy);
    EXPECT_EQ(live->max_cost, expected.max_cost);
    EXPECT_EQ(live->count, expected.count);
    EXPECT_EQ(live->labels, expected.labels);
    EXPECT_EQ(live->candidates, expected.candidates);
  }
}

}  // namespace
}  // namespace zoetrope
