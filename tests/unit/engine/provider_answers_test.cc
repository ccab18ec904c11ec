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
struct Told {
  ProviderJob job{};
  PrepareOutcome prepared{};
  PollOutcome poll{};
};

class OneAnswer : public Adapter {
 public:
  explicit OneAnswer(Told told) : told_(std::move(told)) {}

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return absl::OkStatus(); }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  PrepareOutcome ReadPrepare(std::string_view, const HttpResponse&) const override { return told_.prepared; }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return told_.poll; }
  // A synchronous answer brings the end as well.
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override {
    Accepted accepted{told_.job, {}};
    if (const auto* done = std::get_if<Succeeded>(&told_.poll)) accepted.result = *done;
    return accepted;
  }
  LookupOutcome ReadLookup(const LookupInput&, const HttpResponse&) const override {
    LookupPage page;
    page.matches = {{"another", {}}, told_.job};
    return page;
  }
  std::optional<ProviderJob> ReadCallback(std::string_view) const override { return told_.job; }

 private:
  const Told told_;
  const Capabilities capabilities_{};
};

class ProviderAnswersTest : public ::testing::Test {
 protected:
  static Account AccountThat(Told told, const char* key = kKey) {
    Account account;
    account.secret = Secret(key);
    account.adapter = std::make_unique<OneAnswer>(std::move(told));
    return account;
  }
  SubmitOutcome Submitted(Told told) { return ReadSubmit(AccountThat(std::move(told)), submit_, {}); }
  static PollOutcome Polled(PollOutcome told, const char* key = kKey) {
    static const ProviderJob job;
    static const Offering offering;
    static const ProviderTimings timings;
    return ReadPoll(AccountThat({.poll = std::move(told)}, key),
                    {job, offering, "attempt", "", timings, 1, 0}, {});
  }
  // Whether the job is taken by each of the three; all agree.
  bool IsTaken(ProviderJob job) {
    const Account account = AccountThat({.job = std::move(job)});
    const bool submit = std::holds_alternative<Accepted>(ReadSubmit(account, submit_, {}));
    const bool lookup =
        std::holds_alternative<LookupPage>(ReadLookup(account, {submit_, absl::UnixEpoch(), ""}, {}));
    EXPECT_EQ(lookup, submit);
    EXPECT_EQ(ReadCallback(account, "").has_value(), submit);
    return submit;
  }

  const Generation generation_{};
  const Offering offering_{};
  const std::map<std::string, MediaBytes> blobs_{};
  const std::map<std::string, std::string> preparations_{};
  const SubmitInput submit_{generation_, offering_, "attempt", blobs_, preparations_, ""};
};

std::string With(const std::string& before, const std::string& key, const std::string& after) {
  return before + key + after;
}

// A result with the text in each place that goes on.
Succeeded ResultWith(const std::string& key) {
  Output output;
  output.url = With("https://video.example/x.mp4?key=", key, "&v=1");
  output.content_type = With("video/", key, "");
  output.thumbnail = Media{With("https://video.example/", key, ".png"), With("", key, "")};
  output.spritesheet = Media{With("https://video.example/", key, ".jpg"), With("", key, "")};
  output.provider_video_id = With("video_", key, "");
  Failure failure;
  failure.message = With("not with ", key, ".");
  failure.provider_code = With("", key, "_rejected");
  return {{output},
          {failure},
          {std::nullopt, With("", key, "")},
          {std::nullopt, std::nullopt, With("", key, "")}};
}

TEST_F(ProviderAnswersTest, AnIdIsTaken) {
  EXPECT_TRUE(IsTaken({"4f2a-e1", {}}));
  EXPECT_TRUE(IsTaken({"4f2a-e1", {{"status", "https://provider.example/4f2a-e1"}}}));
}

TEST_F(ProviderAnswersTest, TheAccountsKeyIsNone) {
  EXPECT_FALSE(IsTaken({kKey, {}}));
  EXPECT_FALSE(IsTaken({std::string("task_") + kKey + "_1", {}}));
  EXPECT_FALSE(IsTaken({"4f2a-e1", {{"status", std::string("https://provider.example/?key=") + kKey}}}));
}

TEST_F(ProviderAnswersTest, WhatIsPreparedWithItIsNone) {
  const Account good = AccountThat({.prepared = Prepared{"https://media.example/1.png"}});
  EXPECT_TRUE(std::holds_alternative<Prepared>(ReadPrepare(good, "upload", {})));
  const Account bad = AccountThat({.prepared = Prepared{std::string("https://media.example/?key=") + kKey}});
  EXPECT_TRUE(std::holds_alternative<Unrecognized>(ReadPrepare(bad, "upload", {})));
}

TEST_F(ProviderAnswersTest, AResultIsOneWithoutIt) {
  EXPECT_EQ(Polled(ResultWith(kKey)), PollOutcome(ResultWith("removed")));
  const SubmitOutcome at_once = Submitted({.job = {"4f2a-e1", {}}, .poll = ResultWith(kKey)});
  EXPECT_EQ(at_once, SubmitOutcome(Accepted{{"4f2a-e1", {}}, ResultWith("removed")}));
}

TEST_F(ProviderAnswersTest, WhatItSaysMeanwhileIsWithoutIt) {
  const auto pending = [](const std::string& key) {
    Pending told;
    told.logs = {{With("", key, ""), With("", key, ""), With("Authorization: ", key, "")}};
    told.timings.worker_id = With("worker-", key, "");
    return told;
  };
  EXPECT_EQ(Polled(pending(kKey)), PollOutcome(pending("removed")));
  EXPECT_EQ(Polled(NextStage{"result", {}, pending(kKey).logs}),
            PollOutcome(NextStage{"result", {}, pending("removed").logs}));
}

TEST_F(ProviderAnswersTest, AFailureIsOneWithoutIt) {
  const auto text = [](const std::string& key) { return With("key ", key, " is refused"); };
  const Failure said{FailureReason::kProviderError, text(kKey), "", text(kKey)};
  const Failure kept{FailureReason::kProviderError, text("removed"), "", text("removed")};
  EXPECT_EQ(Polled(Failed{said, {}, {}}), PollOutcome(Failed{kept, {}, {}}));
  EXPECT_EQ(Polled(CancelledThere{{std::nullopt, text(kKey)}, {}}),
            PollOutcome(CancelledThere{{std::nullopt, text("removed")}, {}}));
  EXPECT_EQ(Polled(NotFoundThere{text(kKey), text(kKey)}),
            PollOutcome(NotFoundThere{text("removed"), text("removed")}));
  EXPECT_EQ(Polled(TryAgain{std::nullopt, text(kKey)}), PollOutcome(TryAgain{std::nullopt, text("removed")}));
  EXPECT_EQ(Polled(Unrecognized{text(kKey), text(kKey), text(kKey)}),
            PollOutcome(Unrecognized{text("removed"), text("removed"), text("removed")}));
  const Account account = AccountThat({.prepared = Refused{said}});
  EXPECT_EQ(ReadPrepare(account, "upload", {}), PrepareOutcome(Refused{kept}));
}

// Who replaces a key while a call is out gets its answer under the next one.
TEST_F(ProviderAnswersTest, TheKeyBeforeTheLastReloadIsRemovedToo) {
  Account account =
      AccountThat({.job = {std::string("task_") + kKey, {}}, .prepared = Refused{{.message = kKey}}},
                  "zk_another_key_of_the_same_account");
  account.former = Secret(kKey);
  EXPECT_FALSE(ReadCallback(account, "").has_value());
  EXPECT_EQ(ReadPrepare(account, "upload", {}), PrepareOutcome(Refused{{.message = "removed"}}));
}

// Else a key of one letter would eat into every word.
TEST_F(ProviderAnswersTest, AShortKeyIsNotLookedFor) {
  const std::string_view key = kKey;
  const std::string enough(key.substr(0, kKeyCharsMin));
  const std::string short_one(key.substr(0, kKeyCharsMin - 1));
  EXPECT_EQ(Polled(NotFoundThere{enough}, enough.c_str()), PollOutcome(NotFoundThere{"removed"}));
  EXPECT_EQ(Polled(NotFoundThere{short_one}, short_one.c_str()), PollOutcome(NotFoundThere{short_one}));
}

}  // namespace
}  // namespace zoetrope
