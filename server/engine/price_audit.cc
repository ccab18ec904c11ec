#include "server/engine/price_audit.h"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "server/route/price.h"
#include "server/route/price_probe.h"

namespace zoetrope {
namespace {

// Where a form needs one; nothing is submitted under it.
constexpr std::string_view kNoAttempt = "00000000-0000-4000-8000-000000000000";

HttpResult Fetch(HttpClient& http, HttpRequest request, const Account& account) {
  CallOptions options = CallOptionsFor(account, account.poll_timeout);
  auto answered = std::make_shared<std::promise<HttpResult>>();
  std::future<HttpResult> answer = answered->get_future();
  http.Start(std::move(request), options,
             [answered](HttpResult result) { answered->set_value(std::move(result)); });
  return answer.get();
}

// Asked too often, it is asked again so many times, after what it says or these pauses doubled.
constexpr int kTries = 3;
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
// So many in a row without an answer, and nobody is there.
constexpr int kSilencesMax = 5;

// One account's provider, asked for prices.
class Asker {
 public:
  Asker(const Account& account, HttpClient* http, const PriceAuditOptions& options)
      : account_(account), http_(*http), options_(options) {}

  // What it quotes; otherwise why it does not, in words.
  std::variant<Priced, std::string> Ask(const Offering& offering, const Generation& probe) {
    PriceOutcome outcome = TryAgain{};
    for (int i = 0; i < kTries; ++i) {
      outcome = AskOnce(offering, probe);
      const auto* again = std::get_if<TryAgain>(&outcome);
      if (again == nullptr || again->account_trouble != FailureReason::kProviderRateLimited) break;
      if (i + 1 < kTries)
        options_.pause(std::min(again->retry_after.value_or(kPause * (1 << i)), kLongestPause));
    }
    const auto* again = std::get_if<TryAgain>(&outcome);
    silences_ = again != nullptr ? silences_ + 1 : 0;
    if (again != nullptr) return again->why;
    if (const auto* odd = std::get_if<Unrecognized>(&outcome))
      return odd->message.empty() ? odd->why : absl::StrCat(odd->why, ": ", odd->message);
    return std::get<Priced>(outcome);
  }

  bool is_silent() const { return silences_ >= kSilencesMax; }

 private:
  PriceOutcome AskOnce(const Offering& offering, const Generation& probe) {
    static const std::map<std::string, MediaBytes> kNoPictures;
    static const std::map<std::string, std::string> kNoSteps;
    const SubmitInput input{probe, offering, kNoAttempt, kNoPictures, kNoSteps, ""};
    absl::StatusOr<HttpRequest> request = account_.adapter->BuildPrice(input, account_.secret);
    if (!request.ok()) return Unrecognized{std::string(ToStd(request.status().message()))};
    const HttpResult result = Fetch(http_, *std::move(request), account_);
    if (const auto* error = std::get_if<TransportError>(&result))
      return TryAgain{std::nullopt, error->message};
    return account_.adapter->ReadPrice(std::get<HttpResponse>(result));
  }

  const Account& account_;
  HttpClient& http_;
  const PriceAuditOptions& options_;
  int silences_ = 0;  // in a row
};

std::string WishText(const Generation& probe) {
  return absl::StrFormat("%gs %s%s", absl::ToDoubleSeconds(absl::Milliseconds(probe.duration_ms.value_or(0))),
                         probe.resolution, probe.audio.value_or(false) ? " sound" : "");
}

class Report {
 public:
  explicit Report(std::ostream& out) : out_(out) {
    Line("OFFERING", "GENERATION", "CATALOGUE", "LIST", "CHARGED", "");
  }

  void Add(const Offering& offering, const Generation& probe, std::optional<Money> ours,
           const std::variant<Priced, std::string>& quote) {
    const std::string here = ours ? FormatMoney(*ours) : "none";
    const auto* theirs = std::get_if<Priced>(&quote);
    if (theirs == nullptr) {
      ++audit_.unanswered;
      return Line(offering.id, WishText(probe), here, "-", "-", "no price: " + std::get<std::string>(quote));
    }
    const bool dearer = theirs->charged > theirs->list;
    const bool differs = ours && *ours != theirs->list;
    ++(differs || dearer ? audit_.differ : !ours ? audit_.unpriced : audit_.same);
    Line(offering.id, WishText(probe), here, FormatMoney(theirs->list), FormatMoney(theirs->charged),
         differs  ? "differs"
         : dearer ? "charged above the list"
                  : "");
  }

  void AskedNoMore(const Account& account) {
    out_ << account.name << " is asked no more: " << kSilencesMax << " in a row were not answered"
         << std::endl;
  }

  PriceAudit audit() const { return audit_; }

 private:
  void Line(const std::string& offering, const std::string& wish, const std::string& ours,
            const std::string& list, const std::string& charged, const std::string& remark) {
    std::string line =
        absl::StrFormat("%-44s %-18s %10s %10s %10s  %s", offering, wish, ours, list, charged, remark);
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << std::endl;  // whoever pipes it wants to see it grow
  }

  std::ostream& out_;
  PriceAudit audit_;
};

void AuditAccount(const Account& account, const Catalogue& catalogue, HttpClient* http,
                  const PriceAuditOptions& options, Report& report) {
  Asker asker(account, http, options);
  for (const Model& model : catalogue.models()) {
    for (const Offering& offering : model.offerings) {
      if (offering.dialect != account.dialect ||
          !IsInService(model, offering, options.today, options.allow_retired))
        continue;
      for (const Generation& probe : PriceProbes(model, offering)) {
        const std::optional<Price> ours = PriceOf({probe, offering, options.today, &account.price});
        report.Add(offering, probe, ours ? std::optional(ours->amount) : std::nullopt,
                   asker.Ask(offering, probe));
        if (asker.is_silent()) return report.AskedNoMore(account);
      }
    }
  }
}

}  // namespace

PriceAudit AuditPrices(const Accounts& accounts, const Catalogue& catalogue, HttpClient* http,
                       const PriceAuditOptions& options, std::ostream& out) {
  Report report(out);
  for (const Account& account : accounts.all()) {
    if (account.adapter->capabilities().quotes_prices)
      AuditAccount(account, catalogue, http, options, report);
  }
  return report.audit();
}

}  // namespace zoetrope
