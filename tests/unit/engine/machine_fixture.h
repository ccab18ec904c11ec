// A job in any state, and short names for what happens to it.
#ifndef ZOETROPE_TESTS_UNIT_ENGINE_MACHINE_FIXTURE_H_
#define ZOETROPE_TESTS_UNIT_ENGINE_MACHINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/job_machine.h"

namespace zoetrope::testing {

inline const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
inline constexpr Money kPrice = Money::FromNanos(800'000'000);

class MachineTest : public ::testing::Test {
 protected:
  MachineTest() {
    capabilities_.can_cancel = true;
    capabilities_.bills_failures = false;
    facts_.now = kStart + absl::Seconds(10);
    facts_.may_retry_once = true;
    facts_.capabilities = &capabilities_;
    facts_.fresh_attempt_ids = {"second", "third"};
    facts_.candidates = {{true, "rev-a"}, {true, "rev-b"}};
    job_.id = "job";
    job_.deadline_time = kStart + absl::Hours(1);
    job_.create_time = kStart;
    job_.candidates = {{"alpha", "m@alpha", kPrice}, {"beta", "m@beta", kPrice}};
    job_.state.revision = 1;
    Attempt first;
    first.id = "first";
    first.provider = "alpha";
    first.offering = "m@alpha";
    first.offering_revision = "rev-a";
    first.create_time = kStart;
    std::vector<LedgerRow> rows;
    Reserve(first, kPrice, kStart, rows);
    job_.state.attempts.push_back(first);
    ledger_ = rows;
  }

  Attempt& attempt() { return job_.state.attempts.back(); }

  void Be(AttemptPhase phase, JobPhase job_phase) {
    attempt().phase = phase;
    job_.state.phase = job_phase;
    if (phase == AttemptPhase::kAcked) {
      attempt().provider_job.id = "theirs";
      attempt().ack_time = kStart + absl::Seconds(5);
    }
  }

  // Applies `event`; what the machine decided becomes the job's state, as after a durable write.
  Decision Happen(JobEvent event) {
    const JobState before = job_.state;
    Decision decision = Step(job_, event, facts_);
    CheckRules(before, decision);
    job_.state = decision.state;
    ledger_.insert(ledger_.end(), decision.ledger.begin(), decision.ledger.end());
    return decision;
  }

  // What holds for every step.
  void CheckRules(const JobState& before, const Decision& decision) {
    const JobState& after = decision.state;
    if (!decision.changed) {
      EXPECT_EQ(after, before) << "a state that is not to be written must not differ";
      EXPECT_TRUE(decision.ledger.empty());
      return;
    }
    EXPECT_EQ(after.revision, before.revision + 1);
    if (IsTerminal(before.phase)) {
      EXPECT_EQ(after.phase, before.phase);
      EXPECT_EQ(after.outputs, before.outputs);
      EXPECT_EQ(after.failure, before.failure);
      EXPECT_EQ(after.complete_time, before.complete_time);
    }
    std::set<std::string> names;
    for (const Attempt& one : after.attempts) {
      EXPECT_TRUE(names.insert(one.id).second) << "two attempts are called " << one.id;
    }
    for (std::size_t i = 0; i < before.attempts.size(); ++i) {
      EXPECT_EQ(after.attempts[i].id, before.attempts[i].id);
      if (IsTerminal(before.attempts[i].phase)) {
        EXPECT_EQ(after.attempts[i].phase, before.attempts[i].phase);
      }
    }
    EXPECT_EQ(after.phase == JobPhase::kSucceeded, !after.outputs.empty());
    EXPECT_TRUE(after.phase != JobPhase::kFailed || after.failure.has_value());
    EXPECT_EQ(Wants<Send>(decision), after.attempts.back().phase == AttemptPhase::kIntent &&
                                         before.attempts.back().phase == AttemptPhase::kPlanned)
        << "a request is sent only by the step that makes the intent durable";
  }

  // Σ reserve = Σ release + outstanding, per attempt; and at most one settlement each.
  void ExpectLedgerBalances() const {
    for (const Attempt& a : job_.state.attempts) {
      std::int64_t reserved = 0;
      std::int64_t released = 0;
      int settlements = 0;
      for (const LedgerRow& row : ledger_) {
        if (row.attempt_id != a.id) continue;
        if (row.kind == LedgerKind::kReserve) reserved += row.amount.nanos();
        if (row.kind == LedgerKind::kRelease) released += row.amount.nanos();
        if (IsCharge(row.kind)) ++settlements;
      }
      EXPECT_EQ(reserved, released + a.reserved.nanos()) << a.id;
      EXPECT_LE(settlements, 1) << a.id;
      EXPECT_EQ(settlements == 1, a.settlement == Settlement::kSettled) << a.id;
    }
  }

  template <typename E>
  static bool Wants(const Decision& decision) {
    return std::any_of(decision.effects.begin(), decision.effects.end(),
                       [](const Effect& effect) { return std::holds_alternative<E>(effect); });
  }

  static SubmitEnded Answer(std::variant<Accepted, Refused, Throttled, Unrecognized, TransportError> outcome,
                            std::int32_t status = 200) {
    return {std::move(outcome), status, {}};
  }
  static Refused RefusedFor(FailureReason reason) { return {Failure{reason, "no", "", "code"}}; }
  static Succeeded Videos(std::size_t count) {
    Succeeded done;
    for (std::size_t i = 0; i < count; ++i) {
      done.outputs.emplace_back();
      done.outputs.back().url = "https://media.example/" + std::to_string(i);
    }
    return done;
  }
  static Failed FailedFor(FailureReason reason) { return {Failure{reason, "broke", "", ""}, {}, {}}; }

  Capabilities capabilities_;
  MachineFacts facts_;
  LiveJob job_;
  std::vector<LedgerRow> ledger_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_ENGINE_MACHINE_FIXTURE_H_
