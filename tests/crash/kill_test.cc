// kill -9 of the real server at random moments, again and again, with the simulated providers' ledger as the
// judge: what was accepted once is never lost, and nothing is paid for twice.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kJobsPerRound = 50;
constexpr int kSubmitters = 5;
constexpr int kQueueMs = 60;
constexpr int kRunMs = 250;
// From the intent to the answer: the commit, and the longest that the provider hangs here, on a busy machine.
constexpr absl::Duration kOnTheWireAtMost = absl::Seconds(5);

int Rounds() {
  const char* scale = std::getenv("ZOETROPE_TEST_SCALE");
  return scale != nullptr && std::string(scale) == "full" ? 100 : 20;
}

std::uint64_t Seed() {
  if (const char* seed = std::getenv("ZOETROPE_TEST_SEED")) return std::strtoull(seed, nullptr, 10);
  RealRandom random;
  return random.Next() % 1'000'000;
}

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

class KillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::cout << "seed " << seed_ << " (ZOETROPE_TEST_SEED repeats it)\n";
    ASSERT_TRUE(world_.Start());
  }

  // Over submission, the sending to providers, and polling alike.
  Moment NextMoment(int round) {
    switch (round % 4) {
      case 0:  // while callers submit
        return {"submitting", static_cast<int>(random_.Below(kJobsPerRound)),
                static_cast<int>(random_.Below(5))};
      case 1:  // while submissions go out to providers
        return {"sending", kJobsPerRound, static_cast<int>(random_.Below(25))};
      case 2:  // while jobs are polled and end
        return {"polling", kJobsPerRound, static_cast<int>(100 + random_.Below(400))};
      default:
        return {"any", static_cast<int>(random_.Below(kJobsPerRound + 1)),
                static_cast<int>(random_.Below(600))};
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
      wish.acknowledged = true;
      wish.job_ids.insert(response->job().id());
      if (wish.changes_mind && !wish.end_acknowledged) {
        wish.end_acknowledged = world_.client().Cancel(response->job().id()).ok();
      }
    }
    std::lock_guard lock(mutex_);
    response.ok() ? ++acknowledged_ : ++unanswered_;
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
    ASSERT_TRUE(world_.StartServer()) << "round " << round << " " << moment.name;
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

  // The jobs as the server lists them, by request id; a failure where two have the same.
  std::map<std::string, v1::Job> ReadJobs() {
    std::map<std::string, v1::Job> jobs;
    v1::ListJobsRequest request;
    request.set_page_size(1000);
    const absl::Status status = client::ForEachJob(world_.client(), request, {}, [&](const v1::Job& job) {
      EXPECT_TRUE(jobs.emplace(job.request_id(), job).second) << "two jobs for " << job.request_id();
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return jobs;
  }

  std::map<std::string, v1::Job> ReadJobsAtRest() {
    std::map<std::string, v1::Job> jobs;
    const bool quiet = Eventually(absl::Seconds(30), [&] {
      jobs = ReadJobs();
      return std::all_of(jobs.begin(), jobs.end(), [](const auto& entry) { return IsAtRest(entry.second); });
    });
    EXPECT_TRUE(quiet) << "some jobs never end";
    return jobs;
  }

  void CheckHeld(const v1::Job& job) {
    ASSERT_GT(job.attempts_size(), 0);
    const v1::Attempt& attempt = job.attempts(job.attempts_size() - 1);
    EXPECT_EQ(attempt.state(), v1::ATTEMPT_STATE_HELD) << job.ShortDebugString();
    ASSERT_TRUE(attempt.has_intent_time()) << "held without an intent to send: " << job.ShortDebugString();
    const absl::Time intent = absl::FromUnixSeconds(attempt.intent_time().seconds()) +
                              absl::Nanoseconds(attempt.intent_time().nanos());
    const auto kill = std::lower_bound(kills_.begin(), kills_.end(), intent);
    ASSERT_NE(kill, kills_.end()) << "held, and no kill came after its intent: " << job.ShortDebugString();
    EXPECT_LT(*kill - intent, kOnTheWireAtMost) << "held, long answered: " << job.ShortDebugString();
    EXPECT_EQ(attempt.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN) << job.ShortDebugString();
    EXPECT_EQ(job.failure().reason(), v1::FAILURE_REASON_OUTCOME_UNKNOWN) << job.ShortDebugString();
  }

  const std::uint64_t seed_ = Seed();
  SeededRandom random_{seed_};
  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = kQueueMs, .run_ms = kRunMs, .config = ""}};
  std::vector<Wish> all_;
  RealClock clock_;
  std::vector<absl::Time> kills_;
  std::mutex mutex_;
  std::condition_variable answered_;
  int answers_ = 0;
  int acknowledged_ = 0;
  int unanswered_ = 0;
};

// `<r1-j2> a boat` → `r1-j2`.
std::string NameIn(const std::string& prompt) { return prompt.substr(1, prompt.find('>') - 1); }

std::map<std::string, int> CountByName(const nlohmann::json& entries) {
  std::map<std::string, int> counts;
  for (const nlohmann::json& entry : entries) ++counts[NameIn(entry["prompt"].get<std::string>())];
  return counts;
}

TEST_F(KillTest, NothingIsLostAndNothingIsPaidTwice) {
  const int rounds = Rounds();
  for (int round = 0; round < rounds && !HasFatalFailure(); ++round) Round(round);
  if (HasFatalFailure()) return;  // there is no server to ask
  const std::map<std::string, v1::Job> jobs = ReadJobsAtRest();
  const nlohmann::json ledger = world_.Ledger();
  std::map<std::string, int> creations = CountByName(ledger["creations"]);
  std::map<std::string, int> posts = CountByName(ledger["attempts"]);

  for (const Wish& wish : all_) {
    const auto job = jobs.find(wish.request.request_id());
    ASSERT_NE(job, jobs.end()) << "lost: " << wish.request.request_id();
    EXPECT_EQ(wish.job_ids, std::set<std::string>{job->second.id()});
    EXPECT_EQ(wish.end_acknowledged, wish.changes_mind);
    // A wish to end outlives the crash too: what is paid for is handed over, and nothing waits for a person.
    if (wish.changes_mind) {
      EXPECT_TRUE(client::IsTerminal(job->second.state())) << job->second.ShortDebugString();
    } else {
      EXPECT_NE(job->second.state(), v1::JOB_STATE_CANCELLED) << job->second.ShortDebugString();
    }
  }
  EXPECT_EQ(jobs.size(), all_.size());
  for (const auto& [name, count] : creations) {
    EXPECT_TRUE(jobs.contains(name)) << "paid for, and no job: " << name;
    EXPECT_EQ(count, 1) << "paid for twice: " << name;
  }
  for (const auto& [name, count] : posts) EXPECT_EQ(count, 1) << "sent twice: " << name;

  std::map<std::string, int> states;
  std::vector<std::string> held;
  for (const auto& [name, job] : jobs) {
    ++states[v1::JobState_Name(job.state())];
    if (job.state() == v1::JOB_STATE_HELD) {
      CheckHeld(job);
      held.push_back(absl::StrCat(name, creations.contains(name) ? " (made)" : " (not made)"));
    } else if (job.state() != v1::JOB_STATE_CANCELLED) {
      // Nothing but the kills goes wrong here.
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
      EXPECT_TRUE(creations.contains(name)) << job.ShortDebugString();
    }
  }
  std::cout << rounds << " kills, " << jobs.size() << " jobs, " << ledger["creations"].size()
            << " creations, " << acknowledged_ << " submissions acknowledged, " << unanswered_ << " not\n";
  EXPECT_LT(held.size(), jobs.size() / 2) << "more are held than can have been on the wire";
  for (const auto& [state, count] : states) std::cout << "  " << state << " " << count << "\n";
  std::cout << "  held: " << absl::StrJoin(held, ", ") << "\n";
}

}  // namespace
}  // namespace zoetrope::testing
