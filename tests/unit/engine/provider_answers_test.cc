#include "server/engine/provider_answers.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace zoetrope {
namespace {

constexpr char kKey[] = "zk_9f86d081884c7d659a2feaa0c55ad015";

// What the adapter makes of any answer is the test's.
class OneAnswer : public Adapter {
 public:
  explicit OneAnswer(ProviderJob job) : job_(std::move(job)) {}

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return absl::OkStatus(); }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return Unrecognized{}; }
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override {
    return Accepted{job_, {}};
  }
  LookupOutcome ReadLookup(const LookupInput&, const HttpResponse&) const override {
    LookupPage page;
    page.matches = {{"another", {}}, job_};
    return page;
  }
  std::optional<ProviderJob> ReadCallback(std::string_view) const override { return job_; }

 private:
  const ProviderJob job_;
  const Capabilities capabilities_{};
};

class ProviderAnswersTest : public ::testing::Test {
 protected:
  // Whether the job is taken by each of the three; all agree.
  bool IsTaken(ProviderJob job) {
    Account account;
    account.secret = Secret(kKey);
    account.adapter = std::make_unique<OneAnswer>(std::move(job));
    const SubmitInput input{generation_, offering_, "attempt", blobs_, preparations_, ""};
    const bool submit = std::holds_alternative<Accepted>(ReadSubmit(account, input, {}));
    const bool lookup =
        std::holds_alternative<LookupPage>(ReadLookup(account, {input, absl::UnixEpoch(), ""}, {}));
    EXPECT_EQ(lookup, submit);
    EXPECT_EQ(ReadCallback(account, "").has_value(), submit);
    return submit;
  }

  const Generation generation_{};
  const Offering offering_{};
  const std::map<std::string, MediaBytes> blobs_{};
  const std::map<std::string, std::string> preparations_{};
};

TEST_F(ProviderAnswersTest, AnIdIsTaken) {
  EXPECT_TRUE(IsTaken({"4f2a-e1", {}}));
  EXPECT_TRUE(IsTaken({"4f2a-e1", {{"status", "https://provider.example/4f2a-e1"}}}));
}

TEST_F(ProviderAnswersTest, TheAccountsKeyIsNone) {
  EXPECT_FALSE(IsTaken({kKey, {}}));
  EXPECT_FALSE(IsTaken({std::string("task_") + kKey + "_1", {}}));
  EXPECT_FALSE(IsTaken({"4f2a-e1", {{"status", std::string("https://provider.example/?key=") + kKey}}}));
}

}  // namespace
}  // namespace zoetrope
