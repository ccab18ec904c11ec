#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/repeated_option.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

constexpr int kBarColumns = 40;

struct SpendFlags {
  std::vector<std::string> by;
  std::string by_label;
  std::string bucket;
  std::string from;
  std::string until;
  std::string model;
  std::string provider;
  std::string label;
  std::string tenant;
  bool all_tenants = false;
  bool csv = false;
  bool chart = false;
};

absl::StatusOr<v1::SpendQuery> BuildQuery(const SpendFlags& flags) {
  v1::SpendQuery query;
  query.set_model(flags.model);
  query.set_provider(flags.provider);
  query.set_group_by_label(flags.by_label);
  if (!flags.from.empty()) {
    const auto time = ParseTime("--from", flags.from);
    if (!time.ok()) return time.status();
    *query.mutable_start_time() = *time;
  }
  if (!flags.until.empty()) {
    const auto time = ParseTime("--until", flags.until);
    if (!time.ok()) return time.status();
    *query.mutable_end_time() = *time;
  }
  if (!flags.label.empty()) {
    const std::size_t equals = flags.label.find('=');
    query.mutable_label()->set_key(flags.label.substr(0, equals));
    if (equals != std::string::npos) query.mutable_label()->set_value(flags.label.substr(equals + 1));
  }
  if (flags.bucket == "hour") query.set_bucket(v1::SPEND_BUCKET_HOUR);
  if (flags.bucket == "day") query.set_bucket(v1::SPEND_BUCKET_DAY);
  if (flags.bucket == "month") query.set_bucket(v1::SPEND_BUCKET_MONTH);
  for (const std::string& by : flags.by) {
    query.add_group_by(by == "provider" ? v1::SPEND_DIMENSION_PROVIDER
                       : by == "model"  ? v1::SPEND_DIMENSION_MODEL
                                        : v1::SPEND_DIMENSION_TENANT);
  }
  return query;
}

// A column, and what an entry has in it.
struct Column {
  std::string name;
  std::string (*cell)(const v1::SpendEntry&);
  bool is_money = false;
};

std::vector<Column> ColumnsOf(const v1::SpendQuery& query, bool with_overrun) {
  const auto has = [&query](int dimension) {
    return std::find(query.group_by().begin(), query.group_by().end(), dimension) != query.group_by().end();
  };
  std::vector<Column> columns;
  if (query.bucket() != v1::SPEND_BUCKET_UNSPECIFIED)
    columns.push_back({"start_time", [](const v1::SpendEntry& e) { return FormatTime(e.start_time()); }});
  if (has(v1::SPEND_DIMENSION_TENANT))
    columns.push_back({"tenant", [](const v1::SpendEntry& e) { return e.tenant(); }});
  if (has(v1::SPEND_DIMENSION_MODEL))
    columns.push_back({"model", [](const v1::SpendEntry& e) { return e.model(); }});
  if (has(v1::SPEND_DIMENSION_PROVIDER))
    columns.push_back({"provider", [](const v1::SpendEntry& e) { return e.provider(); }});
  if (!query.group_by_label().empty())
    columns.push_back({query.group_by_label(), [](const v1::SpendEntry& e) { return e.label_value(); }});
  columns.push_back({"attempts", [](const v1::SpendEntry& e) { return absl::StrCat(e.charges()); }});
  columns.push_back({"charged", [](const v1::SpendEntry& e) { return FormatMoney(e.charged()); }, true});
  if (with_overrun)
    columns.push_back({"overrun", [](const v1::SpendEntry& e) { return FormatMoney(e.overrun()); }, true});
  return columns;
}

absl::int128 NanosOf(const v1::Money& money) {
  return absl::int128(money.units()) * 1'000'000'000 + money.nanos();
}

// As long as the charge is, compared with the largest; at least something where it is not nothing.
std::string BarOf(const v1::SpendEntry& entry, absl::int128 largest) {
  const absl::int128 nanos = NanosOf(entry.charged());
  if (largest <= 0 || nanos <= 0) return "";
  const absl::int128 columns = (nanos * kBarColumns + largest - 1) / largest;
  return std::string(static_cast<std::size_t>(columns), '#');
}

void PrintTable(const v1::SpendQuery& query, const v1::GetSpendResponse& spend, const SpendFlags& flags,
                bool with_overrun, std::ostream& out) {
  const std::vector<Column> columns = ColumnsOf(query, with_overrun);
  std::vector<std::string> header;
  for (const Column& column : columns) header.push_back(absl::AsciiStrToUpper(column.name));
  absl::int128 largest = 0;
  for (const v1::SpendEntry& entry : spend.entries()) largest = std::max(largest, NanosOf(entry.charged()));
  if (flags.chart) header.emplace_back("");
  Table table(std::move(header));
  for (const v1::SpendEntry& entry : spend.entries()) {
    std::vector<std::string> row;
    for (const Column& column : columns) row.push_back(Printable(column.cell(entry)));
    if (flags.chart) row.push_back(BarOf(entry, largest));
    table.Add(std::move(row));
  }
  table.Print(out);
  if (spend.entries_size() != 1) out << "\ncharged in all: " << FormatMoney(spend.charged()) << "\n";
}

// A text for a spreadsheet, which takes what begins with one of these characters for a formula: it is told
// not to. A number is none, though it may begin with a minus.
std::string CsvText(const std::string& text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  return formula ? "'" + text : text;
}

// As RFC 4180 has it.
std::string CsvCell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void PrintCsv(const v1::SpendQuery& query, const v1::GetSpendResponse& spend, bool with_overrun,
              std::ostream& out) {
  const std::vector<Column> columns = ColumnsOf(query, with_overrun);
  const auto print = [&out](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) out << (i == 0 ? "" : ",") << CsvCell(cells[i]);
    out << "\r\n";
  };
  std::vector<std::string> header;
  for (const Column& column : columns)
    header.push_back(column.is_money ? absl::StrCat(column.name, "_usd") : CsvText(column.name));
  print(header);
  for (const v1::SpendEntry& entry : spend.entries()) {
    std::vector<std::string> row;
    for (const Column& column : columns) {
      const std::string cell = column.cell(entry);
      // A number, for whoever adds them up: what stands before the blank is the currency.
      row.push_back(column.is_money ? cell.substr(cell.find(' ') + 1) : CsvText(cell));
    }
    print(row);
  }
}

void Render(const v1::SpendQuery& query, const v1::GetSpendResponse& spend, const SpendFlags& flags,
            bool with_overrun, const Console& console) {
  if (flags.csv) {
    PrintCsv(query, spend, with_overrun, console.out);
  } else if (console.format != OutputFormat::kTable) {
    PrintJson(spend, console.format == OutputFormat::kJsonl, console.out);
  } else {
    PrintTable(query, spend, flags, with_overrun, console.out);
  }
  console.out.flush();
  if (spend.has_labels_complete_since()) {
    console.Say(absl::StrCat("Not all is there: jobs that ended before ",
                             FormatTime(spend.labels_complete_since()),
                             " may have been removed, and their labels with them."));
  }
}

ExitCode SpendOfAll(const Context& context, const v1::SpendQuery& query, const SpendFlags& flags) {
  admin::v1::GetSpendRequest request;
  request.set_tenant(flags.tenant);
  *request.mutable_query() = query;
  const auto response = context.admin->GetSpend(request, context.Call());
  if (!response.ok()) return ReportError(response.status(), context);
  if (context.console.format != OutputFormat::kTable && !flags.csv) {
    PrintJson(*response, context.console.format == OutputFormat::kJsonl, context.console.out);
    return ExitCode::kOk;
  }
  v1::GetSpendResponse spend;
  *spend.mutable_entries() = response->entries();
  *spend.mutable_charged() = response->charged();
  if (response->has_labels_complete_since())
    *spend.mutable_labels_complete_since() = response->labels_complete_since();
  Render(query, spend, flags, /*with_overrun=*/true, context.console);
  return ExitCode::kOk;
}

ExitCode Spend(const Context& context, const SpendFlags& flags) {
  const auto query = BuildQuery(flags);
  if (!query.ok()) return ReportError(query.status(), context);
  if (flags.all_tenants || !flags.tenant.empty()) return SpendOfAll(context.AtAdmin(), *query, flags);
  v1::GetSpendRequest request;
  *request.mutable_query() = *query;
  const auto spend = context.client->GetSpend(request, context.Call());
  if (!spend.ok()) return ReportError(spend.status(), context);
  Render(*query, *spend, flags, /*with_overrun=*/false, context.console);
  return ExitCode::kOk;
}

}  // namespace

void AddSpendCommand(CLI::App& app, Command& chosen) {
  const auto flags = std::make_shared<SpendFlags>();
  CLI::App& command = *app.add_subcommand("spend", "Show what was spent: by model, provider, label and time");
  command.footer(
      HelpFooter("  zoetrope spend --by provider --bucket day --from 2026-11-01 --chart\n"
                 "  zoetrope spend --by-label project --csv > november.csv\n"
                 "  zoetrope spend --all-tenants --by tenant --by model"));
  AddRepeatedOption(command, "--by", flags->by, "Tell apart by: provider, model or (for the operator) tenant")
      ->check(CLI::IsMember({"provider", "model", "tenant"}));
  command.add_option("--by-label", flags->by_label, "Tell apart by the value of this label");
  command.add_option("--bucket", flags->bucket, "Tell apart by time (UTC)")
      ->check(CLI::IsMember({"hour", "day", "month"}));
  command.add_option("--from", flags->from,
                     "From this time on, as in 2026-11-20 or 2026-11-20T08:00:00Z (UTC)");
  command.add_option("--until", flags->until, "Before this time");
  command.add_option("--model", flags->model, "Only this model");
  command.add_option("--provider", flags->provider, "Only this provider");
  command.add_option("--label", flags->label,
                     "Only jobs with this label, as KEY=VALUE; only those that are kept");
  command.add_flag("--all-tenants", flags->all_tenants, "For the operator: of everyone, with overruns");
  command.add_option("--tenant", flags->tenant, "For the operator: of this tenant, with overruns");
  command.add_flag("--csv", flags->csv, "Comma-separated, for a spreadsheet");
  command.add_flag("--chart", flags->chart, "With a bar for each line of the table");
  command.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return Spend(context, *flags); }; });
}

}  // namespace zoetrope::cli
