// A dialect's readers, ZOETROPE_FUZZ_DIALECT. The input is an answer (answer_input.h). What it says is
// checked, and so are the requests that follow from it.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/fuzz/answer_input.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/outcome_check.h"
#include "tests/fuzz/url_parts.h"

namespace zoetrope::fuzz {
namespace {

using golden::AnyOutcome;
using golden::GoldenCase;

// An account of the dialect, with the questions that its answers are read for.
struct Account {
  struct Asked {
    GoldenCase golden;
    std::unique_ptr<Adapter> adapter;
    std::string poll_origin;  // where a poll goes that no answer has a hand in
    std::string cancel_origin;
  };
  std::vector<Asked> asked;
};

const Secret& Key() {
  static const auto* const key = new Secret(std::string(golden::kSecret));
  return *key;
}

std::string OriginOfBuilt(const absl::StatusOr<HttpRequest>& request) {
  return request.ok() ? OriginOf(request->url).value_or("") : "";
}

const Account& TheAccount() {
  static const auto* const account = [] {
    auto* made = new Account;
    for (GoldenCase& golden : Questions(ZOETROPE_FUZZ_DIALECT)) {
      std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
      const ProviderJob plain{"id-1", {}};
      const ProviderTimings timings;
      const JobInput input{plain, golden.offering, golden.attempt_id, "", timings, golden.count};
      std::string poll = OriginOfBuilt(adapter->BuildPoll(input, Key()));
      std::string cancel = OriginOfBuilt(adapter->BuildCancel(input, Key()));
      made->asked.push_back({std::move(golden), std::move(adapter), std::move(poll), std::move(cancel)});
    }
    return made;
  }();
  return *account;
}

// Polls and cancels of `job` can be built, and go to the account.
void CheckLaterCalls(const Account::Asked& asked, const ProviderJob& job, std::string_view stage) {
  // Nor does the engine take such an id; an adapter does not know the key when it reads.
  if (job.id.find(golden::kSecret) != std::string::npos) return;
  const ProviderTimings timings;
  const JobInput input{job,     asked.golden.offering, asked.golden.attempt_id, stage,
                       timings, asked.golden.count};
  const absl::StatusOr<HttpRequest> poll = asked.adapter->BuildPoll(input, Key());
  FUZZ_CHECK(poll.ok());
  FUZZ_CHECK_NONE(ProblemOf(*poll, Repeat::kHarmless, asked.poll_origin));
  if (!asked.adapter->capabilities().can_cancel) return;
  const absl::StatusOr<HttpRequest> cancel = asked.adapter->BuildCancel(input, Key());
  FUZZ_CHECK(cancel.ok());
  FUZZ_CHECK_NONE(ProblemOf(*cancel, Repeat::kHarmless, asked.cancel_origin));
}

// Files that need the credential lie at the account.
void CheckFiles(const Account::Asked& asked, const Succeeded& succeeded) {
  for (const Output& output : succeeded.outputs) {
    if (output.credential_required) FUZZ_CHECK(OriginOf(output.url) == asked.poll_origin);
  }
}

// A submission can be built with what the preparation's answer said.
void CheckSubmission(const Account::Asked& asked, const Prepared& prepared) {
  GoldenCase done = asked.golden;
  for (const std::string& step : asked.adapter->PrepareSteps(done.submit_input()))
    done.preparations[step] = prepared.value;
  const absl::StatusOr<HttpRequest> request = asked.adapter->BuildSubmit(done.submit_input(), Key());
  FUZZ_CHECK(request.ok());
  FUZZ_CHECK_NONE(ProblemOf(*request, Repeat::kBillable, OriginOf(request->url).value_or("none")));
}

void CheckWhatFollows(const Account::Asked& asked, const AnyOutcome& outcome) {
  if (const auto* submit = std::get_if<SubmitOutcome>(&outcome)) {
    if (const auto* accepted = std::get_if<Accepted>(submit)) {
      CheckLaterCalls(asked, accepted->job, "");
      if (const auto* end = std::get_if<Succeeded>(&accepted->result)) CheckFiles(asked, *end);
    }
  } else if (const auto* poll = std::get_if<PollOutcome>(&outcome)) {
    if (const auto* next = std::get_if<NextStage>(poll))
      CheckLaterCalls(asked, asked.golden.job, next->stage);
    if (const auto* end = std::get_if<Succeeded>(poll)) CheckFiles(asked, *end);
  } else if (const auto* lookup = std::get_if<LookupOutcome>(&outcome)) {
    if (const auto* page = std::get_if<LookupPage>(lookup)) {
      for (const ProviderJob& job : page->matches) CheckLaterCalls(asked, job, "");
    }
  } else if (const auto* prepare = std::get_if<PrepareOutcome>(&outcome)) {
    if (const auto* prepared = std::get_if<Prepared>(prepare)) CheckSubmission(asked, *prepared);
  }
}

}  // namespace
}  // namespace zoetrope::fuzz

// libFuzzer calls it before it looks at the clock: reading the golden cases is no part of the first input.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoetrope::fuzz::TheAccount();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope::fuzz;
  const Account& account = TheAccount();
  const AnswerInput answer = ReadAnswer(TextOf(data, size), account.asked.size());
  const Account::Asked& asked = account.asked[answer.question];
  const zoetrope::golden::AnyOutcome outcome = Read(asked.golden, *asked.adapter, answer.response);
  FUZZ_CHECK_NONE(ProblemOf(asked.golden, asked.adapter->capabilities(), answer.response.status, outcome));
  FUZZ_CHECK(Read(asked.golden, *asked.adapter, answer.response) == outcome);
  CheckWhatFollows(asked, outcome);
  if (const auto called = asked.adapter->ReadCallback(answer.response.body))
    CheckLaterCalls(asked, *called, "");
  return 0;
}
