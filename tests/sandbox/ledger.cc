#include "tests/sandbox/ledger.h"

#include <map>

namespace zoetrope::sandbox {
namespace {

Json ShowJob(const Job& job, std::int64_t now_ms) {
  Json entry;
  entry["seq"] = job.seq;
  entry["provider"] = ProviderName(job.provider);
  entry["endpoint"] = job.endpoint;
  entry["id"] = job.id;
  entry["marker"] = job.marker;
  entry["prompt"] = job.prompt;
  entry["at_ms"] = job.created_ms;
  entry["charged_nanos"] = std::to_string(ChargedNanos(job, now_ms));
  entry["price_nanos"] = std::to_string(job.price_nanos * job.results);
  entry["results"] = job.results;
  entry["state"] = StateName(StateAt(job, now_ms));
  entry["accepted"] = true;
  entry["answered"] = job.answered;
  return entry;
}

Json ShowAttempt(const Attempt& attempt) {
  Json entry;
  entry["provider"] = ProviderName(attempt.provider);
  entry["endpoint"] = attempt.endpoint;
  entry["marker"] = attempt.marker;
  entry["prompt"] = attempt.prompt;
  entry["at_ms"] = attempt.at_ms;
  entry["status"] = attempt.status;
  entry["fault"] = attempt.fault;
  entry["creation"] = attempt.job;
  return entry;
}

}  // namespace

bool LedgerFilter::Passes(Provider of, const std::string& prompt) const {
  if (provider && *provider != of) return false;
  return prompt_contains.empty() || prompt.find(prompt_contains) != std::string::npos;
}

void Ledger::Record(Attempt attempt) {
  ++posts_[Index(attempt.provider)];
  attempts_.push_back(std::move(attempt));
  if (attempts_.size() > max_attempts_) attempts_.pop_front();
}

Json Ledger::ShowRequests(const LedgerFilter& filter) const {
  Json out = Json::object();
  for (const Provider provider : kProviders) {
    if (filter.provider && *filter.provider != provider) continue;
    Json& counts = out[std::string(ProviderName(provider))];
    for (const Call call : {Call::kSubmit, Call::kPoll, Call::kResult, Call::kCancel, Call::kMedia}) {
      counts[std::string(CallName(call))] = requests_[Index(provider)][static_cast<std::size_t>(call)];
    }
  }
  return out;
}

Json Ledger::ShowPosts(const LedgerFilter& filter, Json* attempts) const {
  std::map<Provider, std::uint64_t> counts;
  for (const Provider provider : kProviders) counts[provider] = 0;
  if (filter.prompt_contains.empty()) {
    for (const Provider provider : kProviders) counts[provider] = posts_[Index(provider)];
  }
  for (const Attempt& attempt : attempts_) {
    if (!filter.Passes(attempt.provider, attempt.prompt)) continue;
    if (!filter.prompt_contains.empty()) ++counts[attempt.provider];
    if (!filter.summary) attempts->push_back(ShowAttempt(attempt));
  }
  Json out = Json::object();
  for (const auto& [provider, count] : counts) {
    if (!filter.provider || *filter.provider == provider) out[std::string(ProviderName(provider))] = count;
  }
  return out;
}

Json Ledger::Show(const JobStore& jobs, const LedgerFilter& filter, std::int64_t now_ms) const {
  Json creations = Json::array();
  std::uint64_t count = 0;
  std::int64_t charged = 0;
  std::map<std::string, std::uint64_t> states;
  std::map<std::string, std::uint64_t> providers;
  for (const Job& job : jobs.all()) {
    if (!filter.Passes(job.provider, job.prompt)) continue;
    ++count;
    charged += ChargedNanos(job, now_ms);
    ++states[std::string(StateName(StateAt(job, now_ms)))];
    ++providers[std::string(ProviderName(job.provider))];
    if (!filter.summary) creations.push_back(ShowJob(job, now_ms));
  }
  Json attempts = Json::array();
  Json out;
  if (!filter.summary) out["creations"] = std::move(creations);
  out["posts"] = ShowPosts(filter, &attempts);
  if (!filter.summary) out["attempts"] = std::move(attempts);
  out["requests"] = ShowRequests(filter);
  out["totals"] = {{"creations", count},
                   {"charged_nanos", std::to_string(charged)},
                   {"by_state", states},
                   {"by_provider", providers}};
  return out;
}

void Ledger::Clear() {
  requests_ = {};
  posts_ = {};
  attempts_.clear();
}

}  // namespace zoetrope::sandbox
