#include "server/callbacks/callback_receiver.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/plain_http.h"

namespace zoetrope {
namespace {

using testing::PlainCall;

const AttemptName kAttempt{"job-1", "attempt-1"};

class CallbackReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CallbackReceiverOptions options;
    options.listen = "127.0.0.1:0";
    options.body_bytes_max = 1000;
    options.answer_within = absl::Milliseconds(200);
    auto started = CallbackReceiver::Start(
        options, &urls_,
        [this](AttemptName attempt, std::string body, std::function<void(absl::Status)> done) {
          {
            std::lock_guard lock(mutex_);
            EXPECT_EQ(attempt, kAttempt);
            bodies_.push_back(std::move(body));
          }
          if (answers_) done(answer_);
        });
    ASSERT_TRUE(started.ok()) << started.status();
    receiver_ = *std::move(started);
  }

  std::string Url(const AttemptName& attempt = kAttempt) const {
    return absl::StrCat("http://127.0.0.1:", receiver_->port(), urls_.For(attempt));
  }
  std::size_t taken() {
    std::lock_guard lock(mutex_);
    return bodies_.size();
  }

  const CallbackUrls urls_{"/callbacks", Secret("0123456789abcdef0123456789abcdef")};
  absl::Status answer_;
  bool answers_ = true;
  std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::unique_ptr<CallbackReceiver> receiver_;
};

TEST_F(CallbackReceiverTest, TakesWhatBearsTheSeal) {
  EXPECT_EQ(PlainCall("POST", Url(), R"({"id":"x"})").status, 200);
  EXPECT_EQ(PlainCall("POST", Url() + "?x=1", std::string(1000, 'a')).status, 200);
  ASSERT_EQ(taken(), 2u);
  EXPECT_EQ(bodies_[0], R"({"id":"x"})");
  EXPECT_EQ(bodies_[1].size(), 1000u);
}

TEST_F(CallbackReceiverTest, AndNothingElse) {
  const std::string root = absl::StrCat("http://127.0.0.1:", receiver_->port());
  const std::string url = Url();
  EXPECT_EQ(PlainCall("POST", root + "/", "{}").status, 404);
  EXPECT_EQ(PlainCall("POST", root + "/callbacks/job-1//attempt-1", "{}").status, 404);
  EXPECT_EQ(PlainCall("POST", url + "x", "{}").status, 404);
  EXPECT_EQ(PlainCall("POST", absl::StrCat(url.substr(0, url.rfind('/')), "/attempt-2"), "{}").status, 404);
  EXPECT_EQ(PlainCall("GET", url).status, 405);
  EXPECT_EQ(PlainCall("DELETE", url, "").status, 405);
  EXPECT_EQ(PlainCall("POST", url, std::string(1001, 'a')).status, 413);
  EXPECT_EQ(taken(), 0u);
}

TEST_F(CallbackReceiverTest, TheAnswerTellsTheProviderWhetherToCallAgain) {
  answer_ = absl::NotFoundError("gone");
  EXPECT_EQ(PlainCall("POST", Url(), "{}").status, 404);
  answer_ = absl::InvalidArgumentError("nothing in it");
  EXPECT_EQ(PlainCall("POST", Url(), "{}").status, 400);
  answer_ = absl::UnavailableError("the disk is full");
  EXPECT_EQ(PlainCall("POST", Url(), "{}").status, 503);
  answers_ = false;
  EXPECT_EQ(PlainCall("POST", Url(), "{}").status, 503) << "nobody answers";
}

TEST_F(CallbackReceiverTest, ManyAtOnce) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([this] {
      for (int j = 0; j < 10; ++j) EXPECT_EQ(PlainCall("POST", Url(), "{}").status, 200);
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(taken(), 160u);
}

TEST_F(CallbackReceiverTest, AnAddressThatIsTakenIsAnError) {
  CallbackReceiverOptions options;
  options.listen = absl::StrCat("127.0.0.1:", receiver_->port());
  const auto second = CallbackReceiver::Start(options, &urls_, [](auto, auto, auto) {});
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
}

}  // namespace
}  // namespace zoetrope
