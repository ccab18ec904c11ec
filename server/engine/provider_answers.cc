#include "server/engine/provider_answers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace zoetrope {
namespace {

constexpr char kWhy[] = "the provider's id of the job holds the account's key";

bool HoldsKey(const Account& account, const ProviderJob& job) {
  const std::string_view key = account.secret.Reveal();
  if (key.empty()) return false;
  const auto holds = [key](const std::string& text) { return text.find(key) != std::string::npos; };
  return holds(job.id) || std::any_of(job.urls.begin(), job.urls.end(),
                                      [&holds](const auto& url) { return holds(url.second); });
}

}  // namespace

SubmitOutcome ReadSubmit(const Account& account, const SubmitInput& input, const HttpResponse& response) {
  SubmitOutcome outcome = account.adapter->ReadSubmit(input, response);
  const auto* accepted = std::get_if<Accepted>(&outcome);
  if (accepted != nullptr && HoldsKey(account, accepted->job)) return Unrecognized{kWhy};
  return outcome;
}

LookupOutcome ReadLookup(const Account& account, const LookupInput& input, const HttpResponse& response) {
  LookupOutcome outcome = account.adapter->ReadLookup(input, response);
  const auto* page = std::get_if<LookupPage>(&outcome);
  const bool bad =
      page != nullptr && std::any_of(page->matches.begin(), page->matches.end(),
                                     [&](const ProviderJob& job) { return HoldsKey(account, job); });
  if (bad) return Unrecognized{kWhy};
  return outcome;
}

std::optional<ProviderJob> ReadCallback(const Account& account, std::string_view body) {
  std::optional<ProviderJob> job = account.adapter->ReadCallback(body);
  if (job && HoldsKey(account, *job)) return std::nullopt;
  return job;
}

}  // namespace zoetrope
