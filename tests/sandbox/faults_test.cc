#include "tests/sandbox/faults.h"

#include <gtest/gtest.h>

namespace zoetrope::sandbox {
namespace {

TEST(ParseFault, KnowsNamesArgumentsAndCounts) {
  struct Case {
    const char* text;
    const char* name;
    std::vector<std::string> args;
    Call call;
    int times;
  };
  const Case cases[] = {
      {"lost-reply", "lost-reply", {}, Call::kSubmit, 1},
      {"lost-reply:3", "lost-reply", {}, Call::kSubmit, 3},
      {"status:429", "status", {"429"}, Call::kSubmit, 1},
      {"status:429:2", "status", {"429"}, Call::kSubmit, 2},
      {"poll-404:5", "status", {"404"}, Call::kPoll, 5},
      {"poll-status:503:2", "status", {"503"}, Call::kPoll, 2},
      {"poll-lost:2", "lost-reply", {}, Call::kPoll, 2},
      {"poll-truncated", "truncated", {}, Call::kPoll, 1},
      {"result-500", "status", {"500"}, Call::kResult, 1},
      {"cancel-reset", "reset", {}, Call::kCancel, 1},
      {"media-404", "status", {"404"}, Call::kMedia, kForever},
      {"media-wrong-type", "wrong-type", {}, Call::kMedia, kForever},
      {"unknown-status:WARM", "unknown-status", {"WARM"}, Call::kJob, 3},
      {"unknown-status:WARM:7", "unknown-status", {"WARM"}, Call::kJob, 7},
      {"fail:content", "fail", {"content"}, Call::kJob, kForever},
      {"cancel-too-late", "cancel-too-late", {}, Call::kJob, kForever},
      {"missing-cost", "missing-cost", {}, Call::kAny, kForever},
  };
  for (const Case& c : cases) {
    const std::optional<Fault> fault = ParseFault(c.text);
    ASSERT_TRUE(fault) << c.text;
    EXPECT_EQ(fault->name, c.name) << c.text;
    EXPECT_EQ(fault->args, c.args) << c.text;
    EXPECT_EQ(fault->call, c.call) << c.text;
    EXPECT_EQ(fault->times, c.times) << c.text;
  }
}

TEST(ParseFault, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "nonsense", "poll-nonsense", "lost-reply:x", "status:429:2:3", "mars/fail"}) {
    EXPECT_FALSE(ParseFault(text)) << text;
  }
}

TEST(ParseMarkers, FindsAllThatConcernTheProvider) {
  const std::string prompt =
      "a [[fault:lost-reply]] b [[fault:fal/fail:content]] c [[fault:nope]] d [[fault:reset";
  const std::vector<Fault> at_fal = ParseMarkers(prompt, Provider::kFal);
  ASSERT_EQ(at_fal.size(), 2u);
  EXPECT_EQ(at_fal[1].name, "fail");
  EXPECT_EQ(ParseMarkers(prompt, Provider::kRunpod).size(), 1u);
}

TEST(FaultBook, MarkersAreConsumedPerPrompt) {
  FaultBook book(1, 0);
  const auto strikes = [&](const std::string& prompt) {
    return book.StrikeSubmit(Provider::kRunpod, prompt, ParseMarkers(prompt, Provider::kRunpod)).size();
  };
  EXPECT_EQ(strikes("one [[fault:status:429:2]]"), 1u);
  EXPECT_EQ(strikes("two [[fault:status:429:2]]"), 1u);
  EXPECT_EQ(strikes("one [[fault:status:429:2]]"), 1u);
  EXPECT_EQ(strikes("one [[fault:status:429:2]]"), 0u);
  EXPECT_EQ(strikes("two [[fault:status:429:2]]"), 1u);
}

TEST(FaultBook, RulesCountTheirCalls) {
  FaultBook book(1, 0);
  ASSERT_EQ(book.LoadScript(Json::parse(R"([
    {"provider":"fal","call":"submit","nth":2,"fault":"lost-reply"},
    {"provider":"*","call":"poll","every":3,"times":2,"fault":"status","arg":"500"}])")),
            "");
  std::string submits;
  for (int i = 0; i < 4; ++i)
    submits += book.StrikeCall(Provider::kFal, Call::kSubmit, "").empty() ? '.' : 'x';
  EXPECT_EQ(submits, ".x..");
  EXPECT_TRUE(book.StrikeCall(Provider::kRunpod, Call::kSubmit, "").empty());
  std::string polls;
  for (int i = 0; i < 10; ++i)
    polls += book.StrikeCall(Provider::kRunpod, Call::kPoll, "").empty() ? '.' : 'x';
  EXPECT_EQ(polls, "..x..x....");
}

TEST(FaultBook, RuleMayAimAtAPrompt) {
  FaultBook book(1, 0);
  ASSERT_EQ(
      book.LoadScript(Json::parse(R"([{"always":true,"prompt_contains":"boat","fault":"lost-reply"}])")), "");
  EXPECT_TRUE(book.StrikeCall(Provider::kFal, Call::kSubmit, "a car").empty());
  EXPECT_EQ(book.StrikeCall(Provider::kFal, Call::kSubmit, "a boat").size(), 1u);
}

TEST(FaultBook, BadScriptIsRefusedWhole) {
  FaultBook book(1, 0);
  ASSERT_EQ(book.LoadScript(Json::parse(R"([{"fault":"reset"}])")), "");
  for (const char* bad :
       {R"({"fault":"reset"})", R"([{"fault":"nope"}])", R"([{"provider":"mars","fault":"reset"}])",
        R"([{"call":"walk","fault":"reset"}])", R"([{"fault":"reset","nht":1}])", "[1]"}) {
    EXPECT_NE(book.LoadScript(Json::parse(bad)), "") << bad;
  }
  EXPECT_EQ(book.script().size(), 1u);
}

TEST(FaultBook, ChanceFollowsTheSeed) {
  const auto draw = [](std::uint64_t seed) {
    FaultBook book(seed, 0.3);
    std::string drawn;
    for (int i = 0; i < 200; ++i) {
      for (const Fault& fault : book.StrikeCall(Provider::kFal, Call::kSubmit, "")) drawn += fault.name + " ";
    }
    return drawn;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
  EXPECT_FALSE(draw(7).empty());
}

}  // namespace
}  // namespace zoetrope::sandbox
