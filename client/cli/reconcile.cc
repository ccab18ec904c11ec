#include "client/cli/reconcile.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/money_text.h"

namespace zoetrope::cli {
namespace {

constexpr std::int64_t kNanosPerUnit = 1'000'000'000;
constexpr std::int64_t kMostNanos = 1'000'000 * kNanosPerUnit;  // as the server takes for a charge

std::int64_t NanosOf(const v1::Money& money) { return money.units() * kNanosPerUnit + money.nanos(); }

// The next line's cells; takes them from `text`. A quoted cell may hold commas, quotes and line breaks.
std::vector<std::string> TakeCells(std::string_view& text) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (quoted && c == '"') {
      quoted = !text.empty() && text.front() == '"';
      if (quoted) {
        cells.back() += '"';
        text.remove_prefix(1);
      }
    } else if (!quoted && c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (!quoted && c == ',') {
      cells.emplace_back();
    } else if (!quoted && c == '\n') {
      break;
    } else if (quoted || c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  const bool there = text.substr(0, prefix.size()) == prefix;
  if (there) text.remove_prefix(prefix.size());
  return there;
}

void TrimSpace(std::string_view& text) {
  const auto is_space = [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits at the beginning of `text`, which it loses, with commas between thousands left out. Empty where
// there are none, or where a comma stands elsewhere.
std::string TakeWhole(std::string_view& text) {
  std::string digits;
  std::size_t group = 0;
  bool grouped = false;
  while (!text.empty() && (IsDigit(text.front()) || text.front() == ',')) {
    if (IsDigit(text.front())) {
      digits += text.front();
      ++group;
    } else {
      if (group == 0 || group > 3 || (grouped && group != 3)) return "";
      grouped = true;
      group = 0;
    }
    text.remove_prefix(1);
  }
  return grouped && group != 3 ? "" : digits;
}

// `digits` × 10^`power`, to the nearest whole number; nullopt: it is beyond what an attempt can be charged.
std::optional<std::int64_t> Scaled(const std::string& digits, int power) {
  absl::int128 value = 0;
  const auto kept = static_cast<int>(digits.size()) + std::min(power, 0);
  for (int i = 0; i < kept + std::max(power, 0); ++i) {
    value =
        value * 10 + (i < static_cast<int>(digits.size()) ? digits[static_cast<std::size_t>(i)] - '0' : 0);
    if (value > kMostNanos) return std::nullopt;
  }
  const bool up = power < 0 && kept >= 0 && digits[static_cast<std::size_t>(kept)] >= '5';
  return static_cast<std::int64_t>(value) + (up ? 1 : 0);
}

// Of US dollars, which may say so, in any form that a provider or a spreadsheet writes: `-$1,200.00`,
// `1.2000000000000002 USD`, `8e-1`. nullopt: it is none.
std::optional<std::int64_t> ReadAmount(std::string_view text) {
  TrimSpace(text);
  const bool negative = TakePrefix(text, "-");
  if (!TakePrefix(text, "USD")) TakePrefix(text, "$");
  TrimSpace(text);
  std::string digits = TakeWhole(text);
  if (digits.empty()) return std::nullopt;
  int power = 9;
  if (TakePrefix(text, ".")) {
    for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), --power) digits += text.front();
  }
  if (TakePrefix(text, "e") || TakePrefix(text, "E")) {
    const bool down = TakePrefix(text, "-");
    if (!down) TakePrefix(text, "+");
    int exponent = 0;
    int length = 0;
    for (; !text.empty() && IsDigit(text.front()) && length < 3; text.remove_prefix(1), ++length)
      exponent = exponent * 10 + (text.front() - '0');
    if (length == 0) return std::nullopt;
    power += down ? -exponent : exponent;
  }
  TrimSpace(text);
  TakePrefix(text, "USD");
  const bool zero = digits.find_first_not_of('0') == std::string::npos;
  const std::optional<std::int64_t> nanos = zero ? std::optional<std::int64_t>(0) : Scaled(digits, power);
  if (!text.empty() || !nanos) return std::nullopt;
  return negative ? -*nanos : *nanos;
}

absl::Status At(int line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", std::string(what)));
}

}  // namespace

absl::StatusOr<Bill> ReadCsvBill(std::string_view text, const std::string& id_column,
                                 const std::string& amount_column) {
  TakePrefix(text, "\xef\xbb\xbf");  // spreadsheets begin with it
  const std::vector<std::string> header = TakeCells(text);
  const auto place = [&header](const std::string& name) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const std::size_t id_at = place(id_column);
  const std::size_t amount_at = place(amount_column);
  if (id_at == header.size()) return At(1, absl::StrCat("there is no column `", id_column, "`"));
  if (amount_at == header.size()) return At(1, absl::StrCat("there is no column `", amount_column, "`"));
  Bill bill;
  for (int line = 2; !text.empty(); ++line) {
    const std::vector<std::string> cells = TakeCells(text);
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (cells.size() <= std::max(id_at, amount_at))
      return At(line, "it has fewer columns than the first one");
    if (cells[id_at].empty()) continue;  // a sum, or a fee: of no job
    const std::optional<std::int64_t> amount = ReadAmount(cells[amount_at]);
    if (!amount) return At(line, absl::StrCat("`", cells[amount_at], "` is no amount of US dollars"));
    std::int64_t& sum = bill[cells[id_at]];
    sum += *amount;
    if (std::abs(sum) > kMostNanos) return At(line, absl::StrCat("`", cells[id_at], "` has too much"));
  }
  return bill;
}

absl::StatusOr<Bill> ReadSandboxBill(const std::string& json, const std::string& provider) {
  google::protobuf::Struct ledger;
  if (!google::protobuf::util::JsonStringToMessage(json, &ledger).ok())
    return absl::InvalidArgumentError("it is no JSON");
  Bill bill;
  for (const google::protobuf::Value& entry : (*ledger.mutable_fields())["creations"].list_value().values()) {
    const auto& fields = entry.struct_value().fields();
    const auto text = [&fields](const char* name) {
      const auto found = fields.find(name);
      return found == fields.end() ? std::string() : found->second.string_value();
    };
    std::int64_t nanos = 0;
    if (text("provider") != provider) continue;
    if (!absl::SimpleAtoi(text("charged_nanos"), &nanos))
      return absl::InvalidArgumentError("a creation has no charged_nanos");
    bill[text("id")] += nanos;
  }
  return bill;
}

std::string_view Name(Discrepancy discrepancy) {
  switch (discrepancy) {
    case Discrepancy::kAmount:
      return "AMOUNT";
    case Discrepancy::kNotBooked:
      return "NOT_BOOKED";
    case Discrepancy::kNotBilled:
      return "NOT_BILLED";
    case Discrepancy::kHeld:
      return "HELD";
    case Discrepancy::kOpen:
      return "OPEN";
  }
  return "";
}

std::string TakeSum(Bill& bill, const std::vector<admin::v1::Charge>& charges) {
  if (bill.size() < 3) return "";  // of two equal lines neither is the other's sum
  absl::int128 all = 0;
  for (const auto& [id, nanos] : bill) all += nanos;
  for (auto line = bill.begin(); line != bill.end(); ++line) {
    std::string id = line->first;
    const bool known = std::any_of(charges.begin(), charges.end(), [&id](const admin::v1::Charge& charge) {
      return charge.provider_job_id() == id;
    });
    if (known || line->second == 0 || all != absl::int128(2) * line->second) continue;
    bill.erase(line);
    return id;
  }
  return "";
}

std::vector<Finding> Reconcile(const Bill& bill, const std::vector<admin::v1::Charge>& charges) {
  std::vector<Finding> findings;
  Bill unbooked = bill;
  for (const admin::v1::Charge& charge : charges) {
    const std::string& id = charge.provider_job_id();
    const auto billed = bill.find(id);
    const bool is_billed = !id.empty() && billed != bill.end();
    if (is_billed) unbooked.erase(id);
    Finding finding{Discrepancy::kAmount, id, is_billed ? billed->second : 0, NanosOf(charge.settled()),
                    charge};
    if (!charge.has_settled()) {
      finding.kind = id.empty() ? Discrepancy::kHeld : Discrepancy::kOpen;
    } else if (finding.billed_nanos == finding.booked_nanos) {
      continue;  // an attempt that cost nothing need not be on a bill
    } else if (!is_billed) {
      finding.kind = Discrepancy::kNotBilled;
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& [id, nanos] : unbooked) {
    if (nanos != 0) findings.push_back({Discrepancy::kNotBooked, id, nanos, 0, {}});
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.provider_job_id < b.provider_job_id; });
  return findings;
}

}  // namespace zoetrope::cli
