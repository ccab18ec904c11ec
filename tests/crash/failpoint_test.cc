// A process that ends, an error, or a delay at each named place around each step of a job's life, at one
// provider of each kind, with the real parts and the simulator's ledger as the judge.
//
// One case is one job: the place is armed, the job is submitted until it is accepted, the server is started
// again where it has ended, and the job must come to a good end; held is good only where a submission was
// really in doubt. At last the books of all cases are audited.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <initializer_list>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "server/base/real_clock.h"
#include "tests/crash/failpoints.h"
#include "tests/support/callback_front.h"
#include "tests/support/png_picture.h"
#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
// Longer than a poll's interval and a commit, shorter than the guard against late sends.
constexpr absl::Duration kDelay = absl::Milliseconds(300);

// What a job of a case goes through.
enum class Story {
  kPlain,       // submitted, polled, done
  kPicture,     // with a picture by value
  kThrottled,   // refused for load once
  kRefused,     // refused by one account, done by another
  kDoubt,       // the reply to its submission is lost
  kDecided,     // the same, and an operator says what became of it
  kCalledBack,  // the same, and the provider does
  kGivenUp,     // the same, and the operator finds nothing out
  kExpired,     // the same, and nobody says anything for as long as the server waits
  kWrittenOff,  // the same, and its caller does not want it held
  kRetried,     // the same, and its caller accepts that it is paid for twice
  kDenied,      // its submission is lost, and an operator says so
  kCancelled,   // its caller wants the end while it runs
  kRestart,     // the server ends while it runs, and takes it over
};

// Kinds of providers, by what they can do.
enum Kind { kAny, kCancels, kCannotCancel, kUploads, kForgets, kTwoAccounts, kLists, kRepeats, kHasBooks };

struct Place {
  std::string name;
  Story story = Story::kPlain;
  Kind where = kAny;
  // From the intent on, until the acknowledgement is durable, a crash leaves a question.
  bool doubt_by_abort = false;
  bool doubt_by_error = false;
  bool delays = true;
};

// `NAME.before` and `NAME.after`.
void AddPair(std::vector<Place>& places, const Place& place) {
  for (const char* side : {".before", ".after"}) {
    places.push_back(place);
    places.back().name += side;
  }
}

std::vector<Place> Places() {
  std::vector<Place> places;
  AddPair(places, {"create"});
  AddPair(places, {"permit"});
  places.push_back({"intent.before"});
  places.push_back({.name = "intent.after", .doubt_by_abort = true});
  places.push_back({.name = "send.before", .doubt_by_abort = true});
  places.push_back({.name = "send.after", .doubt_by_abort = true, .doubt_by_error = true, .delays = false});
  places.push_back({.name = "answer", .doubt_by_abort = true, .doubt_by_error = true});
  places.push_back({.name = "ack.before", .doubt_by_abort = true});
  places.push_back({"ack.after"});
  AddPair(places, {"poll"});
  AddPair(places, {"wake"});
  AddPair(places, {"end"});
  // What is not written of a refusal is not known after a crash.
  places.push_back({.name = "replan.before", .story = Story::kThrottled, .doubt_by_abort = true});
  places.push_back({"replan.after", Story::kThrottled});
  places.push_back({.name = "next-attempt.before",
                    .story = Story::kRefused,
                    .where = kTwoAccounts,
                    .doubt_by_abort = true});
  places.push_back({"next-attempt.after", Story::kRefused, kTwoAccounts});
  AddPair(places, {"request", Story::kPicture});
  AddPair(places, {"blob", Story::kPicture});
  AddPair(places, {"blob-read", Story::kPicture});
  AddPair(places, {"upload", Story::kPicture, kUploads});
  AddPair(places, {"evidence-read", Story::kPicture, kUploads});
  AddPair(places, {"evidence", Story::kPicture, kUploads});
  AddPair(places, {"unknown", Story::kDoubt, kAny, true, true});
  AddPair(places, {"evidence-read", Story::kDoubt, kAny, true, true});
  AddPair(places, {"look", Story::kDoubt, kLists, true, true});
  AddPair(places, {"holder", Story::kDoubt, kLists, true, true});
  AddPair(places, {"repeat", Story::kDoubt, kRepeats, true, true});
  AddPair(places, {"hold", Story::kDoubt, kForgets, true, true});
  for (const Story told : {Story::kDecided, Story::kCalledBack}) {
    for (const char* name : {"holder", "decision", "adopt"}) AddPair(places, {name, told, kForgets});
  }
  for (const char* name : {"evidence-read", "evidence"})
    AddPair(places, {name, Story::kCalledBack, kForgets});
  for (const Story told : {Story::kGivenUp, Story::kDenied}) {
    for (const char* name : {"decision", "end"}) AddPair(places, {name, told, kForgets});
  }
  for (const char* name : {"held-list", "held-evidence", "end"}) {
    AddPair(places, {name, Story::kExpired, kForgets});
  }
  AddPair(places, {"unknown", Story::kWrittenOff, kForgets});
  AddPair(places, {"end", Story::kWrittenOff, kForgets});
  AddPair(places, {"unknown", Story::kRetried, kForgets});
  AddPair(places, {"next-attempt", Story::kRetried, kForgets});
  AddPair(places, {"charge", Story::kPlain, kHasBooks});
  AddPair(places, {"command", Story::kCancelled});
  AddPair(places, {"wish", Story::kCancelled, kCancels});
  AddPair(places, {"cancel", Story::kCancelled, kCancels});
  AddPair(places, {"settle", Story::kCancelled, kCannotCancel});
  AddPair(places, {"recovery-page", Story::kRestart});
  AddPair(places, {"written-off", Story::kRestart});
  return places;
}

// One of each kind: nothing but polls and a cancellation; addresses of its own for each job; our id; uploads.
constexpr const char* kClasses[] = {"runpod", "fal", "runware", "wavespeed"};

bool Has(const std::string& provider, Kind kind) {
  switch (kind) {
    case kAny:
      return true;
    case kCancels:
      return provider == "runpod" || provider == "fal";
    case kCannotCancel:
      return provider == "runware" || provider == "wavespeed";
    case kUploads:
    case kHasBooks:
      return provider == "wavespeed";
    case kLists:
      return provider == "fal" || provider == "wavespeed";
    case kRepeats:
      return provider == "runware";
    case kForgets:
      return provider == "runpod";
    case kTwoAccounts:  // where a 404 to a submission is about the model
      return provider != "runware";
  }
  return false;
}

struct Case {
  Place place;
  FailAction action = FailAction::kAbort;
};

class FailpointTest : public ::testing::TestWithParam<std::string> {
 protected:
  // `expires`: the server waits a second for somebody to say what became of a submission, and all stories are
  // of that; without it, it waits longer than any test.
  explicit FailpointTest(bool expires = false) : expires_(expires) {
    std::vector<TestAccount> accounts;
    for (const char* suffix : {"", "-b"}) {
      accounts.push_back(
          {.name = GetParam() + suffix, .poll = "{first_after: 30ms, interval_max: 60ms, lost_after: 2s}"});
    }
    world_.emplace(WorldOptions{
        .bin_dir = ZOETROPE_BIN_DIR,
        .server = "zoetroped-failpoints",
        .queue_ms = 10,
        .run_ms = 60,
        .config = absl::StrCat(front_.Config(), expires ? "unknown_outcomes: {hold_for: 1s}\n" : "",
                               ConfigWith(accounts)),
        .server_flags = {"--failpoint", failpoint_, "--callback-port-file", front_.port_file()}});
  }

  std::vector<Place> OwnPlaces() const {
    std::vector<Place> places = Places();
    std::erase_if(places, [this](const Place& place) {
      return !Has(GetParam(), place.where) || (place.story == Story::kExpired) != expires_;
    });
    return places;
  }

  std::vector<Case> Cases() {
    const std::vector<FailAction> actions = Scaled<std::vector<FailAction>>(
        {FailAction::kAbort}, {FailAction::kAbort, FailAction::kError, FailAction::kDelay},
        {FailAction::kAbort, FailAction::kError, FailAction::kDelay});
    std::vector<Case> cases;
    for (const Place& place : OwnPlaces()) {
      for (const FailAction action : actions) {
        if (action != FailAction::kDelay || place.delays) cases.push_back({place, action});
      }
    }
    // In another order with each seed: what one case leaves behind must not matter to the next.
    for (std::size_t i = cases.size(); i > 1; --i) std::swap(cases[i - 1], cases[random_.Below(i)]);
    return cases;
  }

  static std::string PromptOf(int number) { return absl::StrCat("boat ", number, "."); }

  v1::SubmitRequest RequestOf(const Case& now, int number) {
    std::vector<std::string> faults;
    if (now.place.story == Story::kThrottled) faults = {"status:429:1", "retry-after:0"};
    if (now.place.story == Story::kRefused) faults = {"status:404:1"};
    if (IsOneOf(now, {Story::kDoubt, Story::kDecided, Story::kGivenUp, Story::kExpired, Story::kWrittenOff,
                      Story::kRetried})) {
      faults = {"lost-reply"};
    }
    if (now.place.story == Story::kDenied) faults = {"lost-request"};
    // Late enough that nobody waits for the answer any more.
    if (now.place.story == Story::kCalledBack) faults = {"lost-reply", "run-ms:1500"};
    if (now.place.story == Story::kCancelled) faults = {"run-ms:600"};
    if (now.place.story == Story::kRestart) faults = {"run-ms:400"};
    // So that the process ends while the submission is on its way.
    if (now.place.name == "send.after") faults = {"hang:100"};
    if (now.place.story != Story::kCalledBack) faults.push_back("webhook-never");
    v1::SubmitRequest request =
        world_->Request(absl::StrCat(PromptOf(number), " at ", now.place.name, Markers(faults)), GetParam());
    request.set_request_id(absl::StrCat("case-", number));
    if (now.place.story == Story::kPicture) {
      request.mutable_generation()->mutable_first_frame()->set_data(picture_);
    }
    if (now.place.story == Story::kWrittenOff)
      request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_ABANDON);
    if (now.place.story == Story::kRetried) {
      request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
    }
    if (now.place.story == Story::kRefused) {
      request.mutable_routing()->clear_provider();
      for (const char* suffix : {"", "-b"})
        request.mutable_routing()->add_allowed_providers(GetParam() + suffix);
    }
    return request;
  }

  void RunCase(const Case& now, int number) {
    SCOPED_TRACE(absl::StrCat("seed ", seed_, ": ", GetParam(), " ", now.place.name, " ",
                              std::string(FailActionName(now.action))));
    const bool at_start = now.place.story == Story::kRestart;
    // What concerns the taking over is armed for the next server.
    if (!at_start) Arm(failpoint_, now.place.name, now.action, kDelay);
    const v1::SubmitRequest request = RequestOf(now, number);
    const v1::Job job = SubmitUntilAccepted(request);
    if (::testing::Test::HasFatalFailure()) return;
    if (now.place.story == Story::kCancelled) CancelWhenTaken(job.id());
    if (IsDecided(now)) DecideWhenHeld(now, job.id(), number);
    if (at_start) StartInto(now, job.id());
    const v1::Job end = AwaitEnd(job.id(), HasWord(now) ? v1::JOB_STATE_HELD : v1::JOB_STATE_UNSPECIFIED);
    EXPECT_TRUE(WasReached(failpoint_)) << "never came to the place: " << end.ShortDebugString();
    CheckEnd(now, end);
    answers_.Add(end);
  }

  // Where the server has ended, it is started again.
  bool Revive() {
    const std::optional<int> code = world_->WaitForServer(absl::ZeroDuration());
    if (!code) return false;
    ++ends_;
    EXPECT_EQ(*code, 128 + SIGKILL);
    EXPECT_TRUE(world_->StartServer());
    return true;
  }

  v1::Job SubmitUntilAccepted(const v1::SubmitRequest& request) {
    v1::Job job;
    const bool accepted = Eventually(kPatience, [&] {
      const auto response = world_->client().Submit(request);
      if (response.ok()) job = response->job();
      if (!response.ok()) Revive();
      return response.ok();
    });
    EXPECT_TRUE(accepted) << "never accepted";
    answers_.Add(job);
    return job;
  }

  // Until nothing happens to it any more, not even to its money: another case's place would come with that.
  static bool IsOver(const v1::Job& job) {
    if (job.attempts_size() == 0 || !IsAtRest(job)) return false;
    return job.cost().settlement() == v1::SETTLEMENT_STATE_SETTLED ||
           job.attempts(job.attempts_size() - 1).state() == v1::ATTEMPT_STATE_HELD;
  }

  static bool IsOneOf(const Case& now, std::initializer_list<Story> stories) {
    return std::find(stories.begin(), stories.end(), now.place.story) != stories.end();
  }
  static bool IsDecided(const Case& now) {
    return IsOneOf(now, {Story::kDecided, Story::kGivenUp, Story::kDenied});
  }
  // Whether the job is not held for good, because somebody says what became of the submission or time does.
  static bool HasWord(const Case& now) {
    return IsDecided(now) || IsOneOf(now, {Story::kCalledBack, Story::kExpired});
  }

  // `passing`: a state that does not last.
  v1::Job AwaitEnd(const std::string& id, v1::JobState passing) {
    v1::Job job;
    const bool came = Eventually(absl::Minutes(2), [&] {
      // Before the job is read: what is read then is from after the place.
      const bool reached = WasReached(failpoint_);
      if (Revive()) return false;
      const absl::StatusOr<v1::Job> read = world_->client().Get(id);
      if (read.ok()) job = *read;
      return reached && read.ok() && IsOver(job) && job.state() != passing;
    });
    EXPECT_TRUE(came) << job.ShortDebugString();
    return job;
  }

  void CancelWhenTaken(const std::string& id) {
    const bool told = Eventually(kPatience, [&] {
      const absl::StatusOr<v1::Job> job = world_->client().Get(id);
      if (job.ok() && !client::IsTerminal(job->state()) &&
          job->attempts(0).state() != v1::ATTEMPT_STATE_ACKED) {
        return false;
      }
      const bool known = job.ok() && world_->client().Cancel(id).ok();
      if (!known) Revive();
      return known;
    });
    EXPECT_TRUE(told) << "the wish to cancel is never answered";
  }

  // As the operator who has looked for the job at the provider, and asks until the decision stands.
  void DecideWhenHeld(const Case& now, const std::string& id, int number) {
    const bool decided = Eventually(kPatience, [&] {
      const absl::StatusOr<v1::Job> job = world_->client().Get(id);
      if (!job.ok()) Revive();
      if (!job.ok() || job->attempts_size() == 0) return false;
      if (job->attempts(0).has_resolution()) return true;
      if (job->state() != v1::JOB_STATE_HELD) return false;
      const nlohmann::json made = world_->Ledger(PromptOf(number))["creations"];
      if (made.size() != (now.place.story == Story::kDenied ? 0u : 1u)) return false;
      admin::v1::ResolveAttemptRequest request;
      request.set_job_id(id);
      request.set_attempt_id(job->attempts(0).id());
      request.set_note("looked at the provider's list");
      if (now.place.story == Story::kDenied) request.mutable_not_created();
      if (now.place.story == Story::kGivenUp) request.mutable_abandon();
      if (now.place.story == Story::kDecided)
        request.mutable_adopt()->set_provider_job_id(made[0]["id"].get<std::string>());
      client::AdminClient operators(client::MakeChannel(world_->admin_address()));
      if (!operators.Resolve(request).ok()) Revive();
      return false;
    });
    EXPECT_TRUE(decided) << "the decision is never made";
  }

  // The server ends while the job runs, and the next one reaches the place before it takes any job.
  void StartInto(const Case& now, const std::string& id) {
    world_->Await(id, kPatience, [](const v1::Job& job) {
      if (job.attempts_size() == 0) return false;
      return job.attempts(0).state() == v1::ATTEMPT_STATE_ACKED || IsAtRest(job);
    });
    world_->KillServer();
    Arm(failpoint_, now.place.name, now.action, kDelay);
    if (now.action == FailAction::kDelay) {
      ASSERT_TRUE(world_->StartServer());
      return;
    }
    world_->LaunchServer();
    // A server that cannot read what it has to take over ends, and says so.
    EXPECT_EQ(world_->WaitForServer(kPatience), now.action == FailAction::kAbort ? 128 + SIGKILL : 1);
    ++ends_;
    ASSERT_TRUE(world_->StartServer());
  }

  void CheckEnd(const Case& now, const v1::Job& job) {
    const bool doubt = (now.action == FailAction::kAbort && now.place.doubt_by_abort) ||
                       (now.action == FailAction::kError && now.place.doubt_by_error) ||
                       now.place.story == Story::kDoubt;
    ++(job.state() == v1::JOB_STATE_HELD ? held_ : ended_);
    if (now.place.story == Story::kCancelled) {
      EXPECT_TRUE(client::IsTerminal(job.state())) << job.ShortDebugString();
      EXPECT_NE(job.state(), v1::JOB_STATE_FAILED) << job.ShortDebugString();
    } else if (IsOneOf(now, {Story::kGivenUp, Story::kExpired, Story::kWrittenOff, Story::kDenied})) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED) << job.ShortDebugString();
      EXPECT_EQ(job.attempts_size(), 1) << job.ShortDebugString();
      const v1::Money& settled = job.cost().settled();
      EXPECT_EQ(settled.units() == 0 && settled.nanos() == 0, now.place.story == Story::kDenied)
          << job.ShortDebugString();
    } else if (now.place.story == Story::kRetried) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
      EXPECT_EQ(job.attempts_size(), 2) << job.ShortDebugString();
    } else if (job.state() == v1::JOB_STATE_HELD && !HasWord(now)) {
      EXPECT_TRUE(doubt) << "held without a doubt: " << job.ShortDebugString();
    } else {
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
    }
  }

  // Every place of every story, as often as the scale wants it, and the books of it all.
  void RunAll();

  const bool expires_;
  const std::uint64_t seed_ = TestSeed();
  SeededRandom random_{seed_};
  TempDir folder_;
  const std::string failpoint_ = folder_.File("failpoint");
  const std::string picture_ = WhitePicture();
  CallbackFront front_{folder_.File("callback.port")};
  std::optional<World> world_;
  Answers answers_;
  int ends_ = 0;
  int held_ = 0;
  int ended_ = 0;
};

void FailpointTest::RunAll() {
  ASSERT_TRUE(world_->Start());
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  const int rounds = Scaled(1, 1, 5);
  int number = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const Case& now : Cases()) {
      RunCase(now, ++number);
      if (HasFatalFailure()) return;
    }
  }
  const AuditFigures figures = AuditWorld(*world_, seed_, answers_);
  EXPECT_EQ(figures.jobs, number);
  std::cout << GetParam() << ": places";
  for (const Place& place : OwnPlaces()) std::cout << " " << place.name;
  std::cout << "\n"
            << GetParam() << ": " << number << " cases, seed " << seed_ << " (" << rounds << " orders), "
            << ends_ << " processes ended, " << ended_ << " jobs ended, " << held_ << " held; "
            << ToText(figures) << "; a case took " << (clock.Monotonic() - begun) / std::max(number, 1)
            << "\n";
}

TEST_P(FailpointTest, EveryPlaceIsSurvived) { RunAll(); }

class ExpiryFailpointTest : public FailpointTest {
 protected:
  ExpiryFailpointTest() : FailpointTest(/*expires=*/true) {}
};

TEST_P(ExpiryFailpointTest, EveryPlaceIsSurvived) { RunAll(); }

INSTANTIATE_TEST_SUITE_P(Classes, FailpointTest,
                         ::testing::ValuesIn(std::vector<std::string>(std::begin(kClasses),
                                                                      std::end(kClasses))),
                         [](const ::testing::TestParamInfo<std::string>& test) { return test.param; });

// Of providers that nobody can ask what became of a submission.
INSTANTIATE_TEST_SUITE_P(Classes, ExpiryFailpointTest, ::testing::Values("runpod"),
                         [](const ::testing::TestParamInfo<std::string>& test) { return test.param; });

}  // namespace
}  // namespace zoetrope::testing
