// The tables of outcomes and of failover in server/README.md, row by row: each row there has its case here,
// each case its row, and the machine does what the row says.
#include <cctype>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/providers/http_classes.h"
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

// A row without its bars: its cells.
using Row = std::vector<std::string>;

std::string Trimmed(std::string text) {
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// The rows of the first table below `heading`.
std::vector<Row> TableBelow(const std::string& heading) {
  std::ifstream readme(std::string(ZOETROPE_SOURCE_DIR) + "/server/README.md");
  std::vector<Row> rows;
  bool below = false;
  for (std::string line; std::getline(readme, line);) {
    if (line == heading) below = true;
    if (!below || !line.starts_with("|")) {
      if (!rows.empty()) break;
      continue;
    }
    Row row;
    for (std::size_t at = 1; at < line.size();) {
      const std::size_t bar = line.find('|', at);
      row.push_back(Trimmed(line.substr(at, bar - at)));
      at = bar + 1;
    }
    rows.push_back(std::move(row));
  }
  if (rows.size() < 3) return {};
  rows.erase(rows.begin(), rows.begin() + 2);  // the head, and the line below it
  return rows;
}

// Every status that a row names.
std::vector<int> StatusesIn(const std::string& text) {
  std::vector<int> statuses;
  for (std::size_t i = 0; i + 3 <= text.size(); ++i) {
    const auto digit = [&text](std::size_t at) { return std::isdigit(static_cast<unsigned char>(text[at])); };
    if (!digit(i) || !digit(i + 1) || !digit(i + 2)) continue;
    statuses.push_back(std::stoi(text.substr(i, 3)));
    i += 2;
  }
  return statuses;
}

// What the machine is told of a submission that an HTTP answer came back to.
SubmitEnded AnswerOf(const HttpResponse& response) {
  SubmitEnded ended;
  SubmitOutcome outcome = ReadSubmitError(response, ReadBody(response), {});
  std::visit([&ended](auto& what) { ended.outcome = std::move(what); }, outcome);
  ended.http_status = response.status;
  return ended;
}

class OutcomeTableTest : public MachineTest {
 protected:
  // A submission is on the wire, and nobody else could do the job.
  void OnTheWire() {
    Be(AttemptPhase::kIntent, JobPhase::kRunning);
    attempt().intent_time = facts_.now;
    job_.candidates.resize(1);
    facts_.candidates.resize(1);
    fresh_ = job_;
  }
  // The attempt's phase after `ended`, from where OnTheWire left it.
  AttemptPhase After(SubmitEnded ended) {
    job_ = fresh_;
    decision_ = Happen(std::move(ended));
    return attempt().phase;
  }

  LiveJob fresh_;
  Decision decision_;
};

constexpr char kComplete[] = R"({"error":"no"})";

TEST_F(OutcomeTableTest, EachSubmitOutcomeHasItsVerdict) {
  OnTheWire();
  using Case = std::function<void(const Row&)>;
  // By how the row begins.
  const std::map<std::string, Case> cases = {
      {"proven not sent",
       [this](const Row& row) {
         EXPECT_EQ(row[1], "PLANNED");
         EXPECT_EQ(After(Answer(TransportError{Delivery::kNotSent, TransportFault::kConnect, "refused"}, 0)),
                   AttemptPhase::kPlanned);
         EXPECT_EQ(attempt().id, "first") << "the same attempt id";
         EXPECT_TRUE(Wants<AskLane>(decision_));
       }},
      {"2xx with an id",
       [this](const Row& row) {
         EXPECT_EQ(row[1], "ACKED");
         EXPECT_EQ(After(Answer(Accepted{{"theirs", {}}, {}})), AttemptPhase::kAcked);
         EXPECT_TRUE(Wants<Poll>(decision_));
       }},
      {"a complete 400",
       [this](const Row& row) {
         EXPECT_EQ(row[1], "REFUSED");
         EXPECT_EQ(StatusesIn(row[0]), (std::vector<int>{400, 401, 402, 403, 404, 405, 413, 415, 422}));
         for (const int status : StatusesIn(row[0])) {
           EXPECT_EQ(After(AnswerOf({status, {}, kComplete})), AttemptPhase::kRefused) << status;
           EXPECT_EQ(attempt().settled, Money()) << status;
         }
       }},
      {"429",
       [this](const Row& row) {
         EXPECT_EQ(row[1], "PLANNED");
         EXPECT_EQ(After(AnswerOf({429, {}, kComplete})), AttemptPhase::kPlanned);
         EXPECT_EQ(attempt().id, "first");
       }},
      {"5xx",
       [this](const Row& row) {
         EXPECT_EQ(row[1], "UNKNOWN");
         for (int status = 300; status < 600; ++status) {
           if (status >= 400 && status < 500 && status != 408 && status != 409) continue;
           EXPECT_EQ(After(AnswerOf({status, {}, kComplete})), AttemptPhase::kUnknown) << status;
           EXPECT_TRUE(Wants<Resolve>(decision_)) << status;
           EXPECT_FALSE(Wants<Send>(decision_)) << status;
         }
         EXPECT_EQ(After(AnswerOf({400, {{"content-type", "application/json"}}, R"({"err)"})),
                   AttemptPhase::kUnknown)
             << "a body that is cut";
         EXPECT_EQ(After(Answer(Unrecognized{"accepted without a usable id"})), AttemptPhase::kUnknown);
         EXPECT_EQ(
             After(Answer(TransportError{Delivery::kMaybeSent, TransportFault::kTimeout, "no answer"}, 0)),
             AttemptPhase::kUnknown);
       }},
  };
  std::size_t rows = 0;
  for (const Row& row : TableBelow("## Submit outcomes")) {
    SCOPED_TRACE(row[0]);
    ++rows;
    const auto found = std::find_if(cases.begin(), cases.end(),
                                    [&row](const auto& entry) { return row[0].starts_with(entry.first); });
    ASSERT_NE(found, cases.end()) << "a row without a case";
    found->second(row);
  }
  EXPECT_EQ(rows, cases.size()) << "a case without a row";
}

TEST_F(OutcomeTableTest, EachFailoverRowIsKept) {
  const auto ends = [this](JobEvent event, FailoverPolicy policy) {
    job_.failover = policy;
    Happen(std::move(event));
    return job_.state.attempts.size() == 2;
  };
  constexpr FailoverPolicy kPolicies[] = {FailoverPolicy::kNever, FailoverPolicy::kAfterRefused,
                                          FailoverPolicy::kAfterFailed};
  // Whether another attempt follows, by the policy, from a job in this phase after this event.
  const auto follows = [&](AttemptPhase phase, const JobEvent& event) {
    std::vector<bool> followed;
    const LiveJob before = job_;
    for (const FailoverPolicy policy : kPolicies) {
      job_ = before;
      Be(phase, phase == AttemptPhase::kPlanned ? JobPhase::kQueued : JobPhase::kRunning);
      followed.push_back(ends(event, policy));
    }
    job_ = before;
    return followed;
  };
  const std::vector<bool> never = {false, false, false};
  const std::vector<bool> unless_never = {false, true, true};
  const std::vector<bool> after_failed = {false, false, true};
  PollEnded failed{FailedFor(FailureReason::kProviderError), 200, {}, false};
  using Case = std::function<void()>;
  const std::map<std::string, Case> cases = {
      {"content or validation",
       [&] {
         for (const FailureReason reason :
              {FailureReason::kContentRejected, FailureReason::kValidationRejected})
           EXPECT_EQ(follows(AttemptPhase::kIntent, Answer(RefusedFor(reason), 400)), never);
       }},
      {"outcome unknown, held",
       [&] {
         EXPECT_EQ(follows(AttemptPhase::kIntent, Answer(Unrecognized{"?"}, 500)), never);
         EXPECT_EQ(follows(AttemptPhase::kUnknown, Resolved{}), never);
       }},
      {"refused before acceptance",
       [&] {
         EXPECT_EQ(follows(AttemptPhase::kIntent, Answer(RefusedFor(FailureReason::kModelUnavailable), 404)),
                   unless_never);
       }},
      {"not sent, and its account is down",
       [&] {
         EXPECT_EQ(follows(AttemptPhase::kPlanned, AccountDown{}), unless_never);
         facts_.candidates[1].reachable = false;
         EXPECT_EQ(follows(AttemptPhase::kPlanned, AccountDown{}), never);
         facts_.candidates[1].reachable = true;
       }},
      {"failed, and cost nothing", [&] { EXPECT_EQ(follows(AttemptPhase::kAcked, failed), after_failed); }},
      {"failed, and cost something",
       [&] {
         failed.report.amount = kPrice;
         EXPECT_EQ(follows(AttemptPhase::kAcked, failed), never) << "without a ceiling";
         job_.max_cost = kPrice;
         EXPECT_EQ(follows(AttemptPhase::kAcked, failed), never) << "which does not cover both";
         job_.max_cost = Money::FromNanos(2 * kPrice.nanos());
         EXPECT_EQ(follows(AttemptPhase::kAcked, failed), after_failed);
         job_.max_cost.reset();
       }},
  };
  std::size_t rows = 0;
  for (const Row& row : TableBelow("## Failover")) {
    SCOPED_TRACE(row[0]);
    ++rows;
    const auto found = std::find_if(cases.begin(), cases.end(),
                                    [&row](const auto& entry) { return row[0].starts_with(entry.first); });
    ASSERT_NE(found, cases.end()) << "a row without a case";
    found->second();
  }
  EXPECT_EQ(rows, cases.size()) << "a case without a row";
}

}  // namespace
}  // namespace zoetrope::testing
