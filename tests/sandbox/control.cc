#include "tests/sandbox/control.h"

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {
namespace {

Reply ControlError(int status, const std::string& message) { return JsonReply(status, {{"error", message}}); }

Reply ShowLedger(World* world, const Request& request) {
  LedgerFilter filter;
  const std::string_view provider = request.Query("provider");
  if (!provider.empty()) {
    filter.provider = ProviderByName(provider);
    if (!filter.provider) return ControlError(400, "unknown provider '" + std::string(provider) + "'");
  }
  filter.prompt_contains = std::string(request.Query("prompt_contains"));
  filter.summary = request.Query("summary") == "1";
  return JsonReply(200, world->ledger.Show(world->jobs, filter, world->now_ms()));
}

Reply Faults(World* world, const Request& request) {
  if (request.method == "GET") return JsonReply(200, world->faults.script());
  if (request.method != "PUT" && request.method != "POST") return ControlError(405, "GET or PUT");
  const Json script = Json::parse(request.body, nullptr, false);
  if (script.is_discarded()) return ControlError(400, "not JSON");
  const std::string wrong = world->faults.LoadScript(script);
  return wrong.empty() ? JsonReply(200, world->faults.script()) : ControlError(400, wrong);
}

}  // namespace

Reply HandleControl(World* world, const Request& request) {
  if (request.path == "/_sandbox/health") {
    return JsonReply(200,
                     {{"status", "ok"}, {"jobs", world->jobs.live()}, {"created", world->jobs.created()}});
  }
  if (request.path == "/_sandbox/ledger") return ShowLedger(world, request);
  if (request.path == "/_sandbox/faults") return Faults(world, request);
  if (request.path == "/_sandbox/webhooks") return JsonReply(200, ShowWebhooks(*world));
  if (request.path == "/_sandbox/reset") {
    if (request.method != "POST") return ControlError(405, "POST");
    world->Reset();
    return JsonReply(200, {{"status", "ok"}});
  }
  return ControlError(404, "no such control call");
}

}  // namespace zoetrope::sandbox
