// What holds for every dialect, whatever it speaks: requests. The answers are in
// adapter_contract_answers_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "server/providers/http_classes.h"
#include "server/providers/provider_url.h"
#include "tests/golden/golden_case.h"

namespace zoetrope {
namespace {

using golden::Call;
using golden::GoldenCase;

const std::string kMarker = "zk_marker7c4a8d09ca3762af61e59520943dc26494f8941b";

std::string Flat(const HttpRequest& request) {
  std::string text = std::to_string(static_cast<int>(request.method)) +
                     std::to_string(static_cast<int>(request.repeat)) + "\n" + request.url + "\n";
  for (const HttpHeader& header : request.headers) {
    text += header.name + (header.secret ? "*: " : ": ") + header.value + "\n";
  }
  return text + request.body;
}

// Golden cases of one dialect that end in a request.
std::vector<GoldenCase> Requests(std::string_view dialect) {
  std::vector<GoldenCase> cases = golden::LoadAll();
  std::erase_if(cases, [dialect](const GoldenCase& c) {
    return c.dialect != dialect || c.call == Call::kCheck || c.error;
  });
  return cases;
}

class AdapterRequestTest : public testing::TestWithParam<std::string> {};

TEST_P(AdapterRequestTest, HasEnoughGoldenCasesOfEachCall) {
  std::set<Call> calls;
  const std::vector<GoldenCase> cases = Requests(GetParam());
  for (const GoldenCase& golden : cases) calls.insert(golden.call);
  EXPECT_GE(cases.size(), 20u);
  EXPECT_TRUE(calls.contains(Call::kSubmit));
  EXPECT_TRUE(calls.contains(Call::kPoll));
  const std::unique_ptr<Adapter> adapter = golden::MakeAdapter(GetParam());
  const bool has_steps = std::any_of(cases.begin(), cases.end(), [&adapter](const GoldenCase& golden) {
    return !adapter->PrepareSteps(golden.submit_input()).empty();
  });
  EXPECT_EQ(calls.contains(Call::kPrepare), has_steps);
  EXPECT_EQ(calls.contains(Call::kCancel), adapter->capabilities().can_cancel);
  EXPECT_EQ(calls.contains(Call::kLookup), adapter->capabilities().can_look_up);
  EXPECT_EQ(calls.contains(Call::kCharge), adapter->capabilities().tells_charge_later);
  EXPECT_EQ(calls.contains(Call::kPrice), adapter->capabilities().quotes_prices);
}

TEST_P(AdapterRequestTest, BuildingIsDeterministic) {
  for (const GoldenCase& golden : Requests(GetParam())) {
    SCOPED_TRACE(golden.file);
    const auto first = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
    const auto second = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(Flat(*first), Flat(*second));
  }
}

TEST_P(AdapterRequestTest, TheSecretIsInOneMarkedHeaderAndNowhereElse) {
  for (const GoldenCase& golden : Requests(GetParam())) {
    SCOPED_TRACE(golden.file);
    const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
    ASSERT_TRUE(request.ok());
    int marked = 0;
    for (const HttpHeader& header : request->headers) {
      const bool holds = header.value.find(kMarker) != std::string::npos;
      EXPECT_EQ(holds, header.secret) << header.name;
      marked += header.secret ? 1 : 0;
    }
    EXPECT_EQ(marked, 1);
    EXPECT_EQ(request->url.find(kMarker), std::string::npos);
    EXPECT_EQ(request->body.find(kMarker), std::string::npos);
  }
}

TEST_P(AdapterRequestTest, SubmissionsAreBillableAndNothingElseIs) {
  for (const GoldenCase& golden : Requests(GetParam())) {
    SCOPED_TRACE(golden.file);
    const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->repeat, golden.call == Call::kSubmit ? Repeat::kBillable : Repeat::kHarmless);
  }
}

TEST_P(AdapterRequestTest, TheAttemptIsOnTheWireWhereItDeduplicates) {
  for (const GoldenCase& golden : Requests(GetParam())) {
    if (golden.call != Call::kSubmit) continue;
    SCOPED_TRACE(golden.file);
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    const auto request = golden.Build(*adapter, Secret(kMarker));
    ASSERT_TRUE(request.ok());
    if (adapter->capabilities().deduplicates_by_id) {
      EXPECT_NE(request->body.find(golden.attempt_id), std::string::npos);
    }
  }
}

TEST_P(AdapterRequestTest, TheMarkerIsWhatTheSubmissionCarries) {
  const std::unique_ptr<Adapter> adapter = golden::MakeAdapter(GetParam());
  const std::optional<std::string_view> prefix = adapter->capabilities().marker_prefix;
  for (const GoldenCase& golden : Requests(GetParam())) {
    if (golden.call != Call::kSubmit) continue;
    SCOPED_TRACE(golden.file);
    const SubmitInput input = golden.submit_input();
    const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
    ASSERT_TRUE(request.ok());
    // A person searches for what the provider keeps, which a callback's address and a form's boundary are
    // not.
    const bool carries = Flat(*request).find(std::string(prefix.value_or("")) +
                                             std::string(input.attempt_id)) != std::string::npos;
    EXPECT_TRUE(carries || !prefix);
  }
}

TEST_P(AdapterRequestTest, TheCallbackIsOnTheWireWhereThereIsAPlaceForIt) {
  for (GoldenCase golden : Requests(GetParam())) {
    if (golden.call != Call::kSubmit || golden.account.synchronous) continue;
    SCOPED_TRACE(golden.file);
    golden.callback_url = "https://gw.example/callbacks/4b1ddf5c";
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    const auto request = golden.Build(*adapter, Secret(kMarker));
    ASSERT_TRUE(request.ok());
    const bool found = (request->url + request->body).find("4b1ddf5c") != std::string::npos;
    EXPECT_EQ(found, adapter->capabilities().can_call_back);
  }
}

// An account's URLs are the only places that its credential may go to, whatever a job brought along.
TEST_P(AdapterRequestTest, CallsStayWithTheAccount) {
  for (GoldenCase golden : Requests(GetParam())) {
    SCOPED_TRACE(golden.file);
    golden.account.base_url = "https://account.example:8443/base";
    for (const char* name : {"sync", "platform"}) golden.account.base_urls[name] = golden.account.base_url;
    golden.job.id = "job-1";
    for (const char* foreign :
         {"https://evil.example/base/x", "https://account.example:8443@evil.example/base/x",
          "https://account.example:8443/basement/x", "https://account.example:8443/base/../x",
          "http://account.example:8443/base/x", "https://account.example/base/x",
          "https://account.example:8443/base/%2e%2e/x", "https://account.example:8443\\@evil.example/base"}) {
      for (const char* name : {"status", "response", "cancel", "get"}) golden.job.urls[name] = foreign;
      const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
      ASSERT_TRUE(request.ok());
      EXPECT_TRUE(IsBeneath(request->url, golden.account.base_url)) << request->url;
      EXPECT_NE(request->url, foreign);
    }
  }
}

TEST_P(AdapterRequestTest, HostileIdsStayInTheirSegment) {
  for (GoldenCase golden : Requests(GetParam())) {
    if (golden.call == Call::kSubmit || golden.call == Call::kPrepare) continue;  // before there is an id
    SCOPED_TRACE(golden.file);
    for (const char* id : {"a/b", "a?b=c", "a#b", "a%2fb", "a\"b", "../../x", "a b", "a\r\nx: y"}) {
      golden.job.id = id;
      golden.job.urls.clear();
      const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
      ASSERT_TRUE(request.ok());
      EXPECT_EQ(request->url.find(id), std::string::npos) << request->url;
      EXPECT_TRUE(
          std::all_of(request->url.begin(), request->url.end(), [](char c) { return c > 0x20 && c < 0x7F; }));
      if (!request->body.empty()) {
        EXPECT_TRUE(nlohmann::json::accept(request->body)) << request->body;
      }
    }
  }
}

// What names the next page came from an answer.
TEST_P(AdapterRequestTest, HostilePagesStayInTheirPlace) {
  for (GoldenCase golden : Requests(GetParam())) {
    if (golden.call != Call::kLookup) continue;
    SCOPED_TRACE(golden.file);
    for (const char* page :
         {"a/b", "a?b=c", "a#b", "&hostile=1", "a%2fb", "a\"b", "../../x", "a b", "a\r\nx: y"}) {
      golden.page = page;
      const auto request = golden.Build(*golden.MakeAdapter(), Secret(kMarker));
      ASSERT_TRUE(request.ok());
      EXPECT_EQ(request->url.find(page), std::string::npos) << request->url;
      EXPECT_TRUE(
          std::all_of(request->url.begin(), request->url.end(), [](char c) { return c > 0x20 && c < 0x7F; }));
      if (!request->body.empty()) {
        EXPECT_TRUE(nlohmann::json::accept(request->body)) << request->body;
      }
    }
  }
}

TEST_P(AdapterRequestTest, CapabilitiesArePlausible) {
  const std::unique_ptr<Adapter> adapter = golden::MakeAdapter(GetParam());
  const Capabilities& c = adapter->capabilities();
  EXPECT_GT(c.poll_floor, absl::ZeroDuration());
  EXPECT_GT(c.first_poll_after, absl::ZeroDuration());
  EXPECT_GT(c.result_kept_for, absl::ZeroDuration());
  EXPECT_GT(c.concurrent_jobs_max.value_or(1), 0);
  EXPECT_EQ(c.deduplicates_for > absl::ZeroDuration(), c.deduplicates_by_id);
}

TEST_P(AdapterRequestTest, WhatItCannotDoIsUnimplemented) {
  const std::unique_ptr<Adapter> adapter = golden::MakeAdapter(GetParam());
  const GoldenCase golden = Requests(GetParam()).front();
  if (!adapter->capabilities().can_cancel) {
    EXPECT_EQ(adapter->BuildCancel(golden.job_input(), Secret(kMarker)).status().code(),
              absl::StatusCode::kUnimplemented);
  }
  if (!adapter->capabilities().can_look_up) {
    const LookupInput input{golden.submit_input(), absl::UnixEpoch(), ""};
    EXPECT_EQ(adapter->BuildLookup(input, Secret(kMarker)).status().code(), absl::StatusCode::kUnimplemented);
  }
}

TEST_P(AdapterRequestTest, AProbeCostsNothingAndGoesWhereThePollsGo) {
  for (const GoldenCase& golden : Requests(GetParam())) {
    if (golden.call != Call::kPoll) continue;
    SCOPED_TRACE(golden.file);
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    const auto probe = adapter->BuildProbe(golden.offering, Secret(kMarker));
    const auto poll = golden.Build(*adapter, Secret(kMarker));
    ASSERT_TRUE(probe.ok() && poll.ok()) << probe.status();
    EXPECT_EQ(probe->repeat, Repeat::kHarmless);
    const auto host = [](const std::string& url) { return url.substr(0, url.find('/', url.find("//") + 2)); };
    EXPECT_EQ(host(probe->url), host(poll->url));
    const auto has = [](const HttpRequest& request, std::string_view id) {
      return request.url.find(id) != std::string::npos || request.body.find(id) != std::string::npos;
    };
    EXPECT_TRUE(has(*probe, NoOnesJob::kId));
    EXPECT_TRUE(golden.job.id.empty() || !has(*probe, golden.job.id)) << "it asks after no one's job";
    for (const HttpHeader& header : probe->headers)
      EXPECT_EQ(header.value.find(kMarker) != std::string::npos, header.secret) << header.name;
    const auto account_trouble = [&](int status) {
      const PollOutcome outcome = adapter->ReadProbe(golden.offering, {status, {}, "{}"});
      const auto* again = std::get_if<TryAgain>(&outcome);
      return again != nullptr && again->account_trouble.has_value();
    };
    EXPECT_TRUE(account_trouble(401));
    EXPECT_TRUE(account_trouble(429));
    EXPECT_FALSE(account_trouble(404));
  }
}

INSTANTIATE_TEST_SUITE_P(All, AdapterRequestTest, testing::ValuesIn(golden::SubjectNames()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace zoetrope
