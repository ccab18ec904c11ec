#include "server/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Text(const Metrics& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
}

// One of everything, so that every family has a member.
void TouchAll(Metrics& metrics) {
  metrics.OnExchange("p", ProviderCall::kPoll, 0, TransportFault::kReset, absl::Seconds(1));
  metrics.OnJobEnded("p", "m", JobPhase::kFailed, FailureReason::kProviderError, absl::Seconds(30));
  metrics.OnVideos("p", "m", "720p", absl::Seconds(8));
  metrics.OnSettled("p", "m",
                    {.amount = Money::FromNanos(1'500'000'000),
                     .overrun = Money::FromNanos(500'000'000),
                     .quoted = Money::FromNanos(1'000'000'000),
                     .reported = true});
  metrics.OnCorrected("p", "m",
                      {.more = Money::FromNanos(250'000'000), .overrun = Money::FromNanos(250'000'000)});
  metrics.OnCorrected("p", "m", {.less = Money::FromNanos(125'000'000)});
  metrics.OnAttemptFailed("p", "m", FailureReason::kContentRejected);
  metrics.OnSubmissionUnknown("p");
  metrics.OnSearchEnded("p", SearchEnd::kRetried);
  metrics.OnCallback("p", CallbackEnd::kPassedOver);
  metrics.OnDecided("p", ResolutionKind::kNotCreated);
  metrics.OnUnrecognized("p", ProviderCall::kSubmit);
  metrics.OnQueueWait("p", absl::Seconds(2));
  metrics.OnOperation(StoreOperation::kCreate, absl::Milliseconds(1), StoreOutcome::kOk);
  metrics.OnTransaction(3, absl::Milliseconds(1), absl::OkStatus());
  metrics.OnResumed();
  metrics.OnWatchMessage(WatchMessage::kLog);
  metrics.OnWatchLag(absl::Milliseconds(3));
  metrics.OnSpans(SpanFate::kQueueFull, 3);
  metrics.OnReload(false);
  metrics.OnStarted(Rpc::kSubmit);
  metrics.OnUnknownMethod();
  metrics.OnRefused(MakeError(v1::ERROR_REASON_CREDENTIAL_INVALID, "no"));
  metrics.OnRepeated();
  metrics.OnHandled(Rpc::kSubmit, grpc::INVALID_ARGUMENT, absl::Milliseconds(2));
  metrics.OnMessageSent(Rpc::kWatchJob);
  metrics.OnAccepted("p", "m", Mode::kImageToVideo);
  const absl::Time now = absl::FromUnixSeconds(1'000);
  AccountStanding standing;
  standing.places[static_cast<std::size_t>(JobPlace::kHeld)] = {3, now - absl::Seconds(90)};
  standing.reserved = Money::FromNanos(750'000'000);
  standing.unheard_since = now - absl::Seconds(7);
  metrics.Refresh(
      {.time = now,
       .live_jobs = 4,
       .watch_streams = 5,
       .lanes = {{"p", {.condition = LaneCondition::kBroken, .in_flight = 2, .in_flight_max = 9}}, {"q", {}}},
       .jobs = {{"p", standing}, {"gone", standing}},
       .stale_prices = {{"p", 2}},
       .results_expiring = {{"p", 12}},
       .budgets = {{"b",
                    {.limit = Money::FromNanos(4'000'000'000),
                     .used = Money::FromNanos(1'500'000'000),
                     .threshold_percent = 50}}},
       .queues = {{"engine", 6}},
       .store_free_bytes = 4096,
       .certificate_expire_time = absl::FromUnixSeconds(1'900'000'000),
       .process = {.cpu_seconds = 2.5, .resident_bytes = 12345, .open_fds = 8}});
}

std::map<std::string, std::set<std::string>> Families(const Metrics& metrics) {
  std::map<std::string, std::set<std::string>> families;
  for (const prometheus::MetricFamily& family : metrics.registry()->Collect()) {
    std::set<std::string>& labels = families[family.name];
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) labels.insert(label.name);
    }
  }
  return families;
}

TEST(MetricsTest, TheTableIsTheFamilies) {
  Metrics metrics;
  TouchAll(metrics);
  std::map<std::string, std::set<std::string>> table;
  std::ifstream readme(std::string(ZOETROPE_SOURCE_DIR) + "/server/telemetry/README.md");
  const std::regex row(R"(^\| `([a-z_]+)` \| (?:counter|gauge|histogram) \|([^|]*)\|.*)");
  for (std::string line; std::getline(readme, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    std::set<std::string>& labels = table[match[1]];
    const std::string words = match[2];
    const std::regex word("[a-z_]+");
    for (std::sregex_iterator it(words.begin(), words.end(), word), end; it != end; ++it)
      labels.insert(it->str());
  }
  EXPECT_EQ(table, Families(metrics));
}

TEST(MetricsTest, ABudgetThatIsNoneAnyMoreHasNoNumbers) {
  Metrics metrics;
  metrics.Refresh({.budgets = {{"gone", {.limit = Money::FromNanos(1'000'000'000)}}, {"kept", {}}}});
  metrics.Refresh({.budgets = {{"kept", {}}}});
  const std::string text = Text(metrics);
  for (const char* family : {"limit_usd", "used_usd", "remaining_usd", "threshold_percent"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("zoetrope_budget_", family, "{budget=\"gone\"} Nan"))) << family;
    EXPECT_THAT(text, HasSubstr(absl::StrCat("zoetrope_budget_", family, "{budget=\"kept\"} 0"))) << family;
  }
}

TEST(MetricsTest, CountsWhatHappened) {
  Metrics metrics;
  TouchAll(metrics);
  const std::string text = Text(metrics);
  for (
      const char* line : {
          R"(zoetrope_jobs_submitted_total{model="m",operation="image_to_video",provider="p"} 1)",
          R"(zoetrope_jobs_completed_total{model="m",outcome="failed",provider="p",reason="provider_error"} 1)",
          R"(zoetrope_job_duration_seconds_bucket{model="m",outcome="failed",provider="p",le="30"} 1)",
          R"(zoetrope_cost_usd_total{kind="settled",model="m",provider="p"} 1.5)",
          R"(zoetrope_cost_usd_total{kind="overrun",model="m",provider="p"} 0.75)",
          R"(zoetrope_cost_usd_total{kind="adjusted",model="m",provider="p"} 0.25)",
          R"(zoetrope_cost_usd_total{kind="refunded",model="m",provider="p"} 0.125)",
          R"(zoetrope_provider_request_duration_seconds_count{call="poll",provider="p",status_class="none"} 1)",
          R"(zoetrope_provider_errors_total{call="poll",kind="reset",provider="p"} 1)",
          R"(zoetrope_submission_unknown_total{provider="p"} 1)",
          R"(zoetrope_attempts_held{provider="p"} 3)",
          R"(zoetrope_attempts_held{provider="q"} 0)",
          R"(zoetrope_decisions_total{decision="not_created",provider="p"} 1)",
          R"(zoetrope_provider_callbacks_total{outcome="passed_over",provider="p"} 1)",
          R"(zoetrope_jobs_in_flight{provider="p",state="held"} 3)",
          R"(zoetrope_jobs_in_flight{provider="p",state="queued"} 0)",
          R"(zoetrope_jobs_in_flight{provider="q",state="running"} 0)",
          R"(zoetrope_job_oldest_age_seconds{provider="p",state="held"} 90)",
          R"(zoetrope_job_oldest_age_seconds{provider="p",state="running"} 0)",
          R"(zoetrope_poll_staleness_seconds{provider="p"} 7)",
          R"(zoetrope_poll_staleness_seconds{provider="q"} 0)",
          R"(zoetrope_cost_reserved_usd{provider="p"} 0.75)",
          R"(zoetrope_attempts_held{provider="gone"} 3)",
          R"(zoetrope_lane_jobs{provider="p",state="admitted"} 2)",
          R"(zoetrope_lane_jobs_max{provider="p"} 9)",
          R"(zoetrope_video_seconds_generated_total{model="m",provider="p",resolution="720p"} 8)",
          R"(zoetrope_quote_variance_ratio_bucket{provider="p",le="1.25"} 0)",
          R"(zoetrope_quote_variance_ratio_bucket{provider="p",le="1.5"} 1)",
          R"(zoetrope_duplicates_prevented_total{by="request_id"} 1)",
          R"(zoetrope_budget_remaining_usd{budget="b"} 2.5)",
          R"(zoetrope_watch_events_total{kind="log"} 1)",
          R"(zoetrope_watch_resumes_total 1)",
          R"(zoetrope_watch_lag_seconds_bucket{le="0.005"} 1)",
          R"(zoetrope_store_free_bytes 4096)",
          R"(zoetrope_tls_certificate_expire_timestamp_seconds 1900000000)",
          R"(zoetrope_refused_calls_total{reason="credential_invalid"} 1)",
          R"(zoetrope_queue_depth{queue="engine"} 6)",
          R"(process_cpu_seconds_total 2.5)",
          R"(process_resident_memory_bytes 12345)",
          R"(grpc_server_msg_received_total{grpc_method="Submit",grpc_service="zoetrope.v1.VideoGeneration",grpc_type="unary"} 1)",
          R"(grpc_server_handled_total{grpc_code="Unimplemented",grpc_method="other",grpc_service="other",grpc_type="unary"} 1)",
          R"(zoetrope_provider_breaker_state{provider="p"} 2)",
          R"(zoetrope_budget_limit_usd{budget="b"} 4)",
          R"(zoetrope_budget_used_usd{budget="b"} 1.5)",
          R"(zoetrope_budget_threshold_percent{budget="b"} 50)",
          R"(zoetrope_jobs_live 4)",
          R"(zoetrope_watch_streams 5)",
          R"(zoetrope_store_operations_total{operation="create",outcome="ok"} 1)",
          R"(grpc_server_handled_total{grpc_code="InvalidArgument",grpc_method="Submit",grpc_service="zoetrope.v1.VideoGeneration",grpc_type="unary"} 1)",
          R"(grpc_server_msg_sent_total{grpc_method="WatchJob",grpc_service="zoetrope.v1.VideoGeneration",grpc_type="server_stream"} 1)",
      }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, RpcSeriesAreThereBeforeAnyCall) {
  Metrics metrics;
  const std::string text = Text(metrics);
  EXPECT_THAT(text,
              HasSubstr(R"(grpc_server_handled_total{grpc_code="Unavailable",grpc_method="CancelJob")"));
  EXPECT_THAT(text, HasSubstr(R"(grpc_server_started_total{grpc_method="ListModels")"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(grpc_server_started_total{grpc_method="ResolveAttempt",grpc_service="zoetrope.admin.v1.AdminService")"));
  EXPECT_THAT(text, HasSubstr("zoetrope_build_info{"));
}

TEST(MetricsTest, AnAccountThatIsAskedWhetherItIsBackIsNeitherUpNorDown) {
  Metrics metrics;
  metrics.OnExchange("p", ProviderCall::kProbe, 404, std::nullopt, absl::Seconds(1));
  metrics.Refresh({.lanes = {{"p", {.half_open = true}}, {"q", {}}}});
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr(R"(zoetrope_provider_breaker_state{provider="p"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(zoetrope_provider_breaker_state{provider="q"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"({call="probe",provider="p",status_class="4xx"} 1)"));
}

TEST(MetricsTest, NothingIsChargedByNothing) {
  Metrics metrics;
  metrics.OnSettled("p", "m", {.quoted = Money::FromNanos(1), .reported = true});
  metrics.OnSettled("q", "m", {.amount = Money::FromNanos(1), .quoted = Money::FromNanos(1)});
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr(R"(zoetrope_cost_usd_total{kind="settled",model="m",provider="p"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr("zoetrope_quote_variance_ratio_count{"))) << "it says nothing of prices";
}

TEST(MetricsTest, AFoundSubmissionIsAPaymentThatWasNotMadeTwice) {
  Metrics metrics;
  metrics.OnSearchEnded("p", SearchEnd::kHeld);
  EXPECT_THAT(Text(metrics), HasSubstr(R"(zoetrope_duplicates_prevented_total{by="search"} 0)"));
  metrics.OnSearchEnded("p", SearchEnd::kFound);
  EXPECT_THAT(Text(metrics), HasSubstr(R"(zoetrope_duplicates_prevented_total{by="search"} 1)"));
}

TEST(MetricsTest, AnAnswerIsAMessageAndARefusalIsNone) {
  Metrics metrics;
  const auto sent = [](const char* method, const char* type, int count) {
    return HasSubstr(std::string("grpc_server_msg_sent_total{grpc_method=\"") + method +
                     "\",grpc_service=\"zoetrope.v1.VideoGeneration\",grpc_type=\"" + type + "\"} " +
                     std::to_string(count) + "\n");
  };
  metrics.OnHandled(Rpc::kGetJob, grpc::NOT_FOUND, absl::Milliseconds(1));
  metrics.OnHandled(Rpc::kWatchJob, grpc::OK, absl::Milliseconds(1));
  EXPECT_THAT(Text(metrics), sent("GetJob", "unary", 0));
  EXPECT_THAT(Text(metrics), sent("WatchJob", "server_stream", 0));
  metrics.OnHandled(Rpc::kGetJob, grpc::OK, absl::Milliseconds(1));
  metrics.OnMessageSent(Rpc::kWatchJob);
  EXPECT_THAT(Text(metrics), sent("GetJob", "unary", 1));
  EXPECT_THAT(Text(metrics), sent("WatchJob", "server_stream", 1));
}

TEST(MetricsTest, TheClockOfTheProcessDoesNotGoBack) {
  Metrics metrics;
  metrics.Refresh({.process = {.cpu_seconds = 3}});
  metrics.Refresh({.process = {.cpu_seconds = 2}});
  EXPECT_THAT(Text(metrics), HasSubstr("process_cpu_seconds_total 3\n"));
}

// A counter that appears with its first increment has no step that a rate could see.
TEST(MetricsTest, WhatTheAccountsCanDoIsThereAtZero) {
  Metrics metrics;
  std::vector<Account> accounts(1);
  accounts[0].name = "mine";
  accounts[0].dialect = "there";
  Offering here;
  here.id = "m/text-to-video@there";
  here.model = "m";
  here.dialect = "there";
  here.resolutions = {"720p"};
  Offering elsewhere = here;
  elsewhere.id = "m/text-to-video@elsewhere";
  elsewhere.dialect = "elsewhere";
  elsewhere.resolutions = {"4k"};
  Model model;
  model.id = "m";
  model.offerings = {here, elsewhere};
  Model retired = model;
  retired.id = "old";
  retired.lifecycle.state = LifecycleState::kRetired;
  for (Offering& offering : retired.offerings) offering.model = "old";
  retired.offerings[0].id = "old/text-to-video@there";
  retired.offerings[1].id = "old/text-to-video@elsewhere";
  const Catalogue catalogue({model, retired});
  metrics.Expect(Accounts(std::move(accounts)), catalogue, "2026-01-01", false);
  const std::string text = Text(metrics);
  for (
      const char* line : {
          R"(zoetrope_jobs_submitted_total{model="m",operation="text_to_video",provider="mine"} 0)",
          R"(zoetrope_jobs_completed_total{model="m",outcome="failed",provider="mine",reason="result_lost"} 0)",
          R"(zoetrope_jobs_completed_total{model="m",outcome="succeeded",provider="mine",reason="none"} 0)",
          R"(zoetrope_attempt_failures_total{model="m",provider="mine",reason="provider_error"} 0)",
          R"(zoetrope_cost_usd_total{kind="overrun",model="m",provider="mine"} 0)",
          R"(zoetrope_video_seconds_generated_total{model="m",provider="mine",resolution="720p"} 0)",
          R"(zoetrope_submission_unknown_total{provider="mine"} 0)",
          R"(zoetrope_submission_search_total{outcome="retried",provider="mine"} 0)",
          R"(zoetrope_provider_errors_total{call="submit",kind="timeout",provider="mine"} 0)",
          R"(zoetrope_provider_unrecognized_total{call="charge",provider="mine"} 0)",
          R"(zoetrope_store_operations_total{operation="create",outcome="failed"} 0)",
          R"(zoetrope_store_operations_total{operation="backup",outcome="unknown"} 0)",
      }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("4k"))) << "the account does not have that";
  EXPECT_THAT(text, Not(HasSubstr("\"old\""))) << "nor is that to be had";
}

// Whatever callers and providers do, what Prometheus has to keep stays the same.
TEST(MetricsTest, SeriesDoNotGrowWithUse) {
  Metrics metrics;
  const auto series = [&metrics] {
    std::size_t count = 0;
    for (const prometheus::MetricFamily& family : metrics.registry()->Collect())
      count += family.metric.size();
    return count;
  };
  TouchAll(metrics);
  const std::size_t before = series();
  for (int i = 0; i < 1'000; ++i) {
    TouchAll(metrics);
    metrics.OnHandled(Rpc::kSubmit, static_cast<grpc::StatusCode>(i), absl::Seconds(i));
    metrics.OnUnknownMethod();
  }
  EXPECT_EQ(series(), before);
}

TEST(MetricsTest, ADocumentedNameIsASoundName) {
  Metrics metrics;
  TouchAll(metrics);
  for (const prometheus::MetricFamily& family : metrics.registry()->Collect()) {
    EXPECT_FALSE(family.help.empty()) << family.name;
    const bool counter = family.type == prometheus::MetricType::Counter;
    EXPECT_EQ(counter, family.name.size() > 6 && family.name.substr(family.name.size() - 6) == "_total")
        << family.name;
  }
}

TEST(CellsTest, BeyondTheBoundEverythingIsOther) {
  auto registry = std::make_shared<prometheus::Registry>();
  auto& family = prometheus::BuildCounter().Name("x_total").Help("x").Register(*registry);
  Cells<prometheus::Counter> cells(
      {"a"},
      [&family](const prometheus::Labels& labels) -> prometheus::Counter& { return family.Add(labels); }, 2);
  cells.At({"1"}).Increment();
  cells.At({"2"}).Increment();
  cells.At({"3"}).Increment();
  cells.At({"4"}).Increment();
  cells.At({"1"}).Increment();
  const std::string text = prometheus::TextSerializer().Serialize(registry->Collect());
  EXPECT_THAT(text, HasSubstr(R"(x_total{a="1"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(x_total{a="other"} 2)"));
}

}  // namespace
}  // namespace zoetrope
