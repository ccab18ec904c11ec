// What a video would cost, and what a job has, by the real program against a server in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli_fixture.h"

namespace zoetrope::cli {
namespace {

using client::MakeJob;
using client::Usd;
using ::testing::HasSubstr;

TEST_F(CliTest, CostShowsQuotesWithSourceAndDate) {
  std::string quote_id;
  bool stale = false;
  bool observed = true;
  server_.on_cost = [&](const v1::GetCostRequest& request, v1::GetCostResponse* response) {
    if (request.has_job_id()) {
      *response->mutable_cost() = MakeJob(v1::JOB_STATE_SUCCEEDED, 3).cost();
      return grpc::Status::OK;
    }
    response->mutable_quotation()->set_quote_id(quote_id);
    response->mutable_quotation()->mutable_expire_time()->set_seconds(1'795'176'900);
    v1::Quote& quote = *response->mutable_quotation()->add_quotes();
    quote.set_provider("fal");
    quote.set_offering("fal/sora-2");
    quote.set_available(true);
    *quote.mutable_price() = Usd(0, 800'000'000);
    quote.set_certainty(v1::PRICE_CERTAINTY_EXACT);
    quote.set_price_source("fal.ai/models/sora-2");
    quote.set_price_as_of_date("2026-11-01");
    quote.set_price_stale(stale);
    quote.mutable_expected_duration()->set_seconds(42);
    quote.set_success_percent(98);
    quote.set_observed(observed);
    quote.add_breakdown()->set_description("8 s at 0.10 USD a second");
    *quote.mutable_breakdown(0)->mutable_amount() = Usd(0, 800'000'000);
    v1::Quote& other = *response->mutable_quotation()->add_quotes();
    other.set_provider("vtrix");
    other.set_offering("vtrix/sora-2");
    other.set_certainty(v1::PRICE_CERTAINTY_UNKNOWN);
    other.set_success_percent(100);
    v1::Unsuitability& reason = *other.add_reasons();
    reason.set_description("takes 5s or 10s");
    reason.set_field("generation.duration");
    return grpc::Status::OK;
  };
  CliResult result = Run({"cost", "--model", "sora-2", "--duration", "8"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "PROVIDER  OFFERING    PRICE     TIME  SUCCESS  CERTAINTY  AS OF\n"
            "fal       fal/sora-2  USD 0.80  42 s  98 %     EXACT      2026-11-01\n"
            "\n1 offering cannot serve it; --all says why.\n");
  result = Run({"cost", "--model", "sora-2", "--duration", "8s", "--all"});
  EXPECT_EQ(result.out,
            "PROVIDER  OFFERING    PRICE     TIME  SUCCESS  CERTAINTY  AS OF\n"
            "fal       fal/sora-2  USD 0.80  42 s  98 %     EXACT      2026-11-01\n"
            "\nCannot serve it:\n"
            "  vtrix  vtrix/sora-2\n"
            "      --duration takes 5s or 10s\n");
  result = Run({"cost", "--model", "sora-2", "--duration", "8s", "--breakdown"});
  EXPECT_THAT(result.out, HasSubstr("\nfal fal/sora-2\n  USD 0.80  8 s at 0.10 USD a second\n"
                                    "  read on 2026-11-01 at fal.ai/models/sora-2\n"));
  result = Run({"cost", kJob});
  EXPECT_EQ(result.out,
            "settlement  SETTLED\n"
            "quoted      USD 0.80\n"
            "settled     USD 0.8125\n"
            "overrun     USD 0.0125\n"
            "charged     USD 0.80\n");
  stale = true;
  quote_id = "q-1";
  result = Run({"cost", "--model", "sora-2", "--duration", "8s"});
  EXPECT_THAT(result.out, HasSubstr("42 s  98 %     EXACT      2026-11-01 (old)\n"));
  EXPECT_THAT(result.out,
              HasSubstr("\nThese prices hold until 2026-11-20T12:15:00Z for the same video: submit it with\n"
                        "  --quote q-1\n"));
  observed = false;
  result = Run({"cost", "--model", "sora-2", "--duration", "8s"});
  EXPECT_THAT(result.out, HasSubstr("~42 s  -        EXACT")) << "what nobody has seen is not shown as if";
  EXPECT_EQ(Run({"cost"}).exit_code, 2);
  EXPECT_EQ(Run({"cost", kJob, "--model", "sora-2"}).exit_code, 2);
}

TEST_F(CliTest, CostSaysWhatIsSetAsideInPlaceOfAPrice) {
  server_.on_cost = [](const v1::GetCostRequest&, v1::GetCostResponse* response) {
    v1::Quote& quote = *response->mutable_quotation()->add_quotes();
    quote.set_provider("vtrix");
    quote.set_offering("vtrix/sora-2");
    quote.set_available(true);
    quote.set_certainty(v1::PRICE_CERTAINTY_UNKNOWN);
    *quote.mutable_set_aside() = Usd(5, 0);
    return grpc::Status::OK;
  };
  EXPECT_THAT(Run({"cost", "--model", "sora-2"}).out,
              HasSubstr("vtrix     vtrix/sora-2  unknown, USD 5.00 set aside"));
}

TEST_F(CliTest, CostSaysSoWhereNothingCanServe) {
  server_.on_cost = [](const v1::GetCostRequest&, v1::GetCostResponse* response) {
    v1::Quote& quote = *response->mutable_quotation()->add_quotes();
    quote.set_offering("fal/sora-2");
    quote.add_reasons()->set_description("is retired");
    return grpc::Status::OK;
  };
  EXPECT_EQ(Run({"cost", "--model", "sora-2"}).out,
            "No offering can serve it.\n\nCannot serve it:\n  fal/sora-2\n      is retired\n");
}

TEST_F(CliTest, AJobSaysWhatWasAssumedAndWhyItWentOn) {
  server_.on_get = [](const v1::GetJobRequest&, v1::GetJobResponse* response) {
    v1::Job& job = *response->mutable_job();
    job = MakeJob(v1::JOB_STATE_SUCCEEDED, 3);
    v1::Attempt& failed = *job.add_attempts();
    failed.set_provider("openai");
    *failed.mutable_cost()->mutable_charged() = Usd(0, 400'000'000);
    failed.mutable_cost()->set_source(v1::COST_SOURCE_RESERVATION);
    v1::Attempt& next = *job.add_attempts();
    next.set_provider("fal");
    next.set_why("the next in the order of routing after openai; runware is over a budget");
    return grpc::Status::OK;
  };
  const std::string out = Run({"job", "get", kJob}).out;
  EXPECT_THAT(out, HasSubstr("USD 0.40 (assumed)"));
  EXPECT_THAT(out,
              HasSubstr("\nfal was tried as the next in the order of routing after openai; runware is over "
                        "a budget\n"));
}

}  // namespace
}  // namespace zoetrope::cli
