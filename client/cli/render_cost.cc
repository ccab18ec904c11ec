#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

// The flag that sets a field of the contract; the field itself where there is none.
std::string FlagOf(const std::string& field) {
  static constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
      {"generation.model", "--model"},
      {"generation.prompt", "--prompt"},
      {"generation.negative_prompt", "--negative-prompt"},
      {"generation.first_frame", "--image"},
      {"generation.last_frame", "--last-image"},
      {"generation.duration", "--duration"},
      {"generation.resolution", "--resolution"},
      {"generation.aspect_ratio", "--aspect-ratio"},
      {"generation.audio", "--audio"},
      {"generation.seed", "--seed"},
      {"generation.frame_rate_hertz", "--frame-rate"},
      {"generation.count", "--count"},
      {"routing.provider", "--provider"},
      {"routing.allowed_providers", "--allow"},
      {"max_cost", "--max-cost"}};
  for (const auto& [name, flag] : kFlags) {
    if (name == field) return std::string(flag);
  }
  return field;
}

std::string WhyNot(const v1::Unsuitability& reason) {
  const std::string& words = reason.description().empty() ? reason.reason() : reason.description();
  return reason.field().empty() ? words : absl::StrCat(FlagOf(reason.field()), " ", words);
}

// What a price is made of, and where it was read.
void PrintBreakdowns(const v1::Quotation& quotation, bool of_all, const Console& console) {
  for (const v1::Quote& quote : quotation.quotes()) {
    if ((!quote.available() && !of_all) || quote.breakdown().empty()) continue;
    console.out << "\n" << Printable(quote.provider()) << " " << Printable(quote.offering()) << "\n";
    for (const v1::PriceLine& line : quote.breakdown()) {
      console.out << "  " << FormatMoney(line.amount()) << "  " << Printable(line.description()) << "\n";
    }
    if (!quote.price_source().empty())
      console.out << "  read on " << Printable(quote.price_as_of_date()) << " at "
                  << Printable(quote.price_source()) << "\n";
  }
}

// With the reasons on lines of their own: they are sentences.
void PrintUnable(const v1::Quotation& quotation, const Console& console) {
  console.out << "\nCannot serve it:\n";
  for (const v1::Quote& quote : quotation.quotes()) {
    if (quote.available()) continue;
    console.out << "  " << (quote.provider().empty() ? "" : absl::StrCat(Printable(quote.provider()), "  "))
                << Printable(quote.offering())
                << (quote.has_price() ? absl::StrCat("  ", FormatMoney(quote.price())) : "") << "\n";
    for (const v1::Unsuitability& reason : quote.reasons())
      console.out << "      " << Printable(WhyNot(reason)) << "\n";
  }
}

// What was seen lately; with a `~` where it is what the catalogue says.
std::string TimeText(const v1::Quote& quote) {
  if (!quote.has_expected_duration()) return "";
  return absl::StrCat(quote.observed() ? "" : "~", quote.expected_duration().seconds(), " s");
}

std::string PriceText(const v1::Quote& quote) {
  if (quote.has_price()) return FormatMoney(quote.price());
  return quote.has_set_aside() ? absl::StrCat("unknown, ", FormatMoney(quote.set_aside()), " set aside") : "";
}

void PrintAble(const v1::Quotation& quotation, const Console& console) {
  Table table({"PROVIDER", "OFFERING", "PRICE", "TIME", "SUCCESS", "CERTAINTY", "AS OF"});
  for (const v1::Quote& quote : quotation.quotes()) {
    if (!quote.available()) continue;
    table.Add({quote.provider(), quote.offering(), PriceText(quote), TimeText(quote),
               quote.observed() ? absl::StrCat(quote.success_percent(), " %") : "", Name(quote.certainty()),
               absl::StrCat(quote.price_as_of_date(), quote.price_stale() ? " (old)" : "")});
  }
  table.Print(console.out);
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
               {"settled", FormatMoney(cost.settled())},
               {"overrun", FormatMoney(cost.overrun())},
               {"charged", FormatMoney(cost.charged())},
               {"variance", FormatMoney(cost.variance())}},
              console.out);
  if (cost.attempts().empty()) return;
  Table table({"ATTEMPT", "PROVIDER", "OFFERING", "SETTLEMENT", "QUOTED", "RESERVED", "REPORTED", "SETTLED",
               "OVERRUN", "CHARGED", "VARIANCE", "SOURCE"});
  for (const v1::AttemptCost& attempt : cost.attempts()) {
    const bool sourced = attempt.source() != v1::COST_SOURCE_UNSPECIFIED;
    table.Add({attempt.attempt_id(), attempt.provider(), attempt.offering(), Name(attempt.settlement()),
               FormatMoney(attempt.quoted()), FormatMoney(attempt.reserved()),
               FormatMoney(attempt.reported()), FormatMoney(attempt.settled()),
               FormatMoney(attempt.overrun()), FormatMoney(attempt.charged()),
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
  const auto unable = quotation.quotes_size() - able;
  const bool with_reasons = view.all || able == 0;
  if (able > 0) {
    PrintAble(quotation, console);
  } else {
    console.out << "No offering can serve it.\n";
  }
  if (unable > 0 && with_reasons) PrintUnable(quotation, console);
  if (view.breakdown) PrintBreakdowns(quotation, view.all, console);
  if (unable > 0 && !with_reasons) {
    console.out << "\n"
                << unable << (unable == 1 ? " offering" : " offerings")
                << " cannot serve it; --all says why.\n";
  }
  if (quotation.quote_id().empty()) return;
  console.out << "\nThese prices hold until " << FormatTime(quotation.expire_time())
              << " for the same video: submit it with\n  --quote " << Printable(quotation.quote_id()) << "\n";
}

}  // namespace zoetrope::cli
