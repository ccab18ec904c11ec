#include <string>

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
               {"overrun", FormatMoney(cost.overrun())}},
              console.out);
  if (cost.attempts().empty()) return;
  Table table({"ATTEMPT", "PROVIDER", "OFFERING", "SETTLEMENT", "QUOTED", "RESERVED", "REPORTED", "CHARGED",
               "SOURCE"});
  for (const v1::AttemptCost& attempt : cost.attempts()) {
    const bool sourced = attempt.source() != v1::COST_SOURCE_UNSPECIFIED;
    table.Add({attempt.attempt_id(), attempt.provider(), attempt.offering(), Name(attempt.settlement()),
               FormatMoney(attempt.quoted()), FormatMoney(attempt.reserved()),
               FormatMoney(attempt.reported()), FormatMoney(attempt.settled()),
               sourced ? Name(attempt.source()) : ""});
  }
  console.out << '\n';
  table.Print(console.out);
}

void RenderQuotation(const v1::Quotation& quotation, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    return PrintJson(quotation, console.format == OutputFormat::kJsonl, console.out);
  }
  Table table({"PROVIDER", "OFFERING", "PRICE", "CERTAINTY", "AS OF", "SOURCE", "WHY NOT"});
  for (const v1::Quote& quote : quotation.quotes()) {
    table.Add({quote.provider(), quote.offering(), FormatMoney(quote.price()), Name(quote.certainty()),
               absl::StrCat(quote.price_as_of_date(), quote.price_stale() ? " (old)" : ""),
               quote.price_source(), quote.available() ? "" : WhyNot(quote)});
  }
  table.Print(console.out);
  if (quotation.quote_id().empty()) return;
  console.out << "\nThese prices hold until " << FormatTime(quotation.expire_time())
              << " for\n  submit --quote " << Printable(quotation.quote_id()) << "\n";
}

}  // namespace zoetrope::cli
