// kill -9 of the real server at random moments, again and again, with the simulated providers' ledger as the
// judge: what was accepted once is never lost, and nothing is paid for twice.
//
// A cycle is a round of submissions, a kill somewhere in it, a restart, and the same submissions again until
// they are answered. So many cycles share a store and the simulator, and are then audited; the next ones
// begin with new ones, because a start after a crash reads the whole store.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/real_clock.h"
#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kJobsPerRound = 12;
constexpr int kSubmitters = 4;
constexpr int kQueueMs = 20;
constexpr int kRunMs = 100;
// From the intent to the answer: the commit, and the longest that the provider hangs here, on a busy machine.
constexpr absl::Duration kOnTheWireAtMost = absl::Seconds(5);

// One wish of a caller who does not give up.
struct Wish {
  v1::SubmitRequest request;
  bool acknowledged = false;
  bool changes_mind = false;      // asks for the end as soon as the job is accepted
  bool end_acknowledged = false;  // and has been told that this is known
  std::set<std::string> job_ids;  // that its submissions were answered with
  absl::Status last;              // answer
};

// When the server is killed.
struct Moment {
  std::string name;
  int answers = 0;  // so many submissions have been answered
  int millis = 0;   // and then so long
};

std::string Config() {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) {
    accounts.push_back({.name = provider, .poll = "{first_after: 30ms, interval_max: 60ms, lost_after: 2s}"});
  }
  return ConfigWith(accounts);
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// Cycles that share a store. All that is random follows from the seed, but for what threads make of it.
class Campaign {
 public:
  explicit Campaign(std::uint64_t seed) : seed_(seed), random_(seed) {}

  void Run(int cycles) {
    ASSERT_TRUE(world_.Start());
    for (int round = 0; round < cycles && !::testing::Test::HasFatalFailure(); ++round) Round(round);
    if (::testing::Test::HasFatalFailure()) return;  // there is no server to ask
    Judge();
  }
  const AuditFigures& figures() const { return figures_; }
  int held() const { return held_; }
  int unanswered() const { return unanswered_; }
  absl::Duration restarting() const { return restarting_; }

 private:
  // Over submission, the sending to providers, and polling alike.
  Moment NextMoment(int round) {
    switch (round % 4) {
      case 0:  // while callers submit
        return {"submitting", static_cast<int>(random_.Below(kJobsPerRound)),
                static_cast<int>(random_.Below(5))};
      case 1:  // while submissions go out to providers
        return {"sending", kJobsPerRound, static_cast<int>(random_.Below(25))};
      case 2:  // while jobs are polled and end
        return {"polling", kJobsPerRound, static_cast<int>(30 + random_.Below(150))};
      default:
        return {"any", static_cast<int>(random_.Below(kJobsPerRound + 1)),
                static_cast<int>(random_.Below(200))};
    }
  }

  std::vector<Wish> MakeWishes(int round) {
    std::vector<Wish> wishes(kJobsPerRound);
    for (int i = 0; i < kJobsPerRound; ++i) {
      const std::string name = absl::StrCat("r", round, "-j", i);
      // Some providers take their time to answer, so that some kill falls between a submission and its
      // answer.
      const std::string slow =
          random_.Chance(0.3) ? absl::StrCat(" [[fault:hang:", 20 + random_.Below(150), "]]") : "";
      wishes[i].request =
          world_.Request(absl::StrCat("<", name, "> a boat", slow), kProviders[i % std::size(kProviders)]);
      wishes[i].request.set_request_id(name);
      wishes[i].changes_mind = random_.Chance(0.1);
    }
    return wishes;
  }

  // Submits from several threads what was not acknowledged yet, or everything. Each answer is counted.
  void SubmitAll(std::vector<Wish>& wishes, bool acknowledged_too) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kSubmitters; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < wishes.size(); at = next++) {
          if (!wishes[at].acknowledged || acknowledged_too) SubmitOne(wishes[at]);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void SubmitOne(Wish& wish) {
    const auto response = world_.client().Submit(wish.request);
    wish.last = response.status();
    if (response.ok()) {
      answers_told_.Add(response->job());
      wish.acknowledged = true;
      wish.job_ids.insert(response->job().id());
      if (wish.changes_mind && !wish.end_acknowledged) {
        const auto cancelled = world_.client().Cancel(response->job().id());
        wish.end_acknowledged = cancelled.ok();
        if (cancelled.ok()) answers_told_.Add(*cancelled);
      }
    }
    std::lock_guard lock(mutex_);
    if (!response.ok()) ++unanswered_;
    ++answers_;
    answered_.notify_all();
  }

  void KillAt(const Moment& moment) {
    {
      std::unique_lock lock(mutex_);
      answered_.wait(lock, [&] { return answers_ >= moment.answers; });
    }
    // No condition: the random moment is what is tested.
    poll(nullptr, 0, moment.millis);
    kills_.push_back(clock_.TimeNow());
    world_.KillServer();
  }

  void Round(int round) {
    std::vector<Wish> wishes = MakeWishes(round);
    const Moment moment = NextMoment(round);
    answers_ = 0;
    std::thread caller([&] { SubmitAll(wishes, false); });
    KillAt(moment);
    caller.join();
    const absl::Duration down = clock_.Monotonic();
    ASSERT_TRUE(world_.StartServer()) << "seed " << seed_ << ", round " << round << " " << moment.name;
    restarting_ += clock_.Monotonic() - down;
    // Now and then even those ask again who were answered.
    SubmitAll(wishes, random_.Chance(0.25));
    for (Wish& wish : wishes) {
      // The last word of a caller whose wish to end was not answered.
      if (wish.changes_mind && !wish.end_acknowledged) SubmitOne(wish);
      EXPECT_TRUE(wish.acknowledged) << wish.request.request_id() << ": " << wish.last;
      EXPECT_EQ(wish.job_ids.size(), 1u) << wish.request.request_id() << ": two jobs for one request id";
      all_.push_back(std::move(wish));
    }
  }

  void Judge() {
    std::map<std::string, v1::Job> jobs;  // by request id
    for (v1::Job& job : ReadJobsAtRest(world_)) jobs.emplace(job.request_id(), std::move(job));
    EXPECT_EQ(jobs.size(), all_.size());
    const nlohmann::json ledger = world_.Ledger();
    for (const nlohmann::json& creation : ledger["creations"]) {
      made_.insert(creation["prompt"].get<std::string>());
    }
    for (const Wish& wish : all_) {
      const auto job = jobs.find(wish.request.request_id());
      ASSERT_NE(job, jobs.end()) << "seed " << seed_ << ": lost: " << wish.request.request_id();
      EXPECT_EQ(wish.end_acknowledged, wish.changes_mind);
      CheckEnd(wish, job->second);
    }
    figures_ = AuditWorld(world_, seed_, answers_told_);
    EXPECT_LT(held_, figures_.jobs / 2) << "more are held than can have been on the wire";
  }

  void CheckEnd(const Wish& wish, const v1::Job& job) {
    // A wish to end outlives the crash too: what is paid for is handed over, and nothing waits for a person.
    if (wish.changes_mind) {
      EXPECT_TRUE(client::IsTerminal(job.state())) << job.ShortDebugString();
    } else if (job.state() == v1::JOB_STATE_HELD) {
      ++held_;
      CheckHeld(job);
    } else {
      // Nothing but the kills goes wrong here.
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
    }
  }

  // Held is only what a kill has caught between its intent and its answer.
  void CheckHeld(const v1::Job& job) {
    ASSERT_GT(job.attempts_size(), 0);
    const v1::Attempt& attempt = job.attempts(job.attempts_size() - 1);
    EXPECT_EQ(attempt.state(), v1::ATTEMPT_STATE_HELD) << job.ShortDebugString();
    ASSERT_TRUE(attempt.has_intent_time()) << "held without an intent to send: " << job.ShortDebugString();
    const absl::Time intent = TimeOf(attempt.intent_time());
    const auto kill = std::lower_bound(kills_.begin(), kills_.end(), intent);
    ASSERT_NE(kill, kills_.end()) << "held, and no kill came after its intent: " << job.ShortDebugString();
    EXPECT_LT(*kill - intent, kOnTheWireAtMost) << "held, long answered: " << job.ShortDebugString();
    const std::string& provider = attempt.provider();
    EXPECT_NE(provider, "runware") << "held, where it is sent again: " << job.ShortDebugString();
    // What a list shows is found: no two wishes here have the same words.
    if (provider == "fal" || provider == "wavespeed" || provider == "openai") {
      EXPECT_FALSE(made_.contains(job.generation().prompt()))
          << "held, and it could have been found: " << job.ShortDebugString();
    }
    EXPECT_EQ(attempt.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN) << job.ShortDebugString();
    EXPECT_EQ(job.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN) << job.ShortDebugString();
  }

  const std::uint64_t seed_;
  SeededRandom random_;
  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = kQueueMs, .run_ms = kRunMs, .config = Config()}};
  std::vector<Wish> all_;
  std::set<std::string> made_;  // by prompt, what providers have created
  Answers answers_told_;
  RealClock clock_;
  std::vector<absl::Time> kills_;
  absl::Duration restarting_;
  std::mutex mutex_;
  std::condition_variable answered_;
  int answers_ = 0;
  int unanswered_ = 0;
  int held_ = 0;
  AuditFigures figures_;
};

TEST(KillTest, NothingIsLostAndNothingIsPaidTwice) {
  const int cycles = Scaled(50, 300, 5'000);
  const int at_once = Scaled(50, 100, 250);
  const std::uint64_t first = TestSeed();
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  absl::Duration restarting;
  int done = 0;
  int unanswered = 0;
  std::uint64_t seed = first;
  for (; done < cycles && !HasFailure(); done += at_once, ++seed) {
    Campaign campaign(seed);
    campaign.Run(at_once);
    restarting += campaign.restarting();
    unanswered += campaign.unanswered();
    std::cout << "seed " << seed << ": " << at_once << " kills, " << ToText(campaign.figures()) << std::endl;
  }
  // Kills that never met a submission on its way would prove little.
  EXPECT_GT(unanswered, 0);
  std::cout << done << " kills, seeds " << first << " to " << seed - 1 << ", " << unanswered
            << " submissions cut off; a cycle took " << (clock.Monotonic() - begun) / std::max(done, 1)
            << ", of which the restart " << restarting / std::max(done, 1)
            << (HasFailure() ? "; BROKEN\n" : "; duplicates 0, lost 0, orphans 0\n");
}

}  // namespace
}  // namespace zoetrope::testing
