#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

std::string WhyNot(const v1::Quote& quote) {
  std::string text;
  for (const v1::Unsuitability& reason : quote.reasons()) {
    if (!text.empty()) absl::StrAppend(&text, "; ");
    absl::StrAppend(&text, reason.description().empty() ? reason.reason() : reason.description());
    if (!reason.field().empty()) absl::StrAppend(&text, " (", reason.field(), ")");
  }
  return text;
}

// What the prices of those that can serve are made of.
void PrintBreakdowns(const v1::Quotation& quotation, const Console& console) {
  for (const v1::Quote& quote : quotation.quotes()) {
    if (!quote.available() || quote.breakdown().empty()) continue;
    console.out << "\n" << Printable(quote.provider()) << " " << Printable(quote.offering()) << "\n";
    for (const v1::PriceLine& line : quote.breakdown()) {
      console.out << "  " << FormatMoney(line.amount()) << "  " << Printable(line.description()) << "\n";
    }
  }
}

}  // namespace

void RenderCost(const v1::Cost& cost, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    return PrintJson(cost, console.format == OutputFormat::kJsonl, console.out);
  }
  PrintFields({{"settlement", Name(cost.settlement())},
               {"quoted", FormatMoney(cost.quoted())},
               {"reserved", FormatMoney(cost.reserved())},
               {"computed", FormatMoney(cost.computed())},
               {"reported", FormatMoney(cost.reported())},
               {"charged", FormatMoney(cost.settled())},
               {"overrun", FormatMoney(cost.overrun())},
               {"variance", FormatMoney(cost.variance())}},
              console.out);
  if (cost.attempts().empty()) return;
  Table table({"ATTEMPT", "PROVIDER", "OFFERING", "SETTLEMENT", "QUOTED", "RESERVED", "REPORTED", "CHARGED",
               "VARIANCE", "SOURCE"});
  for (const v1::AttemptCost& attempt : cost.attempts()) {
    const bool sourced = attempt.source() != v1::COST_SOURCE_UNSPECIFIED;
    table.Add({attempt.attempt_id(), attempt.provider(), attempt.offering(), Name(attempt.settlement()),
               FormatMoney(attempt.quoted()), FormatMoney(attempt.reserved()),
               FormatMoney(attempt.reported()), FormatMoney(attempt.settled()),
               FormatMoney(attempt.variance()), sourced ? Name(attempt.source()) : ""});
  }
  console.out << '\n';
  table.Print(console.out);
}

void RenderQuotation(const v1::Quotation& quotation, QuotationView view, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    return PrintJson(quotation, console.format == OutputFormat::kJsonl, console.out);
  }
  const auto able = std::count_if(quotation.quotes().begin(), quotation.quotes().end(),
                                  [](const v1::Quote& quote) { return quote.available(); });
  const bool with_reasons = view.all || able == 0;
  std::vector<std::string> columns = {"PROVIDER", "OFFERING",  "PRICE", "TIME",
                                      "SUCCESS",  "CERTAINTY", "AS OF", "SOURCE"};
  if (with_reasons) columns.push_back("WHY NOT");
  Table table(std::move(columns));
  for (const v1::Quote& quote : quotation.quotes()) {
    if (!with_reasons && !quote.available()) continue;
    std::vector<std::string> row = {
        quote.provider(),
        quote.offering(),
        FormatMoney(quote.price()),
        quote.has_expected_duration() ? absl::StrCat(quote.expected_duration().seconds(), " s") : "",
        absl::StrCat(quote.success_percent(), " %"),
        Name(quote.certainty()),
        absl::StrCat(quote.price_as_of_date(), quote.price_stale() ? " (old)" : ""),
        quote.price_source()};
    if (with_reasons) row.push_back(quote.available() ? "" : WhyNot(quote));
    table.Add(std::move(row));
  }
  table.Print(console.out);
  if (view.breakdown) PrintBreakdowns(quotation, console);
  if (const auto others = quotation.quotes_size() - able; others > 0 && !with_reasons) {
    console.out << "\n"
                << others << (others == 1 ? " offering" : " offerings")
                << " cannot serve it; --all says why.\n";
  }
  if (quotation.quote_id().empty()) return;
  console.out << "\nThese prices hold until " << FormatTime(quotation.expire_time())
              << " for\n  job submit --quote " << Printable(quotation.quote_id()) << "\n";
}

}  // namespace zoetrope::cli
