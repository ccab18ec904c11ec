// When an issuer is asked for its keys, in virtual time.
#include "server/auth/fetched_keys.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sim_executor.h"
#include "tests/support/token_maker.h"

namespace zoetrope::testing {
namespace {

// Answers in a hundredth of a second, as the test says.
class PlayedIssuer : public HttpClient {
 public:
  explicit PlayedIssuer(Executor* executor, Clock* clock) : executor_(executor), clock_(clock) {}

  CallId Start(HttpRequest request, CallOptions call, Done done) override {
    requests.push_back(std::move(request));
    options.push_back(call);
    executor_->PostAt(clock_->TimeNow() + absl::Milliseconds(10), [done, answer = answer] { done(answer); });
    return requests.size();
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  std::vector<HttpRequest> requests;
  std::vector<CallOptions> options;
  HttpResult answer = HttpResponse{};

 private:
  Executor* const executor_;
  Clock* const clock_;
};

class FetchedKeysTest : public ::testing::Test {
 protected:
  ~FetchedKeysTest() override { executor_->Stop(); }

  void Answer(int status, std::string body) { issuer_.answer = HttpResponse{status, {}, std::move(body)}; }
  static std::string SetOf(const std::string& id) { return JwkSetOf({SigningKey::Ed25519(id).Jwk()}); }
  // The id of the first key; empty: there are none.
  std::string Known() {
    const auto keys = keys_->Keys();
    return keys == nullptr ? "" : keys->front().id;
  }
  std::size_t asked() const { return issuer_.requests.size(); }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("auth");
  PlayedIssuer issuer_{executor_.get(), &world_.clock()};
  std::shared_ptr<FetchedKeys> keys_ = std::make_shared<FetchedKeys>(
      "https://issuer.example/jwks", &issuer_, executor_.get(), &world_.clock(), nullptr);
};

TEST_F(FetchedKeysTest, AreFetchedAtTheStartAndThenEveryTenMinutes) {
  Answer(200, SetOf("k1"));
  keys_->Start();
  EXPECT_EQ(Known(), "");
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Known(), "k1");
  Answer(200, SetOf("k2"));
  world_.RunFor(absl::Minutes(9));
  EXPECT_EQ(asked(), 1u);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Known(), "k2");
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(asked(), 8u);
}

TEST_F(FetchedKeysTest, TheRequestIsBoundedAndFollowsTheUrlOnly) {
  keys_->Start();
  ASSERT_EQ(asked(), 1u);
  EXPECT_EQ(issuer_.requests[0].url, "https://issuer.example/jwks");
  EXPECT_EQ(issuer_.requests[0].method, HttpMethod::kGet);
  EXPECT_EQ(issuer_.options[0].body_bytes_max, kJwkSetBytes);
  EXPECT_FALSE(issuer_.options[0].url_rule.allow_plain_http);
}

TEST_F(FetchedKeysTest, AFailureIsTriedAgainAndTakesNothingAway) {
  Answer(503, "");
  keys_->Start();
  world_.RunFor(absl::Milliseconds(1'100));
  EXPECT_EQ(asked(), 2u) << "after a second";
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(asked(), 3u) << "after two";
  Answer(200, SetOf("k1"));
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(Known(), "k1");
  for (const char* bad : {"", "{}", "<html>"}) {
    Answer(200, bad);
    world_.RunFor(absl::Minutes(11));
    EXPECT_EQ(Known(), "k1") << bad;
  }
  issuer_.answer = TransportError{Delivery::kNotSent, TransportFault::kConnect, "refused"};
  const std::size_t before = asked();
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(Known(), "k1");
  EXPECT_GE(asked(), before + 28) << "every minute";
  EXPECT_LE(asked(), before + 38);
}

TEST_F(FetchedKeysTest, AKeyThatIsNotThereIsAskedForButNotTooOften) {
  Answer(200, SetOf("k1"));
  keys_->Start();
  EXPECT_TRUE(keys_->AskAgain()) << "they are on their way";
  world_.RunFor(absl::Seconds(29));
  EXPECT_FALSE(keys_->AskAgain());
  EXPECT_EQ(asked(), 1u);
  Answer(200, SetOf("k2"));
  world_.RunFor(absl::Seconds(2));
  EXPECT_TRUE(keys_->AskAgain());
  EXPECT_TRUE(keys_->AskAgain());
  EXPECT_EQ(asked(), 2u);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Known(), "k2");
  EXPECT_FALSE(keys_->AskAgain());
  world_.RunFor(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_EQ(asked(), 3u) << "ten minutes after that, and by one timer";
}

TEST_F(FetchedKeysTest, AnAnswerThatComesTooLateFindsNobody) {
  Answer(200, SetOf("k1"));
  keys_->Start();
  keys_.reset();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(asked(), 1u);
}

}  // namespace
}  // namespace zoetrope::testing
