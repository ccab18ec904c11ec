// What was spent, the budgets and the books by the real program, against servers in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "cli_fixture.h"
#include "fake_admin.h"
#include "tests/support/temp_dir.h"

namespace zoetrope::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void AddEntry(google::protobuf::RepeatedPtrField<v1::SpendEntry>* entries, const std::string& provider,
              const std::string& label, std::int64_t units) {
  v1::SpendEntry* const entry = entries->Add();
  entry->mutable_start_time()->set_seconds(1'799'971'200);
  entry->set_provider(provider);
  entry->set_label_value(label);
  entry->set_charges(2);
  entry->mutable_charged()->set_currency_code("USD");
  entry->mutable_charged()->set_units(units);
  entry->mutable_overrun()->set_currency_code("USD");
}

class CliMoneyTest : public ::testing::Test {
 protected:
  CliMoneyTest() {
    server_.on_spend = [this](const v1::GetSpendRequest& request, v1::GetSpendResponse* response) {
      asked_ = request.query();
      AddEntry(response->mutable_entries(), "fal", "=HYPERLINK(1)", 8);
      AddEntry(response->mutable_entries(), "runware", "a,\"b\"", 2);
      response->mutable_charged()->set_currency_code("USD");
      response->mutable_charged()->set_units(10);
      return grpc::Status::OK;
    };
    admin_.on_spend = [this](const admin::v1::GetSpendRequest& request,
                             admin::v1::GetSpendResponse* response) {
      tenant_ = request.tenant();
      asked_ = request.query();
      AddEntry(response->mutable_entries(), "fal", "", 8);
      return grpc::Status::OK;
    };
  }

  CliResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--admin", admin_.address(), "--server", server_.address()});
    return RunCli(arguments);
  }

  client::FakeServer server_;
  client::FakeAdmin admin_;
  v1::SpendQuery asked_;
  std::string tenant_ = "nobody asked";
};

TEST_F(CliMoneyTest, SpendAsksForWhatItsFlagsSay) {
  const CliResult result = Run({"spend", "--by", "provider", "--by", "model", "--by-label", "client",
                                "--bucket", "day", "--from", "2027-01-15", "--until", "2027-01-16T08:00:00Z",
                                "--model", "sora-2", "--provider", "fal", "--label", "project=x=y"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(asked_.start_time().seconds(), 1'799'971'200);
  EXPECT_EQ(asked_.end_time().seconds(), 1'800'086'400);
  EXPECT_EQ(asked_.model(), "sora-2");
  EXPECT_EQ(asked_.provider(), "fal");
  EXPECT_EQ(asked_.label().key(), "project");
  EXPECT_EQ(asked_.label().value(), "x=y");
  EXPECT_EQ(asked_.bucket(), v1::SPEND_BUCKET_DAY);
  ASSERT_EQ(asked_.group_by_size(), 2);
  EXPECT_EQ(asked_.group_by(0), v1::SPEND_DIMENSION_PROVIDER);
  EXPECT_EQ(asked_.group_by(1), v1::SPEND_DIMENSION_MODEL);
  EXPECT_EQ(asked_.group_by_label(), "client");
}

TEST_F(CliMoneyTest, ATableShowsWhatIsToldApartAndTheSum) {
  const CliResult result = Run({"spend", "--by", "provider", "--bucket", "day", "--chart"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("START_TIME            PROVIDER  ATTEMPTS  CHARGED"),
                                HasSubstr("2027-01-15T00:00:00Z  fal       2         USD 8.00"),
                                HasSubstr("charged in all: USD 10.00"), Not(HasSubstr("OVERRUN"))));
  EXPECT_THAT(result.out, HasSubstr("USD 8.00  " + std::string(40, '#') + "\n"));
  EXPECT_THAT(result.out, HasSubstr("USD 2.00  " + std::string(10, '#') + "\n"));
}

TEST_F(CliMoneyTest, CsvIsForSpreadsheetsAndNoFormula) {
  const CliResult result = Run({"spend", "--by", "provider", "--by-label", "project", "--csv"});
  EXPECT_EQ(result.out,
            "provider,project,attempts,charged_usd\r\n"
            "fal,'=HYPERLINK(1),2,8.00\r\n"
            "runware,\"a,\"\"b\"\"\",2,2.00\r\n");
}

TEST_F(CliMoneyTest, CsvKeepsNumbersNumbers) {
  server_.on_spend = [](const v1::GetSpendRequest&, v1::GetSpendResponse* response) {
    v1::SpendEntry& back = *response->add_entries();
    back.set_provider("-fal");
    *back.mutable_charged() = client::Usd(0, -200'000'000);
    return grpc::Status::OK;
  };
  EXPECT_EQ(Run({"spend", "--by", "provider", "--csv"}).out,
            "provider,attempts,charged_usd\r\n"
            "'-fal,0,-0.20\r\n");
}

TEST_F(CliMoneyTest, SumsOfLabelsThatAreNotWholeSaySo) {
  server_.on_spend = [](const v1::GetSpendRequest&, v1::GetSpendResponse* response) {
    response->mutable_labels_complete_since()->set_seconds(1'793'491'200);
    return grpc::Status::OK;
  };
  const CliResult result = Run({"spend", "--by-label", "project", "--csv"});
  EXPECT_THAT(result.err, HasSubstr("jobs that ended before 2026-11-01T00:00:00Z may have been removed"));
  EXPECT_THAT(result.out, Not(HasSubstr("Not all"))) << "that is for a spreadsheet";
}

TEST_F(CliMoneyTest, SpendSpeaksToPrograms) {
  EXPECT_THAT(Run({"spend", "--json"}).out, HasSubstr("\"charged\": {"));
}

TEST_F(CliMoneyTest, TheOperatorSeesEveryoneAndOverruns) {
  EXPECT_THAT(Run({"spend", "--all-tenants"}).out, HasSubstr("OVERRUN"));
  EXPECT_EQ(tenant_, "");
  EXPECT_EQ(Run({"spend", "--tenant", "team-a"}).exit_code, 0);
  EXPECT_EQ(tenant_, "team-a");
}

TEST_F(CliMoneyTest, WhatIsNoTimeIsRefusedHere) {
  const CliResult result = Run({"spend", "--from", "yesterday"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--from: `yesterday` is no time"));
  EXPECT_EQ(Run({"spend", "--by", "colour"}).exit_code, 2);
}

TEST_F(CliMoneyTest, TheDoctorSaysWhatIsWrongAndWhatWouldMendIt) {
  bool broken = false;
  admin_.on_diagnose = [&broken](admin::v1::DiagnoseResponse* response) {
    admin::v1::Diagnosis& good = *response->add_diagnoses();
    good.set_level(admin::v1::DIAGNOSIS_LEVEL_OK);
    good.set_subject("account `fal`");
    good.set_found("it answers in 35 ms");
    admin::v1::Diagnosis& other = *response->add_diagnoses();
    other.set_level(broken ? admin::v1::DIAGNOSIS_LEVEL_ERROR : admin::v1::DIAGNOSIS_LEVEL_WARNING);
    other.set_subject("disk");
    other.set_found("5 MB are left for the store");
    other.set_mend("enlarge the volume");
    return grpc::Status::OK;
  };
  CliResult result = Run({"doctor"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "ok   account `fal`: it answers in 35 ms\n"
            "warn disk: 5 MB are left for the store\n"
            "       enlarge the volume\n");
  broken = true;
  result = Run({"doctor"});
  EXPECT_EQ(result.exit_code, 70);
  EXPECT_THAT(result.out, HasSubstr("FAIL disk"));
  EXPECT_THAT(Run({"doctor", "--json"}).out, HasSubstr("DIAGNOSIS_LEVEL_ERROR"));
}

TEST_F(CliMoneyTest, BudgetsShowTheirCounts) {
  admin_.on_budgets = [](admin::v1::ListBudgetsResponse* response) {
    admin::v1::BudgetStatus* const empty = response->add_budgets();
    empty->set_name("launch");
    empty->mutable_limit()->set_currency_code("USD");
    empty->mutable_limit()->set_units(5);
    admin::v1::BudgetStatus* const teams = response->add_budgets();
    *teams = *empty;
    teams->set_name("teams");
    teams->mutable_window_end_time()->set_seconds(1'800'057'600);
    admin::v1::BudgetCount* const count = teams->add_counts();
    count->set_subject("team-a");
    *count->mutable_reserved() = empty->limit();
    *count->mutable_charged() = empty->limit();
    return grpc::Status::OK;
  };
  const CliResult result = Run({"budgets"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("BUDGET  SUBJECT  LIMIT     RESERVED  CHARGED   RENEWS"));
  EXPECT_THAT(result.out, HasSubstr("teams   team-a   USD 5.00  USD 5.00  USD 5.00  2027-01-16T00:00:00Z"));
  EXPECT_THAT(Run({"budgets", "--json"}).out, HasSubstr("\"name\": \"launch\""));
}

TEST_F(CliMoneyTest, BooksThatBalanceAreSaidToAndOthersAreAnError) {
  admin_.on_verify = [](admin::v1::VerifyLedgerResponse* response) {
    response->set_jobs(12);
    return grpc::Status::OK;
  };
  const CliResult good = Run({"ledger", "verify"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("the books balance"));
  admin_.on_verify = [](admin::v1::VerifyLedgerResponse* response) {
    admin::v1::LedgerFinding* const finding = response->add_findings();
    finding->set_job_id("job-1");
    finding->set_what("charged");
    response->set_finding_count(1);
    return grpc::Status::OK;
  };
  const CliResult bad = Run({"ledger", "verify"});
  EXPECT_EQ(bad.exit_code, 70);
  EXPECT_THAT(bad.out, AllOf(HasSubstr("1 do not agree"), HasSubstr("job-1")));
  EXPECT_EQ(Run({"ledger", "verify", "--json"}).exit_code, 70);
}

class CliReconcileTest : public CliMoneyTest {
 protected:
  CliReconcileTest() {
    std::ofstream(bill_) << "request_id,cost\na,0.40\nb,0.50\nc,0.70\n";
    admin_.on_charges = [this](const admin::v1::ListChargesRequest& request,
                               admin::v1::ListChargesResponse* response) {
      asked_charges_.push_back(request);
      const bool first = request.page_token().empty();
      admin::v1::Charge* const charge = response->add_charges();
      charge->set_job_id(first ? "job-a" : "job-b");
      charge->set_attempt_id(first ? "attempt-a" : "attempt-b");
      charge->set_provider_job_id(first ? "a" : "b");
      charge->mutable_settled()->set_currency_code("USD");
      charge->mutable_settled()->set_nanos(400'000'000);
      charge->set_source(source_);
      if (first) response->set_next_page_token("more");
      return grpc::Status::OK;
    };
    admin_.on_correct = [this](const admin::v1::CorrectChargeRequest& request,
                               admin::v1::CorrectChargeResponse* response) {
      corrections_.push_back(request);
      response->mutable_job()->set_id(request.job_id());
      return grpc::Status::OK;
    };
  }
  CliResult Reconcile(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"ledger",          "reconcile", "--provider",  "fal",
                                          "--bill",          bill_,       "--id-column", "request_id",
                                          "--amount-column", "cost"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  zoetrope::testing::TempDir folder_;
  const std::string bill_ = folder_.File("usage.csv");
  v1::CostSource source_ = v1::COST_SOURCE_CATALOGUE;
  std::vector<admin::v1::ListChargesRequest> asked_charges_;
  std::vector<admin::v1::CorrectChargeRequest> corrections_;
};

TEST_F(CliReconcileTest, ListsEveryDifferenceAndChangesNothing) {
  const CliResult result = Reconcile({"--from", "2026-11-01"});
  EXPECT_EQ(result.exit_code, 70) << result.err;
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("AMOUNT      b             USD 0.50  USD 0.40  -         CATALOGUE  job-b  attempt-b"),
            HasSubstr("NOT_BOOKED  c             USD 0.70  USD 0.00")));
  EXPECT_THAT(result.err, AllOf(HasSubstr("3 on the bill, 2 in the books, 2 differ"),
                                HasSubstr("--from and --until choose from the books alone")));
  ASSERT_EQ(asked_charges_.size(), 2u);
  EXPECT_EQ(asked_charges_[1].page_token(), "more");
  EXPECT_EQ(asked_charges_[1].provider(), "fal");
  EXPECT_EQ(asked_charges_[0].start_time().seconds(), 1'793'491'200);
  EXPECT_TRUE(corrections_.empty());
  EXPECT_THAT(Reconcile({"--json"}).out, HasSubstr("\"kind\":\"NOT_BOOKED\""));
}

TEST_F(CliReconcileTest, AppliesWhatBothSidesKnow) {
  const CliResult result = Reconcile({"--apply", "--note", "bill of November"});
  EXPECT_EQ(result.exit_code, 70) << "one has no owner still";
  EXPECT_THAT(result.err, HasSubstr("1 corrected"));
  ASSERT_EQ(corrections_.size(), 1u);
  EXPECT_EQ(corrections_[0].attempt_id(), "attempt-b");
  EXPECT_EQ(corrections_[0].charged().nanos(), 500'000'000);
  EXPECT_EQ(corrections_[0].note(), "bill of November");
}

// What was only assumed, such as a failure that is booked to be careful.
TEST_F(CliReconcileTest, GivesBackWhatWasAssumedAndIsNotBilled) {
  std::ofstream(bill_) << "request_id,cost\na,0.40\n";
  const std::vector<std::string> month = {"--from", "2026-11-01", "--until", "2026-12-01", "--note", "n"};
  const auto reconcile = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), month.begin(), month.end());
    return Reconcile(flags);
  };
  EXPECT_THAT(reconcile({"--apply", "--refund-unbilled"}).err, HasSubstr("0 corrected")) << "it is CATALOGUE";
  source_ = v1::COST_SOURCE_RESERVATION;
  EXPECT_THAT(reconcile({"--apply"}).err, HasSubstr("0 corrected"));
  EXPECT_TRUE(corrections_.empty());
  const CliResult result = reconcile({"--apply", "--refund-unbilled"});
  EXPECT_THAT(result.err, HasSubstr("1 corrected"));
  ASSERT_EQ(corrections_.size(), 1u);
  EXPECT_EQ(corrections_[0].attempt_id(), "attempt-b");
  EXPECT_EQ(corrections_[0].charged().units() + corrections_[0].charged().nanos(), 0);
  EXPECT_EQ(reconcile({"--refund-unbilled"}).exit_code, 2) << "it is nothing by itself";
  EXPECT_EQ(Reconcile({"--apply", "--refund-unbilled", "--note", "n"}).exit_code, 2)
      << "another month's bill";
}

// Its line may be on the bill, under an id that nobody has here.
TEST_F(CliReconcileTest, WhatHasNoIdIsNotGivenBack) {
  std::ofstream(bill_) << "request_id,cost\nz,0.40\n";
  admin_.on_charges = [](const admin::v1::ListChargesRequest&, admin::v1::ListChargesResponse* response) {
    admin::v1::Charge* const charge = response->add_charges();
    *charge->mutable_settled() = client::Usd(0, 400'000'000);
    charge->set_source(v1::COST_SOURCE_RESERVATION);
    return grpc::Status::OK;
  };
  EXPECT_THAT(Reconcile({"--apply", "--refund-unbilled", "--from", "2026-11-01", "--until", "2026-12-01",
                         "--note", "n"})
                  .err,
              HasSubstr("0 corrected"));
}

// Nor what a person, or the provider, has said.
TEST_F(CliReconcileTest, WhatWasCorrectedOrNamedIsNotGivenBack) {
  std::ofstream(bill_) << "request_id,cost\na,0.40\n";
  for (const v1::CostSource source : {v1::COST_SOURCE_CORRECTION, v1::COST_SOURCE_PROVIDER}) {
    source_ = source;
    EXPECT_THAT(Reconcile({"--apply", "--refund-unbilled", "--from", "2026-11-01", "--until", "2026-12-01",
                           "--note", "n"})
                    .err,
                HasSubstr("0 corrected"));
  }
}

TEST_F(CliReconcileTest, ASlipInTheAccountsNameIsTold) {
  admin_.on_charges = [](const admin::v1::ListChargesRequest&, admin::v1::ListChargesResponse*) {
    return grpc::Status::OK;
  };
  const CliResult result = Reconcile();
  EXPECT_EQ(result.exit_code, 70);
  EXPECT_THAT(result.err, HasSubstr("The books have no attempt at `fal`"));
  EXPECT_THAT(result.out, HasSubstr("NOT_BOOKED  a")) << "it may be an account whose key is used elsewhere";
}

TEST_F(CliReconcileTest, TheSumThatABillEndsWithIsNoCharge) {
  std::ofstream(bill_) << "request_id,cost\na,0.40\nb,0.50\nTotal,0.90\n";
  const CliResult result = Reconcile();
  EXPECT_THAT(result.out, Not(HasSubstr("Total")));
  EXPECT_THAT(result.err, HasSubstr("`Total` is the sum of the other lines"));
}

TEST_F(CliReconcileTest, WhatMayHaveBeenRemovedIsTold) {
  admin_.on_charges = [](const admin::v1::ListChargesRequest&, admin::v1::ListChargesResponse* response) {
    response->add_charges()->set_provider_job_id("a");
    response->mutable_complete_since()->set_seconds(1'793'491'200);
    return grpc::Status::OK;
  };
  EXPECT_THAT(Reconcile().err,
              HasSubstr("Jobs that ended before 2026-11-01T00:00:00Z may have been removed"));
}

TEST_F(CliReconcileTest, WhatIsSetAsideIsShown) {
  admin_.on_charges = [](const admin::v1::ListChargesRequest&, admin::v1::ListChargesResponse* response) {
    *response->add_charges()->mutable_reserved() = client::Usd(1, 200'000'000);
    return grpc::Status::OK;
  };
  EXPECT_THAT(Reconcile().out, HasSubstr("HELD        -             USD 0.00  USD 0.00  USD 1.20"));
}

// One that is not over holds up no other.
TEST_F(CliReconcileTest, LeavesWhatIsNotSettledAndSaysSo) {
  std::ofstream(bill_) << "request_id,cost\na,0.45\nb,0.50\n";
  admin_.on_correct = [](const admin::v1::CorrectChargeRequest& request,
                         admin::v1::CorrectChargeResponse*) -> grpc::Status {
    if (request.attempt_id() != "attempt-a") return grpc::Status::OK;
    return client::RichError{grpc::StatusCode::FAILED_PRECONDITION, "not known yet", "CHARGE_NOT_SETTLED"};
  };
  const CliResult result = Reconcile({"--apply", "--note", "bill of November"});
  EXPECT_EQ(result.exit_code, 70) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("1 corrected"), HasSubstr("1 of jobs that are not settled")));
}

TEST_F(CliReconcileTest, IsToldWhatToHoldAgainstWhat) {
  EXPECT_EQ(Reconcile({"--apply"}).exit_code, 2) << "a correction needs a note";
  EXPECT_EQ(Run({"ledger", "reconcile", "--provider", "fal"}).exit_code, 2);
  EXPECT_EQ(Reconcile({"--sandbox-ledger", bill_}).exit_code, 2);
  const CliResult wrong =
      Run({"ledger", "reconcile", "--provider", "fal", "--bill", bill_, "--id-column", "id"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("usage.csv: line 1: there is no column `id`"));
}

TEST_F(CliReconcileTest, OneChargeIsCorrectedByHand) {
  const CliResult result =
      Run({"ledger", "correct", "job-a", "attempt-a", "--charged", "0.35", "--note", "refunded"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(corrections_.size(), 1u);
  EXPECT_EQ(corrections_[0].job_id(), "job-a");
  EXPECT_EQ(corrections_[0].charged().nanos(), 350'000'000);
  EXPECT_EQ(Run({"ledger", "correct", "job-a", "attempt-a", "--charged", "0.35"}).exit_code, 2);
}

}  // namespace
}  // namespace zoetrope::cli
