#include "server/reload.h"

#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/config/file_stamps.h"
#include "server/config/reload_check.h"
#include "server/config/settings.h"

namespace zoetrope {
namespace {

constexpr std::size_t kProblemChars = 2'000;  // in a line of the log

}  // namespace

Reloader::Reloader(InputSource source, Environment environment, const Inputs& running, FileStamps files,
                   ReloadParts parts)
    : source_(std::move(source)),
      environment_(std::move(environment)),
      parts_(parts),
      running_(running.config),
      fixed_secrets_(running.fixed_secrets),
      read_(std::move(files)),
      seen_(read_) {}

bool Reloader::Reload() {
  std::ostringstream problems;
  std::optional<Inputs> inputs = ReadInputs(source_, environment_, problems, &read_);
  if (!inputs) return Refuse(problems.str());
  std::vector<std::string> fixed = FixedDifferences(running_, inputs->config);
  for (const auto& [path, secret] : inputs->fixed_secrets) {
    const auto before = fixed_secrets_.find(path);
    if (before != fixed_secrets_.end() && !secret.Equals(before->second.Reveal())) fixed.push_back(path);
  }
  if (!fixed.empty()) return Refuse(absl::StrCat("needs a restart: ", absl::StrJoin(fixed, ", ")));
  TakeOver(*std::move(inputs));
  return true;
}

bool Reloader::FilesHaveChanged() {
  FileStamps now = StampsNow(read_);
  const bool settled = now == seen_;
  seen_ = std::move(now);
  return settled && seen_ != read_;
}

bool Reloader::Refuse(const std::string& why) {
  parts_.metrics->OnReload(false);
  const std::string told = absl::StrReplaceAll(why.substr(0, kProblemChars), {{"\n", "; "}});
  parts_.refusal->Set(std::make_shared<const std::string>(told));
  parts_.log->Error("config_reload_refused", {{"why", told}, {"consequence", "all stays as it was"}});
  return false;
}

void Reloader::TakeOver(Inputs inputs) {
  for (const Secret& secret : inputs.secrets) parts_.log->Redact(secret);
  const std::shared_ptr<const Supply> before = parts_.supply->Get();
  for (Account& account : inputs.accounts) {
    const Account& old = *before->accounts->Find(account.name);
    account.adapter = old.adapter;  // what is on its way there has a hold of it
    account.former = old.secret.Equals(account.secret.Reveal()) ? old.former : old.secret;
  }
  inputs.quotes = before->rules.quotes;  // under another key, what was promised would be refused
  running_ = inputs.config;
  parts_.callers->Reload(inputs);
  const std::shared_ptr<const Supply> next = TakeSupply(inputs);
  parts_.metrics->Expect(*next->accounts, *next->catalogue, DayOf(parts_.clock->TimeNow()),
                         next->rules.allow_retired_models);
  std::promise<void> in_force;
  parts_.engine->Reload({next->accounts, next->catalogue, next->rules.budgets},
                        [&in_force] { in_force.set_value(); });
  in_force.get_future().wait();
  parts_.supply->Set(next);
  WarnOfShortDrain(running_, *next->accounts, *parts_.log);
  parts_.budgets->SetBudgets(next->rules.budgets);
  parts_.metrics->OnReload(true);
  parts_.refusal->Set(std::make_shared<const std::string>());
  parts_.log->Info("config_reloaded", {{"models", absl::StrCat(next->catalogue->models().size())},
                                       {"budgets", absl::StrCat(next->rules.budgets.size())}});
}

}  // namespace zoetrope
