// The audit passes books that are right, and finds each way in which they can be wrong.
#include "tests/support/audit.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "server/api/convert.h"
#include "server/base/strings.h"
#include "server/engine/settlement.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

constexpr std::int64_t kPrice = 400'000'000;

absl::Time At(std::int64_t ms) { return absl::FromUnixMillis(1'800'000'000'000 + ms); }

// A job that was made by one attempt, and everything that anybody knows of it.
struct Case {
  JobBooks books;
  nlohmann::json providers;
  std::vector<v1::Job> told;

  Attempt& attempt(std::size_t revision) { return books.revisions[revision - 1].state.attempts[0]; }
  // After a change of the last revision.
  void Copy() { books.job.state = books.revisions.back().state; }
};

nlohmann::json Creation(const std::string& id, const std::string& marker = "") {
  return {{"provider", "runpod"},
          {"id", id},
          {"marker", marker},
          {"prompt", "a boat"},
          {"at_ms", absl::ToUnixMillis(At(20))},
          {"charged_nanos", "400000000"},
          {"state", "COMPLETED"}};
}

nlohmann::json Post(int status, int creation, std::int64_t ms = 20) {
  return {{"provider", "runpod"}, {"marker", ""},
          {"prompt", "a boat"},   {"at_ms", absl::ToUnixMillis(At(ms))},
          {"status", status},     {"creation", creation}};
}

void AddRevision(Case& good, AttemptPhase attempt, JobPhase phase) {
  JobState state = good.books.job.state;
  ++state.revision;
  state.phase = phase;
  state.attempts[0].phase = attempt;
  if (attempt == AttemptPhase::kIntent) state.attempts[0].intent_time = At(10 * state.revision);
  if (attempt == AttemptPhase::kAcked) state.attempts[0].provider_job.id = "p-1";
  if (attempt == AttemptPhase::kSucceeded) {
    state.complete_time = At(100);
    state.attempts[0].settlement = Settlement::kSettled;
    state.attempts[0].settled = Money::FromNanos(kPrice);
    state.attempts[0].reserved = Money();
  }
  good.books.revisions.push_back({state.revision, state});
  good.books.job.state = state;
}

Case GoodCase() {
  Case good;
  Job job = SimpleJob(1);
  job.spec.generation.prompt = "a boat";
  job.spec.request_id = "r-1";
  job.spec.max_cost = Money::FromNanos(kPrice);
  Attempt& attempt = job.state.attempts[0];
  attempt.id = "a-1";
  attempt.provider = "runpod-main";
  attempt.quoted = attempt.reserved = Money::FromNanos(kPrice);
  good.books.job = job;
  good.books.revisions = {{1, job.state}};
  AddRevision(good, AttemptPhase::kIntent, JobPhase::kQueued);
  AddRevision(good, AttemptPhase::kAcked, JobPhase::kRunning);
  AddRevision(good, AttemptPhase::kSucceeded, JobPhase::kSucceeded);
  const auto row = [](LedgerKind kind) {
    return LedgerRow{"a-1", kind, Money::FromNanos(kPrice), CostSource::kCatalogue, At(0)};
  };
  good.books.ledger = {row(LedgerKind::kReserve), row(LedgerKind::kSettle), row(LedgerKind::kRelease)};
  good.providers = {{"creations", {Creation("p-1")}}, {"attempts", {Post(200, 1)}}};
  for (const JobState& state : {good.books.revisions.front().state, good.books.job.state}) {
    v1::Job told;
    ToProto(Job{job.spec, state}, &told);
    good.told.push_back(told);
  }
  return good;
}

std::vector<std::string> BrokenIn(const Case& books) {
  Audit audit(books.providers);
  for (const v1::Job& job : books.told) audit.Told(job);
  audit.Check(books.books);
  audit.Finish();
  return audit.broken();
}

TEST(AuditTest, PassesWhatIsRight) {
  const std::vector<std::string> broken = BrokenIn(GoodCase());
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n");
}

// The operator has found that the bill says `change` more.
Case Corrected(std::int64_t change) {
  Case books = GoodCase();
  Revision late = books.books.revisions.back();
  late.revision = ++late.state.revision;
  Correct(late.state.attempts[0], Money::FromNanos(kPrice + change), At(200), books.books.ledger);
  books.books.revisions.push_back(late);
  books.Copy();
  return books;
}

TEST(AuditTest, PassesABillThatSaysMoreOrLess) {
  for (const std::int64_t change : {kPrice, -kPrice}) {
    const std::vector<std::string> broken = BrokenIn(Corrected(change));
    EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n");
  }
}

TEST(AuditTest, PassesARefusalForLoadThatWasSentAgain) {
  Case books = GoodCase();
  // Back to planned, and out again under a new intent.
  books = GoodCase();
  std::vector<Revision>& revisions = books.books.revisions;
  Revision planned = revisions[0];
  Revision intent = revisions[1];
  revisions.insert(revisions.begin() + 2, {planned, intent});
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    revisions[i].revision = revisions[i].state.revision = static_cast<std::int64_t>(i) + 1;
  }
  books.Copy();
  books.told.clear();
  books.providers["attempts"] = {Post(429, 0, 20), Post(200, 1, 40)};
  const std::vector<std::string> broken = BrokenIn(books);
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n");

  books.providers["attempts"] = {Post(503, 0, 20), Post(200, 1, 40)};
  ASSERT_FALSE(BrokenIn(books).empty());
  EXPECT_TRUE(absl::StrContains(BrokenIn(books).front(), "I1"));
}

TEST(AuditTest, PassesARepetitionWhileItsProviderRemembersTheId) {
  Case books = GoodCase();
  books.told.clear();
  for (std::size_t i = 1; i <= books.books.revisions.size(); ++i) books.attempt(i).provider = "runware";
  books.Copy();
  const std::string attempt = books.books.job.state.attempts[0].id;
  const auto at_runware = [&attempt](nlohmann::json entry) {
    entry["provider"] = "runware";
    entry["marker"] = attempt;
    return entry;
  };
  books.providers["creations"] = {at_runware(Creation("p-1"))};
  books.providers["attempts"] = {at_runware(Post(0, 1, 20)), at_runware(Post(200, 0, 600'020))};
  const std::vector<std::string> broken = BrokenIn(books);
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n");

  books.providers["attempts"][1] = at_runware(Post(200, 0, 600'021));
  ASSERT_FALSE(BrokenIn(books).empty());
  EXPECT_TRUE(absl::StrContains(BrokenIn(books).front(), "I1"));
}

// What is wrong, and the promise that it breaks.
struct Wrong {
  const char* name;
  const char* promise;
  std::function<void(Case&)> spoil;
};

std::vector<Wrong> WrongBooks() {
  return {
      {"MadeTwice", "I1", [](Case& c) { c.providers["creations"].push_back(Creation("p-2")); }},
      {"SentTwice", "I1", [](Case& c) { c.providers["attempts"].push_back(Post(200, 1, 30)); }},
      {"Lost", "I2",
       [](Case& c) {
         c.told[0].set_id("another");
         c.told[0].set_request_id("r-2");
         c.told.resize(1);
       }},
      {"OtherContents", "I2", [](Case& c) { c.books.job.spec.generation.duration_ms = 12'345; }},
      {"FutureTold", "I2", [](Case& c) { c.told[1].set_revision(9); }},
      {"NoJob", "I3",
       [](Case& c) {
         nlohmann::json other = Creation("p-9");
         other["prompt"] = "a kite";
         c.providers["creations"].push_back(other);
       }},
      {"SentForNoJob", "I3",
       [](Case& c) {
         nlohmann::json other = Post(400, 0);
         other["prompt"] = "a kite";
         c.providers["attempts"].push_back(other);
       }},
      {"MadeBeforeTheIntent", "I3", [](Case& c) { c.attempt(2).intent_time = At(21); }},
      {"MadeWithoutAnIntent", "I3", [](Case& c) { c.attempt(2).phase = AttemptPhase::kPlanned; }},
      {"MoreSentThanMeant", "I3", [](Case& c) { c.providers["attempts"].push_back(Post(429, 0, 10)); }},
      {"NothingSetAside", "I4", [](Case& c) { c.books.ledger.erase(c.books.ledger.begin()); }},
      {"SettledTwice", "I4", [](Case& c) { c.books.ledger.push_back(c.books.ledger[1]); }},
      {"NeverReleased", "I4", [](Case& c) { c.books.ledger.pop_back(); }},
      {"NeverSettled", "I4",
       [](Case& c) {
         c.attempt(4).settlement = Settlement::kReserved;
         c.Copy();
       }},
      {"AnotherCharge", "I4", [](Case& c) { c.books.ledger[1].amount = Money::FromNanos(1); }},
      {"ChargedAndNotBooked", "I4",
       [](Case& c) {
         c.books.ledger[1].amount = Money();
         c.attempt(4).settled = Money();
         c.Copy();
       }},
      {"AboveTheCeiling", "I4", [](Case& c) { c.books.job.spec.max_cost = Money::FromNanos(kPrice - 1); }},
      {"TwoJobsForOneRequest", "I5",
       [](Case& c) {
         c.told.push_back(c.told[0]);
         c.told.back().set_id("another");
       }},
      {"AGap", "I6", [](Case& c) { c.books.revisions.erase(c.books.revisions.begin() + 1); }},
      {"AnotherLastRevision", "I6", [](Case& c) { c.books.job.state.phase = JobPhase::kFailed; }},
      {"ChangedAfterTheEnd", "I7",
       [](Case& c) {
         Revision late = c.books.revisions.back();
         ++late.revision;
         ++late.state.revision;
         late.state.phase = JobPhase::kFailed;
         c.books.revisions.push_back(late);
         c.Copy();
       }},
      {"WentBack", "I7",
       [](Case& c) {
         Revision late = c.books.revisions[1];
         late.revision = late.state.revision = 4;
         c.books.revisions.back() = late;
         c.Copy();
       }},
      {"CorrectedWithoutARow", "I4",
       [](Case& c) {
         c = Corrected(kPrice);
         c.books.ledger.resize(3);
       }},
      {"CorrectedAtTheCallersCost", "I4",
       [](Case& c) {
         c = Corrected(kPrice);
         c.books.ledger.pop_back();
       }},
      {"ChargedAnew", "I7",
       [](Case& c) {
         c = Corrected(kPrice);
         c.books.revisions.back().state.attempts[0].cost_source = CostSource::kProvider;
         c.Copy();
       }},
      {"OtherIdThere", "I7", [](Case& c) { c.attempt(3).provider_job.id = "p-0"; }},
      {"ToldOtherwise", "I7", [](Case& c) { c.told[0].set_state(v1::JOB_STATE_HELD); }},
  };
}

class WrongBooksTest : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongBooksTest, AreFound) {
  Case books = GoodCase();
  GetParam().spoil(books);
  const std::vector<std::string> broken = BrokenIn(books);
  bool found = false;
  for (const std::string& words : broken) found = found || words.starts_with(GetParam().promise);
  EXPECT_TRUE(found) << "found only: " << absl::StrJoin(broken, "\n");
}

INSTANTIATE_TEST_SUITE_P(Audit, WrongBooksTest, ::testing::ValuesIn(WrongBooks()),
                         [](const ::testing::TestParamInfo<Wrong>& test) { return test.param.name; });

TEST(AuditTest, OneJobOfAProviderBelongsToOneAttempt) {
  const Case one = GoodCase();
  Case two = GoodCase();
  two.books.job.spec.id = SimpleJob(2).spec.id;
  two.books.job.spec.request_id = "r-2";
  two.books.job.spec.generation.prompt = "a kite";
  for (Revision& revision : two.books.revisions) revision.state.attempts[0].id = "a-2";
  two.Copy();
  for (LedgerRow& row : two.books.ledger) row.attempt_id = "a-2";
  Audit audit(one.providers);
  audit.Check(one.books);
  EXPECT_TRUE(audit.broken().empty());
  audit.Check(two.books);
  ASSERT_EQ(audit.broken().size(), 1u) << absl::StrJoin(audit.broken(), "\n");
  EXPECT_TRUE(audit.broken()[0].starts_with("I3"));
}

}  // namespace
}  // namespace zoetrope::testing
