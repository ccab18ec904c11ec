#include "client/cli/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/cli/money_text.h"

namespace zoetrope::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t kCent = 10'000'000;

absl::StatusOr<Bill> Read(const std::string& text) { return ReadCsvBill(text, "id", "cost"); }

TEST(CsvBillTest, AddsUpWhatIsNamedMoreThanOnce) {
  const auto bill = Read(
      "\xef\xbb\xbf"
      "date,id,cost\r\n"
      "2026-11-01,a,0.40\r\n"
      "2026-11-01,\"b,\"\"1\"\"\n2\",$1.2\r\n"
      "\r\n"
      "2026-11-02,a,-0.10\r\n"
      "2026-11-03,c, 0.000000001 ");
  ASSERT_TRUE(bill.ok()) << bill.status();
  EXPECT_THAT(*bill, ElementsAre(Pair("a", 30 * kCent), Pair("b,\"1\"\n2", 120 * kCent), Pair("c", 1)));
}

TEST(CsvBillTest, ReadsAmountsInEveryForm) {
  const std::pair<const char*, std::int64_t> forms[] = {
      {"0.8000000000", 800'000'000},
      {"1.2000000000000002", 1'200'000'000},
      {"0.0000000005", 1},
      {"0.00000000049", 0},
      {"\"1,200.00\"", 1'200'000'000'000},
      {"\"-$1,200\"", -1'200'000'000'000},
      {"8e-1", 800'000'000},
      {"1.5E+2", 150'000'000'000},
      {"USD 0.40", 400'000'000},
      {"0.40 USD", 400'000'000},
      {"0e99", 0},
      {"1e-400", 0},
      {"1000000", 1'000'000'000'000'000},
  };
  for (const auto& [form, nanos] : forms) {
    const auto bill = Read(std::string("id,cost\na,") + form + "\n");
    ASSERT_TRUE(bill.ok()) << form << " " << bill.status();
    EXPECT_EQ(bill->at("a"), nanos) << form;
  }
  for (const char* wrong :
       {"EUR 0.10", "0.10 EUR", "", "-", "$", "1e", "1e1000", "1000001", "9223372036854775807", "\"1,2\"",
        "\"1,2000\"", "\",1\"", "0x10", "--1", "1.2.3", "nan"}) {
    EXPECT_FALSE(Read(std::string("id,cost\na,") + wrong + "\n").ok()) << wrong;
  }
  EXPECT_THAT(std::string(Read("id,cost\na,1000000\na,1\n").status().message()), HasSubstr("line 3"));
}

TEST(CsvBillTest, SaysWhatItCannotRead) {
  EXPECT_THAT(std::string(Read("id,amount\n").status().message()), HasSubstr("no column `cost`"));
  EXPECT_THAT(std::string(Read("cost\n").status().message()), HasSubstr("no column `id`"));
  EXPECT_THAT(std::string(Read("id,cost\na,1\nb,dear\n").status().message()), HasSubstr("line 3: `dear`"));
  EXPECT_THAT(std::string(Read("id,cost\na\n").status().message()), HasSubstr("line 2"));
  EXPECT_THAT(*Read("id,cost\n"), IsEmpty());
}

TEST(SandboxBillTest, IsOfOneProvider) {
  const std::string ledger =
      R"({"creations": [{"provider": "fal", "id": "a", "charged_nanos": "400000000"},
                        {"provider": "runware", "id": "b", "charged_nanos": "7"}]})";
  const auto bill = ReadSandboxBill(ledger, "fal");
  ASSERT_TRUE(bill.ok()) << bill.status();
  EXPECT_THAT(*bill, ElementsAre(Pair("a", 400'000'000)));
  EXPECT_FALSE(ReadSandboxBill("no json", "fal").ok());
  EXPECT_FALSE(ReadSandboxBill(R"({"creations": [{"provider": "fal"}]})", "fal").ok());
}

admin::v1::Charge Charge(const std::string& id, std::int64_t nanos) {
  admin::v1::Charge charge;
  charge.set_provider_job_id(id);
  *charge.mutable_settled() = MoneyOfNanos(nanos);
  return charge;
}

TEST(ReconcileTest, WhatAgreesIsNoFinding) {
  EXPECT_THAT(Reconcile({{"a", 5}, {"free", 0}}, {Charge("a", 5), Charge("failed", 0)}), IsEmpty());
}

TEST(ReconcileTest, EachDifferenceIsOfItsKind) {
  admin::v1::Charge held = Charge("", 0);
  held.clear_settled();
  admin::v1::Charge open = Charge("open", 0);
  open.clear_settled();
  const std::vector<Finding> findings = Reconcile({{"amount", 7}, {"open", 3}, {"orphan", 9}},
                                                  {Charge("amount", 5), Charge("unbilled", 4), held, open});
  std::vector<std::string> words;
  for (const Finding& finding : findings) {
    words.push_back(std::string(Name(finding.kind)) + " " + finding.provider_job_id + " " +
                    std::to_string(finding.billed_nanos) + " " + std::to_string(finding.booked_nanos));
  }
  EXPECT_THAT(words, ElementsAre("HELD  0 0", "AMOUNT amount 7 5", "OPEN open 3 0", "NOT_BOOKED orphan 9 0",
                                 "NOT_BILLED unbilled 0 4"));
}

TEST(ReconcileTest, AWrittenOffAttemptWithoutAnIdIsNotBilled) {
  const std::vector<Finding> findings = Reconcile({{"x", 5}}, {Charge("", 5)});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].kind, Discrepancy::kNotBilled);
  EXPECT_EQ(findings[1].kind, Discrepancy::kNotBooked);
}

}  // namespace
}  // namespace zoetrope::cli
