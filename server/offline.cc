#include "server/offline.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "server/base/real_clock.h"
#include "server/base/strings.h"
#include "server/config/print_config.h"
#include "server/config/settings.h"
#include "server/engine/price_audit.h"
#include "server/http/curl_client.h"

namespace zoetrope {
namespace {

int CheckPrices(Inputs& inputs, const std::string& user_agent) {
  RealClock clock;
  absl::StatusOr<std::unique_ptr<CurlClient>> http = CurlClient::Create(&clock, {.user_agent = user_agent});
  if (!http.ok()) {
    std::cerr << "zoetroped: " << ToStd(http.status().message()) << "\n";
    return EXIT_FAILURE;
  }
  const PriceAuditOptions options{
      .today = absl::FormatTime("%Y-%m-%d", clock.TimeNow(), absl::UTCTimeZone()),
      .allow_retired = PlanRulesOf(inputs.config).allow_retired_models,
      .pause = [](absl::Duration time) { absl::Notification().WaitForNotificationWithTimeout(time); }};
  const PriceAudit audit =
      AuditPrices(Accounts(std::move(inputs.accounts)), *inputs.catalogue, http->get(), options, std::cout);
  std::cout << audit.same << " as in the catalogue, " << audit.differ << " differ, " << audit.unpriced
            << " without a price in it, " << audit.unanswered << " not answered" << std::endl;
  if (audit.asked() == 0) std::cerr << "zoetroped: no configured provider quotes prices\n";
  return audit.good() && std::cout.good() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

std::optional<int> RunOffline(const Flags& flags, Inputs& inputs, const std::string& user_agent) {
  if (flags.check_prices) return CheckPrices(inputs, user_agent);
  if (flags.print_config) {
    std::cout << PrintedConfig(inputs);
    return EXIT_SUCCESS;
  }
  if (flags.check) {
    const std::filesystem::path store = inputs.config.store().sqlite().path();
    std::error_code failed;
    if (store.has_parent_path() && !std::filesystem::is_directory(store.parent_path(), failed)) {
      std::cerr << "zoetroped: store.sqlite.path: there is no folder " << store.parent_path() << "\n";
      return kUsageExit;
    }
    std::cout << "the configuration is good\n";
    return EXIT_SUCCESS;
  }
  return std::nullopt;
}

}  // namespace zoetrope
