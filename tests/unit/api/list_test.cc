#include "server/api/list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/api/convert_model.h"
#include "server/base/error.h"
#include "tests/support/random_job.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class ListTest : public ::testing::Test {
 protected:
  absl::StatusOr<JobsPage> Read(const v1::ListJobsRequest& request) {
    return ReadListJobs("default", request, *catalogue_, tokens_);
  }
  absl::StatusOr<ModelsPage> ReadModels(const v1::ListModelsRequest& request) {
    return ReadListModels("default", request, *catalogue_, tokens_);
  }

  std::unique_ptr<const Catalogue> catalogue_ = testing::TestCatalogue();
  PageTokens tokens_{"key"};
};

TEST_F(ListTest, ThePageHasADefaultAndABound) {
  const std::pair<int, int> cases[] = {{0, 50}, {1, 1}, {1'000, 1'000}, {1'000'000, 1'000}};
  for (const auto& [asked, expected] : cases) {
    v1::ListJobsRequest request;
    request.set_page_size(asked);
    EXPECT_EQ(Read(request)->page_size, expected);
    EXPECT_EQ(Read(request)->query.limit, expected + 1);
  }
}

TEST_F(ListTest, NamesEveryViolation) {
  v1::ListJobsRequest request;
  request.set_page_size(-1);
  request.add_states(v1::JOB_STATE_UNSPECIFIED);
  request.add_states(static_cast<v1::JobState>(77));
  request.set_model(std::string(101, 'm'));
  request.mutable_create_time_from()->set_nanos(-5);
  const absl::StatusOr<JobsPage> page = Read(request);
  EXPECT_EQ(ReasonOf(page.status()), v1::ERROR_REASON_INVALID_FIELD);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(page.status())) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("page_size", "states[0]", "states[1]", "model", "create_time_from"));
}

TEST_F(ListTest, PassesTheFiltersOn) {
  v1::ListJobsRequest request;
  request.add_states(v1::JOB_STATE_FAILED);
  request.add_states(v1::JOB_STATE_FAILED);
  request.set_model("vendor/puppet-1");
  request.set_provider("north");
  request.mutable_labels()->insert({"a", "b"});
  request.mutable_create_time_before()->set_seconds(5);
  const absl::StatusOr<JobsPage> page = Read(request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->query.tenant, "default");
  EXPECT_THAT(page->query.phases, ElementsAre(JobPhase::kFailed));
  EXPECT_EQ(page->query.model, "puppet-1");
  EXPECT_EQ(page->query.provider, "north");
  EXPECT_EQ(page->query.create_time_before, absl::FromUnixSeconds(5));
  EXPECT_EQ(page->query.create_time_from, std::nullopt);
}

TEST_F(ListTest, PagesFollowEachOther) {
  v1::ListJobsRequest request;
  request.set_page_size(2);
  const absl::StatusOr<JobsPage> page = Read(request);
  const std::vector<Job> jobs = {testing::SimpleJob(3), testing::SimpleJob(2), testing::SimpleJob(1)};
  v1::ListJobsResponse response;
  WriteJobsPage(jobs, *page, tokens_, &response);
  EXPECT_EQ(response.jobs_size(), 2);
  request.set_page_token(response.next_page_token());
  request.set_page_size(7);  // may change
  EXPECT_EQ(Read(request)->query.before_id, testing::SimpleJobId(2));
  request.set_provider("south");  // may not
  EXPECT_EQ(ReasonOf(Read(request).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(ListTest, TheLastPageHasNoToken) {
  v1::ListJobsResponse response;
  WriteJobsPage({testing::SimpleJob(1)}, *Read({}), tokens_, &response);
  EXPECT_EQ(response.jobs_size(), 1);
  EXPECT_EQ(response.next_page_token(), "");
  v1::ListJobsResponse none;
  WriteJobsPage({}, *Read({}), tokens_, &none);
  EXPECT_EQ(none.next_page_token(), "");
}

TEST_F(ListTest, APageStaysBelowWhatClientsTake) {
  std::vector<Job> jobs;
  for (int i = 200; i > 0; --i) {
    jobs.push_back(testing::SimpleJob(i));
    jobs.back().spec.generation.prompt = std::string(32'000, 'p');
  }
  v1::ListJobsRequest request;
  request.set_page_size(1'000);
  v1::ListJobsResponse response;
  WriteJobsPage(jobs, *Read(request), tokens_, &response);
  EXPECT_LT(response.ByteSizeLong(), 4u << 20);
  EXPECT_GT(response.jobs_size(), 50);
  request.set_page_token(response.next_page_token());
  EXPECT_EQ(Read(request)->query.before_id, response.jobs(response.jobs_size() - 1).id());
}

TEST_F(ListTest, ModelsComeByIdAndPageByPage) {
  v1::ListModelsRequest request;
  request.set_page_size(1);
  const absl::StatusOr<ModelsPage> first = ReadModels(request);
  ASSERT_THAT(first->models, SizeIs(1));
  EXPECT_EQ(first->models[0]->id, "ghost-1");
  request.set_page_token(first->next_page_token);
  const absl::StatusOr<ModelsPage> second = ReadModels(request);
  ASSERT_THAT(second->models, SizeIs(1));
  EXPECT_EQ(second->models[0]->id, "puppet-1");
  EXPECT_EQ(second->next_page_token, "");
}

TEST_F(ListTest, OneModelByAliasOrNone) {
  v1::ListModelsRequest request;
  request.set_model("vendor/puppet-1");
  EXPECT_THAT(ReadModels(request)->models, SizeIs(1));
  request.set_model("nothing");
  EXPECT_THAT(ReadModels(request)->models, SizeIs(0));
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(ReadModels(request).status()), v1::ERROR_REASON_INVALID_FIELD);
}

TEST_F(ListTest, AModelShowsWhereItCanBeHad) {
  std::vector<Account> only_north = testing::TestAccounts();
  only_north.pop_back();
  const Accounts accounts(std::move(only_north));
  const std::map<std::string, LaneHealth> lanes = {{"north",
                                                    {.condition = LaneCondition::kBroken,
                                                     .in_flight = 3,
                                                     .waiting = 2,
                                                     .retry_time = absl::FromUnixSeconds(9)}}};
  v1::Model shown;
  ToProto(*catalogue_->FindModel("puppet-1"), {.accounts = accounts, .lanes = lanes, .today = "2026-11-20"},
          &shown);
  ASSERT_EQ(shown.offerings_size(), 5);
  const v1::Offering& north = shown.offerings(0);
  EXPECT_EQ(north.provider(), "north");
  EXPECT_TRUE(north.configured());
  EXPECT_TRUE(north.cancellable());
  EXPECT_EQ(north.health().state(), v1::LANE_STATE_BROKEN);
  EXPECT_EQ(north.health().retry_time().seconds(), 9);
  EXPECT_EQ(north.prices(0).amount().nanos(), 100'000'000);
  const v1::Offering& south = shown.offerings(1);
  EXPECT_EQ(south.provider(), "");
  EXPECT_FALSE(south.configured());
  ASSERT_EQ(south.extras_size(), 1);
  EXPECT_EQ(south.extras(0).default_value().integer_value(), 3);
  EXPECT_EQ(south.extras(0).maximum(), 5);
}

TEST_F(ListTest, AModelPastItsDayIsRetired) {
  const Accounts none({});
  v1::Model shown;
  ToProto(*catalogue_->FindModel("ghost-1"), {.accounts = none, .lanes = {}, .today = "2026-11-20"}, &shown);
  EXPECT_EQ(shown.lifecycle().state(), v1::LIFECYCLE_STATE_RETIRED);
  EXPECT_EQ(shown.lifecycle().replacement(), "puppet-1");
  ASSERT_GT(shown.offerings_size(), 0);
  EXPECT_EQ(shown.offerings(0).lifecycle().state(), v1::LIFECYCLE_STATE_RETIRED) << "as its model";
  EXPECT_EQ(shown.offerings(0).lifecycle().replacement(), "puppet-1");
}

TEST_F(ListTest, AnOfferingHasThePriceOfTheLengthThatWasAskedFor) {
  const Accounts none({});
  v1::Model shown;
  ToProto(*catalogue_->FindModel("puppet-1"),
          {.accounts = none, .lanes = {}, .today = "2026-11-20", .price_duration_ms = 8000}, &shown);
  EXPECT_EQ(shown.offerings(0).dialect(), "north");
  EXPECT_EQ(shown.offerings(0).price().nanos(), 800'000'000);
  EXPECT_EQ(shown.offerings(0).price_certainty(), v1::PRICE_CERTAINTY_EXACT);
  shown.Clear();
  ToProto(*catalogue_->FindModel("puppet-1"),
          {.accounts = none, .lanes = {}, .today = "2026-11-20", .price_duration_ms = 7000}, &shown);
  EXPECT_FALSE(shown.offerings(0).has_price()) << "no such length";
  EXPECT_EQ(shown.offerings(0).price_certainty(), v1::PRICE_CERTAINTY_UNSPECIFIED);
}

TEST_F(ListTest, ThePriceIsForALengthThatCanBeAskedFor) {
  v1::ListModelsRequest request;
  request.mutable_price_duration()->set_seconds(8);
  EXPECT_EQ(ReadModels(request)->price_duration_ms, 8000);
  for (const std::int64_t seconds :
       {std::int64_t{0}, std::int64_t{61}, std::int64_t{-8}, std::int64_t{1} << 62}) {
    request.mutable_price_duration()->set_seconds(seconds);
    EXPECT_EQ(ReasonOf(ReadModels(request).status()), v1::ERROR_REASON_INVALID_FIELD) << seconds;
  }
  request.clear_price_duration();
  EXPECT_EQ(ReadModels(request)->price_duration_ms, std::nullopt);
}

}  // namespace
}  // namespace zoetrope
