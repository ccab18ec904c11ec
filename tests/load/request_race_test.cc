// One request id from 64 threads over four connections at the same instant, some of them with other contents:
// there is one job of one of the contents, all who asked for that get it, and all others are refused. The
// same again after a kill in the middle of it, after the prices have changed, and while the server drains.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <barrier>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/real_clock.h"
#include "server/catalogue/catalogue.h"
#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kThreads = 64;
constexpr int kConnections = 4;
// Every so manieth thread asks for something else under the same id.
constexpr int kOtherContents = 8;

// What happens between the first and the second race for the same ids.
enum class Event { kNone, kKill, kPrices, kDrain };

std::string_view EventName(Event event) {
  switch (event) {
    case Event::kNone:
      return "nothing";
    case Event::kKill:
      return "a kill in the middle";
    case Event::kPrices:
      return "other prices";
    case Event::kDrain:
      return "a drain";
  }
  return "";
}

std::string Config(const std::string& catalogue_file) {
  std::string config = ConfigWith({{.name = "runpod"}, {.name = "fal"}});
  if (catalogue_file.empty()) return config;
  return absl::StrReplaceAll(
      config, {{"catalogue: {", absl::StrCat("catalogue: {file: \"", catalogue_file, "\", ")}});
}

// What came back to one key.
struct Outcome {
  std::map<std::string, std::set<bool>> jobs;  // id → whether it is of the other contents
  std::set<std::string> prices;                // that the job was said to cost
  int fresh = 0;                               // answers that made it
  int answered = 0;
  int refused = 0;  // because of other contents
  std::vector<std::string> odd;
};

class RequestRaceTest : public ::testing::Test {
 protected:
  // Connections of their own, as four callers have.
  void Connect() {
    stubs_.clear();
    for (int i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(v1::VideoGeneration::NewStub(
          grpc::CreateCustomChannel(world_->address(), grpc::InsecureChannelCredentials(), arguments)));
    }
  }

  v1::SubmitRequest RequestOf(int key, bool other) const {
    v1::SubmitRequest request = world_->Request(absl::StrCat("boat ", key, other ? " the other way" : ""),
                                                key % 2 == 0 ? "runpod" : "fal");
    request.set_request_id(absl::StrCat("key-", key));
    *request.mutable_max_cost() = MoneyOf(ceiling_nanos_);
    return request;
  }

  // All threads at each of the keys at the same instant. A thread that finds nobody goes on with the next
  // key.
  void Race(int first, int count, bool may_fail) {
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int key = first; key < first + count; ++key) {
          start.arrive_and_wait();
          Ask(key, i, may_fail);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void Ask(int key, int thread, bool may_fail) {
    const bool other = thread % kOtherContents == 0;
    grpc::ClientContext context;
    RealClock clock;
    context.set_deadline(absl::ToChronoTime(clock.TimeNow() + absl::Seconds(30)));
    v1::SubmitResponse response;
    const grpc::Status status = stubs_[static_cast<std::size_t>(thread % kConnections)]->Submit(
        &context, RequestOf(key, other), &response);
    std::lock_guard lock(mutex_);
    Outcome& outcome = outcomes_[key];
    if (status.ok()) {
      answers_.Add(response.job());
      ++outcome.answered;
      outcome.jobs[response.job().id()].insert(other);
      outcome.prices.insert(response.job().cost().quoted().ShortDebugString());
      outcome.fresh += !response.duplicate();
      if ((response.job().generation().prompt().find("other way") != std::string::npos) != other) {
        outcome.odd.push_back("a job of other contents than asked for");
      }
    } else if (status.error_code() == grpc::StatusCode::ALREADY_EXISTS) {
      ++outcome.refused;
      WireError error = ReadError(status);
      if (error.reason != "REQUEST_ID_REUSED") outcome.odd.push_back(error.reason);
      outcome.jobs[error.metadata["job_id"]].insert(!other);
    } else if (may_fail && status.error_code() == grpc::StatusCode::UNAVAILABLE &&
               status.error_details().empty()) {
      ++cut_off_;  // there is no server: nothing was said
    } else {
      outcome.odd.push_back(absl::StrCat(static_cast<int>(status.error_code()), " ", status.error_message()));
    }
  }

  void Restart() {
    ASSERT_TRUE(world_->StartServer());
    Connect();
  }

  void RaceAcrossAKill(int first, int count) {
    std::thread race([&] { Race(first, count, true); });
    // No condition: anywhere in it.
    poll(nullptr, 0, static_cast<int>(random_.Below(150)));
    world_->KillServer();
    race.join();
    Restart();
  }

  // A server with other prices answers the old requests as before, and holds new ones to the new prices.
  void ChangePrices(int first) {
    world_->StopServer();
    dear_ = !dear_;
    world_->SetConfig(Config(dear_ ? catalogue_ : ""));
    Restart();
    v1::SubmitRequest fresh = RequestOf(first, false);
    fresh.set_request_id(absl::StrCat("fresh-", first));
    fresh.mutable_generation()->set_prompt(absl::StrCat("a fresh boat ", first));
    grpc::ClientContext context;
    v1::SubmitResponse response;
    const grpc::Status status = stubs_[0]->Submit(&context, fresh, &response);
    if (dear_) {
      EXPECT_EQ(ReadError(status).reason, "MAX_COST_EXCEEDED");
    } else {
      EXPECT_TRUE(status.ok()) << status.error_message();
      ++fresh_;
    }
  }

  // While a submission is on the wire the server waits for its answer, and goes on answering.
  void RaceAcrossADrain(int first, int count) {
    const std::string slow =
        world_->Submit(world_->Request(absl::StrCat("a slow boat ", first, Markers({"hang:3000"})), "runpod"))
            .id();
    ++fresh_;
    world_->Await(slow, absl::Seconds(20),
                  [](const v1::Job& job) { return job.attempts(0).state() == v1::ATTEMPT_STATE_INTENT; });
    world_->TerminateServer();
    v1::SubmitRequest fresh = RequestOf(first, false);
    fresh.set_request_id(absl::StrCat("late-", first));
    EXPECT_TRUE(Eventually(absl::Seconds(2), [&] {
      fresh.set_validate_only(true);
      grpc::ClientContext context;
      v1::SubmitResponse response;
      const grpc::Status status = stubs_[0]->Submit(&context, fresh, &response);
      return !status.ok() && !status.error_details().empty() && ReadError(status).reason == "DRAINING";
    }));
    const int before = AnsweredSum(first, count);
    Race(first, count, true);
    const int during = AnsweredSum(first, count) - before;
    EXPECT_GT(during, 0) << "nobody was answered while the server drained";
    answered_in_drains_ += during;
    EXPECT_EQ(world_->WaitForServer(absl::Seconds(60)), 0);
    Restart();
  }

  int AnsweredSum(int first, int count) {
    std::lock_guard lock(mutex_);
    int sum = 0;
    for (int key = first; key < first + count; ++key) sum += outcomes_[key].answered + outcomes_[key].refused;
    return sum;
  }

  void Judge(int first, int count, Event event) {
    for (int key = first; key < first + count; ++key) {
      const Outcome& outcome = outcomes_[key];
      SCOPED_TRACE(absl::StrCat("seed ", seed_, ", key ", key, ", ", std::string(EventName(event))));
      EXPECT_EQ(outcome.jobs.size(), 1u) << "more than one job for one request id";
      for (const auto& [id, contents] : outcome.jobs)
        EXPECT_EQ(contents.size(), 1u) << "both contents won " << id;
      EXPECT_EQ(outcome.prices.size(), 1u) << "the price of a job changed";
      // A kill may swallow the answer that made it.
      EXPECT_LE(outcome.fresh, 1);
      EXPECT_GE(outcome.fresh, event == Event::kKill ? 0 : 1);
      EXPECT_GE(outcome.answered + outcome.refused, kThreads);
      EXPECT_GT(outcome.refused, 0);
      EXPECT_TRUE(outcome.odd.empty()) << outcome.odd.front();
    }
    outcomes_.clear();
  }

  const std::uint64_t seed_ = TestSeed();
  SeededRandom random_{seed_};
  TempDir folder_;
  const std::string catalogue_ = folder_.File("catalogue.yaml");
  std::optional<World> world_;
  std::vector<std::unique_ptr<v1::VideoGeneration::Stub>> stubs_;
  std::mutex mutex_;
  std::map<int, Outcome> outcomes_;
  Answers answers_;
  bool dear_ = false;
  std::int64_t ceiling_nanos_ = 0;  // of the requests of this round
  int cut_off_ = 0;
  int fresh_ = 0;  // jobs beside the keys'
  int answered_in_drains_ = 0;
};

TEST_F(RequestRaceTest, OneRequestIdIsOneJob) {
  // Dearer by the half.
  std::ofstream(catalogue_) << absl::StrReplaceAll(std::string(DefaultCatalogueText()),
                                                   {{"amount: \"0.10\"", "amount: \"0.15\""}});
  world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = Config("")});
  ASSERT_TRUE(world_->Start());
  Connect();
  const int keys = Scaled(50, 200, 10'000);
  const int at_once = Scaled(10, 10, 50);
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  constexpr Event kEvents[] = {Event::kKill, Event::kPrices, Event::kDrain, Event::kPrices, Event::kNone};
  for (int first = 0; first < keys && !HasFatalFailure(); first += at_once) {
    const Event event = kEvents[static_cast<std::size_t>(first / at_once) % std::size(kEvents)];
    // Between the price now and the other one, where that is higher.
    ceiling_nanos_ = dear_ ? 650'000'000 : 450'000'000;
    if (event == Event::kKill) {
      RaceAcrossAKill(first, at_once);
    } else {
      Race(first, at_once, false);
    }
    if (event == Event::kPrices) ChangePrices(first);
    if (event == Event::kDrain) RaceAcrossADrain(first, at_once);
    Race(first, at_once, false);
    Judge(first, at_once, event);
  }
  const AuditFigures figures = AuditWorld(*world_, seed_, answers_);
  EXPECT_EQ(figures.jobs, keys + fresh_);
  std::cout << keys << " request ids, seed " << seed_ << ", " << kThreads << " threads on " << kConnections
            << " connections, " << cut_off_ << " calls cut off, " << answered_in_drains_
            << " answered during drains; " << ToText(figures) << "; in " << clock.Monotonic() - begun << "\n";
}

}  // namespace
}  // namespace zoetrope::testing
