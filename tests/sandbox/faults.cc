#include "tests/sandbox/faults.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "tests/sandbox/http_message.h"

namespace zoetrope::sandbox {
namespace {

struct Kind {
  std::string_view name;
  std::size_t arity;  // arguments before the count
  Call call;          // what it is aimed at without a prefix
  int times;          // how often, without a count
};

constexpr std::size_t kMaxConsumed = 1'000'000;

constexpr Kind kKinds[] = {
    // The wire.
    {"lost-request", 0, Call::kSubmit, 1},
    {"lost-reply", 0, Call::kSubmit, 1},
    {"reset", 0, Call::kSubmit, 1},
    {"reset-before", 0, Call::kSubmit, 1},
    {"slow-drip", 1, Call::kSubmit, 1},
    {"hang", 1, Call::kSubmit, 1},
    {"truncated", 0, Call::kSubmit, 1},
    {"half-header", 0, Call::kSubmit, 1},
    {"html-200", 0, Call::kSubmit, 1},
    {"not-json", 0, Call::kSubmit, 1},
    {"empty-200", 0, Call::kSubmit, 1},
    {"huge", 1, Call::kSubmit, 1},
    {"deep-json", 1, Call::kSubmit, 1},
    {"invalid-utf8", 0, Call::kSubmit, 1},
    {"redirect", 1, Call::kSubmit, 1},
    {"status", 1, Call::kSubmit, 1},
    {"status-created", 1, Call::kSubmit, 1},
    {"retry-after", 1, Call::kSubmit, kForever},
    {"retry-after-date", 1, Call::kSubmit, kForever},
    {"no-id", 0, Call::kSubmit, 1},
    {"wrong-type", 0, Call::kMedia, kForever},
    // Bodies that a strict reader trips over.
    {"unknown-fields", 0, Call::kAny, kForever},
    {"numbers-as-strings", 0, Call::kAny, kForever},
    {"strings-as-numbers", 0, Call::kAny, kForever},
    {"missing-cost", 0, Call::kAny, kForever},
    {"no-video", 0, Call::kAny, kForever},
    // Refusals that do not go away by asking again.
    {"reject", 1, Call::kSubmit, kForever},
    {"model-gone", 0, Call::kSubmit, kForever},
    {"no-credit", 1, Call::kSubmit, kForever},
    // The life of a job.
    {"unknown-status", 1, Call::kJob, 3},
    {"backwards", 0, Call::kJob, kForever},
    {"completed-with-error", 0, Call::kJob, kForever},
    {"fail", 2, Call::kJob, kForever},
    {"timed-out", 0, Call::kJob, kForever},
    {"expired-result", 0, Call::kJob, kForever},
    {"never-finishes", 0, Call::kJob, kForever},
    {"nsfw", 0, Call::kJob, kForever},
    {"partial", 1, Call::kJob, kForever},
    {"discount", 1, Call::kJob, kForever},
    {"late-charge", 1, Call::kJob, kForever},
    {"webhook-never", 0, Call::kJob, kForever},
    {"webhook-late", 1, Call::kJob, kForever},
    {"webhook-twice", 0, Call::kJob, kForever},
    {"webhook-forged", 0, Call::kJob, kForever},
    {"cancel-too-late", 0, Call::kJob, kForever},
    {"run-ms", 1, Call::kJob, kForever},
    {"queue-ms", 1, Call::kJob, kForever},
};

const Kind* FindKind(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::optional<std::int64_t> ToNumber(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> SplitArgs(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

std::optional<Call> CallByName(std::string_view name) {
  for (const Call call :
       {Call::kSubmit, Call::kPoll, Call::kResult, Call::kCancel, Call::kMedia, Call::kAny}) {
    if (CallName(call) == name) return call;
  }
  return std::nullopt;
}

// "poll-truncated" is the fault "truncated" aimed at polls. Media faults strike every download: a file that
// is gone stays gone.
std::optional<Call> TakeCallPrefix(std::string* name) {
  if (FindKind(*name) != nullptr) return std::nullopt;
  for (const Call call : {Call::kPoll, Call::kResult, Call::kCancel, Call::kMedia}) {
    const std::string prefix = std::string(CallName(call)) + "-";
    if (!StartsWith(*name, prefix)) continue;
    name->erase(0, prefix.size());
    return call;
  }
  return std::nullopt;
}

// The short spellings.
void Expand(std::vector<std::string>* parts) {
  if (parts->front() == "lost") parts->front() = "lost-reply";
  if (parts->front().size() == 3 && ToNumber(parts->front())) parts->insert(parts->begin(), "status");
}

}  // namespace

std::string Fault::Arg(std::size_t index, std::string_view otherwise) const {
  return index < args.size() && !args[index].empty() ? args[index] : std::string(otherwise);
}

std::int64_t Fault::Number(std::size_t index, std::int64_t otherwise) const {
  // Bounded, so that no prompt can overflow a sum of times.
  constexpr std::int64_t kBound = 1'000'000'000'000;
  if (index >= args.size()) return otherwise;
  return std::clamp(ToNumber(args[index]).value_or(otherwise), -kBound, kBound);
}

bool ArmedFault::Strike(Call call) {
  if (fault.call != call && fault.call != Call::kAny) return false;
  if (fault.times != kForever && struck >= fault.times) return false;
  ++struck;
  return true;
}

bool IsModifier(const Fault& fault) {
  static constexpr std::string_view kModifiers[] = {
      "retry-after",        "retry-after-date",   "hang",         "unknown-fields",
      "numbers-as-strings", "strings-as-numbers", "missing-cost", "no-video"};
  return std::find(std::begin(kModifiers), std::end(kModifiers), fault.name) != std::end(kModifiers);
}

std::optional<Fault> ParseFault(std::string_view text) {
  Fault fault;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    fault.only = ProviderByName(text.substr(0, slash));
    if (!fault.only) return std::nullopt;
    text.remove_prefix(slash + 1);
  }
  std::vector<std::string> parts = SplitArgs(text);
  const std::optional<Call> aimed = TakeCallPrefix(&parts.front());
  if (aimed) Expand(&parts);
  const Kind* kind = FindKind(parts.front());
  if (kind == nullptr) return std::nullopt;
  fault.name = parts.front();
  fault.call = aimed.value_or(kind->call);
  fault.times = aimed == Call::kMedia ? kForever : kind->times;
  parts.erase(parts.begin());
  if (parts.size() > kind->arity) {
    const std::optional<std::int64_t> times = ToNumber(parts[kind->arity]);
    if (!times || parts.size() > kind->arity + 1) return std::nullopt;
    fault.times = static_cast<int>(*times);
    parts.resize(kind->arity);
  }
  fault.args = std::move(parts);
  return fault;
}

std::vector<Fault> ParseMarkers(std::string_view prompt, Provider provider) {
  constexpr std::string_view kOpen = "[[fault:";
  std::vector<Fault> faults;
  std::size_t at = prompt.find(kOpen);
  while (at != std::string_view::npos) {
    const std::size_t begin = at + kOpen.size();
    const std::size_t end = prompt.find("]]", begin);
    if (end == std::string_view::npos) break;
    std::optional<Fault> fault = ParseFault(prompt.substr(begin, end - begin));
    if (fault && (!fault->only || *fault->only == provider)) faults.push_back(*std::move(fault));
    at = prompt.find(kOpen, end);
  }
  return faults;
}

const Fault* FindFault(const std::vector<Fault>& faults, std::string_view name) {
  const auto it = std::find_if(faults.begin(), faults.end(), [&](const Fault& f) { return f.name == name; });
  return it == faults.end() ? nullptr : &*it;
}

FaultBook::FaultBook(std::uint64_t seed, double rate) : random_(seed ^ 0x9e3779b97f4a7c15ULL), rate_(rate) {}

std::string FaultBook::ReadRule(const Json& entry, Rule* rule) {
  if (!entry.is_object()) return "a rule must be an object";
  const auto text = [&](const char* key) {
    const auto it = entry.find(key);
    if (it == entry.end()) return std::string();
    return it->is_string() ? it->get<std::string>() : it->dump();
  };
  const auto number = [&](const char* key, std::int64_t otherwise) {
    const auto it = entry.find(key);
    return it != entry.end() && it->is_number_integer() ? it->get<std::int64_t>() : otherwise;
  };
  for (const auto& [key, value] : entry.items()) {
    const std::string_view known[] = {"provider",        "call",  "nth", "every", "always", "times",
                                      "prompt_contains", "fault", "arg"};
    if (std::find(std::begin(known), std::end(known), key) == std::end(known))
      return "unknown key '" + key + "'";
  }
  const std::string provider = text("provider");
  if (!provider.empty() && provider != "*") {
    rule->provider = ProviderByName(provider);
    if (!rule->provider) return "unknown provider '" + provider + "'";
  }
  const std::string arg = text("arg");
  std::optional<Fault> fault = ParseFault(arg.empty() ? text("fault") : text("fault") + ":" + arg);
  if (!fault) return "unknown fault '" + text("fault") + "'";
  rule->fault = *std::move(fault);
  // A fault of the job is decided when the job is submitted; everything else strikes where the rule says.
  const bool of_job = rule->fault.call == Call::kJob;
  const std::string call = text("call");
  const std::optional<Call> named = call.empty() ? std::optional<Call>() : CallByName(call);
  if (!call.empty() && !named) return "unknown call '" + call + "'";
  rule->call = of_job ? Call::kSubmit : named.value_or(rule->fault.call);
  rule->nth = number("nth", 0);
  rule->every = number("every", 0);
  rule->times = number("times", rule->nth > 0 ? 1 : kForever);
  rule->prompt_contains = text("prompt_contains");
  return "";
}

std::string FaultBook::LoadScript(const Json& script) {
  const Json& list = script.is_object() && script.contains("rules") ? script["rules"] : script;
  if (!list.is_array()) return "the script must be an array of rules";
  std::vector<Rule> rules;
  for (const Json& entry : list) {
    Rule rule;
    const std::string wrong = ReadRule(entry, &rule);
    if (!wrong.empty()) return "rule " + std::to_string(rules.size()) + ": " + wrong;
    rules.push_back(std::move(rule));
  }
  rules_ = std::move(rules);
  script_ = list;
  return "";
}

std::vector<Fault> FaultBook::StrikeSubmit(Provider provider, const std::string& prompt,
                                           const std::vector<Fault>& markers) {
  std::vector<Fault> struck;
  if (markers.empty()) return struck;
  const std::size_t key = std::hash<std::string>()(std::string(ProviderName(provider)) + prompt);
  if (consumed_.size() > kMaxConsumed) consumed_.clear();
  bool decided = false;
  for (std::size_t i = 0; i < markers.size(); ++i) {
    const Fault& fault = markers[i];
    if (fault.call != Call::kSubmit && fault.call != Call::kAny) continue;
    if (decided && !IsModifier(fault)) continue;
    int& uses = consumed_[{key, i}];
    if (fault.times != kForever && uses >= fault.times) continue;
    ++uses;
    decided = decided || !IsModifier(fault);
    struck.push_back(fault);
  }
  return struck;
}

bool FaultBook::Matches(Rule* rule, Provider provider, Call call, std::string_view prompt) {
  if (rule->provider && *rule->provider != provider) return false;
  if (rule->call != Call::kAny && rule->call != call) return false;
  if (!rule->prompt_contains.empty() && prompt.find(rule->prompt_contains) == std::string_view::npos)
    return false;
  ++rule->seen;
  if (rule->times != kForever && rule->struck >= rule->times) return false;
  if (rule->nth > 0 && rule->seen < rule->nth) return false;
  if (rule->every > 0 && rule->seen % rule->every != 0) return false;
  ++rule->struck;
  return true;
}

std::vector<Fault> FaultBook::StrikeCall(Provider provider, Call call, std::string_view prompt) {
  std::vector<Fault> struck;
  for (Rule& rule : rules_) {
    if (Matches(&rule, provider, call, prompt)) struck.push_back(rule.fault);
  }
  if (rate_ > 0) {
    if (std::optional<Fault> drawn = Draw(call)) struck.push_back(*std::move(drawn));
  }
  return struck;
}

std::optional<Fault> FaultBook::Draw(Call call) {
  static constexpr std::string_view kSubmit[] = {
      "lost-request", "lost-reply",         "reset",      "reset-before", "truncated", "half-header",
      "html-200",     "not-json",           "empty-200",  "invalid-utf8", "no-id",     "status:429",
      "status:503",   "status-created:500", "status:502", "slow-drip:1",  "hang:200",  "fail"};
  static constexpr std::string_view kOther[] = {
      "lost-reply", "reset",      "truncated",  "half-header", "html-200", "not-json",   "empty-200",
      "status:500", "status:502", "status:503", "status:429",  "hang:200", "slow-drip:1"};
  if (std::uniform_real_distribution<double>(0, 1)(random_) >= rate_) return std::nullopt;
  const std::size_t count = call == Call::kSubmit ? std::size(kSubmit) : std::size(kOther);
  const std::size_t pick = std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  return ParseFault(call == Call::kSubmit ? kSubmit[pick] : kOther[pick]);
}

void FaultBook::Reset() {
  rules_.clear();
  script_ = Json::array();
  consumed_.clear();
}

}  // namespace zoetrope::sandbox
