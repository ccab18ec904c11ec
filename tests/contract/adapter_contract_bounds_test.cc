// What holds for every dialect, whatever it speaks: a provider that sends much makes nothing here large.
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "server/base/limits.h"
#include "tests/golden/golden_case.h"

namespace zoetrope {
namespace {

using golden::AnyOutcome;
using golden::GoldenCase;
using nlohmann::json;

constexpr int kCopies = 200;

// Each array has its items `kCopies` times; what names a video names another one in each.
void Multiply(json& value) {
  for (json& child : value) {
    if (child.is_structured()) Multiply(child);
  }
  if (!value.is_array()) return;
  const json items = value;
  for (int i = 1; i < kCopies; ++i) {
    for (json item : items) {
      for (const char* const name : {"videoUUID", "jobId"}) {
        if (item.is_object() && item.contains(name)) item[name] = "copy-" + std::to_string(i);
      }
      value.push_back(std::move(item));
    }
  }
}

const Succeeded* SuccessIn(const AnyOutcome& outcome) {
  if (const auto* poll = std::get_if<PollOutcome>(&outcome)) return std::get_if<Succeeded>(poll);
  const auto* submit = std::get_if<SubmitOutcome>(&outcome);
  const auto* accepted = submit == nullptr ? nullptr : std::get_if<Accepted>(submit);
  return accepted == nullptr ? nullptr : std::get_if<Succeeded>(&accepted->result);
}

class AdapterBoundsTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (GoldenCase& golden : golden::LoadAll()) {
      if (golden.dialect == GetParam() && golden.response) cases_.push_back(std::move(golden));
    }
    ASSERT_FALSE(cases_.empty());
  }

  std::vector<GoldenCase> cases_;
};

TEST_P(AdapterBoundsTest, ABatchHasNoMoreThanItsLimits) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    json body = json::parse(golden.response->body, nullptr, false);
    if (!body.is_structured()) continue;
    Multiply(body);
    HttpResponse response = *golden.response;
    response.body = body.dump();
    const AnyOutcome outcome = Read(golden, *golden.MakeAdapter(), response);
    if (const Succeeded* success = SuccessIn(outcome)) {
      EXPECT_LE(success->outputs.size(), limits::kOutputsPerJob);
      EXPECT_LE(success->failures.size(), limits::kOutputsPerJob);
    }
  }
}

TEST_P(AdapterBoundsTest, UnitsAreNoLongerThanACode) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    HttpResponse response = *golden.response;
    std::erase_if(response.headers, [](const HttpHeader& h) { return h.name == "x-fal-billable-units"; });
    response.headers.push_back({"x-fal-billable-units", std::string(10'000, '9')});
    const AnyOutcome outcome = Read(golden, *golden.MakeAdapter(), response);
    if (const Succeeded* success = SuccessIn(outcome)) {
      EXPECT_LE(success->cost.units.size(), limits::kProviderCodeChars);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AdapterBoundsTest, testing::ValuesIn(golden::SubjectNames()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace zoetrope
