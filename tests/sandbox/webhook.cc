#include "tests/sandbox/webhook.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/sandbox/fal_result.h"
#include "tests/sandbox/openai_webhook.h"
#include "tests/sandbox/runpod_job.h"
#include "tests/sandbox/runware_item.h"
#include "tests/sandbox/wavespeed_account.h"
#include "tests/sandbox/wavespeed_prediction.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::string_view kFalUser = "user_sandbox";

// How often a message is sent, and the pause after the first try; each further one is `factor` times as long,
// up to the longest. RunPod: two more, 10 s apart. fal: ten, and 2 minutes. Runware: from 250 ms to 8 s, how
// often is not said. OpenAI: for about three days. WaveSpeed: about three more.
struct Policy {
  int tries;
  std::int64_t pause_ms;
  int factor;
  std::int64_t longest_ms;
};

Policy PolicyOf(Provider provider) {
  switch (provider) {
    case Provider::kRunpod:
      return {3, 10'000, 1, 10'000};
    case Provider::kFal:
      return {10, 120'000, 1, 120'000};
    case Provider::kRunware:
      return {8, 250, 2, 8'000};
    case Provider::kOpenai:
      return {84, 1'000, 2, 60 * 60'000};
    default:
      return {4, 1'000, 2, 60'000};
  }
}

// fal wraps what the result call would answer.
Json FalMessage(const Request& about, const Job& job, JobState state) {
  const Reply result = FalResult(about, job, state);
  Json message{{"request_id", job.id}, {"gateway_request_id", job.id}};
  message["status"] = result.status == 200 ? "OK" : "ERROR";
  if (result.status != 200) {
    const std::string error = FalStatusError(job, state).error;
    message["error"] = error.empty() ? "Invalid status code: " + std::to_string(result.status) : error;
  }
  message["payload"] = Json::parse(result.body, nullptr, false);
  return message;
}

OutgoingWebhook Write(World* world, Webhook webhook, const Job& job, JobState state) {
  Request about;
  about.headers.emplace_back("host", webhook.host);
  if (webhook.secure) about.headers.emplace_back("x-forwarded-proto", "https");
  const std::int64_t seconds = world->now_ms() / 1000;
  OutgoingWebhook out;
  Json message;
  if (job.provider == Provider::kRunpod) message = RunpodJob(about, job, state);
  if (job.provider == Provider::kFal) message = FalMessage(about, job, state);
  if (job.provider == Provider::kRunware) message = RunwareMessage(about, job, state, webhook.index);
  if (job.provider == Provider::kWavespeed) message = WavespeedPrediction(about, job, state);
  if (job.provider == Provider::kOpenai) message = OpenaiEvent(job, state);
  out.body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string signed_body = webhook.forged ? out.body + " " : out.body;
  if (job.provider == Provider::kFal) {
    out.headers = {
        {"X-Fal-Webhook-Request-Id", job.id},
        {"X-Fal-Webhook-User-Id", std::string(kFalUser)},
        {"X-Fal-Webhook-Timestamp", std::to_string(seconds)},
        {"X-Fal-Webhook-Signature", FalSignature(FalSandboxSeed(), job.id, kFalUser, seconds, signed_body)}};
  }
  if (job.provider == Provider::kWavespeed) {
    const std::string id = job.id.substr(0, 16);
    out.headers = {
        {"webhook-id", id},
        {"webhook-timestamp", std::to_string(seconds)},
        {"webhook-signature", WavespeedSignature(kWavespeedWebhookSecret, id, seconds, signed_body)}};
  }
  if (job.provider == Provider::kOpenai) {
    const std::string id = "wh_" + job.id.substr(job.id.find('_') + 1);
    out.headers = {{"webhook-id", id},
                   {"webhook-timestamp", std::to_string(seconds)},
                   {"webhook-signature", OpenaiSignature(webhook.secret, id, seconds, signed_body)}};
  }
  out.webhook = std::move(webhook);
  return out;
}

}  // namespace

void OweWebhooks(World* world, const Request& request, Job* job, const std::string& url,
                 const std::string& secret) {
  const std::int64_t end = EndsAt(*job);
  if (url.empty() || end == std::numeric_limits<std::int64_t>::max() || job->Use("webhook-never")) return;
  const std::optional<Fault> late = job->Use("webhook-late");
  Webhook webhook;
  webhook.job = job->seq;
  webhook.url = url;
  webhook.secret = secret;
  webhook.host = std::string(request.Header("host"));
  webhook.secure = request.Header("x-forwarded-proto") == "https";
  webhook.forged = job->Use("webhook-forged").has_value();
  const int copies = job->Use("webhook-twice") ? 2 : 1;
  const int messages = job->provider == Provider::kRunware ? job->results : 1;
  for (int copy = 0; copy < copies; ++copy) {
    for (webhook.index = 0; webhook.index < messages; ++webhook.index) {
      world->webhooks.Owe(webhook, end + (late ? late->Number(0, 1000) : 0));
    }
  }
}

std::vector<OutgoingWebhook> TakeDueWebhooks(World* world, std::size_t limit) {
  const std::int64_t now = world->now_ms();
  std::vector<OutgoingWebhook> out;
  for (Webhook& webhook : world->webhooks.TakeDue(now, limit)) {
    const Job* job = world->jobs.FindBySeq(webhook.job);
    if (job == nullptr || job->evicted) continue;
    const JobState state = StateAt(*job, now);
    // A job that was tried again ends later than it was going to.
    if (!IsFinal(state)) {
      world->webhooks.Owe(std::move(webhook), EndsAt(*job));
      continue;
    }
    ++webhook.tried;
    out.push_back(Write(world, std::move(webhook), *job, state));
  }
  return out;
}

void WebhookAnswered(World* world, OutgoingWebhook sent, int status) {
  const Job* job = world->jobs.FindBySeq(sent.webhook.job);
  if (job == nullptr) return;
  const std::int64_t now = world->now_ms();
  world->webhooks.Record({job->provider, job->id, sent.webhook.url, status, sent.webhook.tried, now});
  const Policy policy = PolicyOf(job->provider);
  if (status < 0 || (status >= 200 && status < 300) || sent.webhook.tried >= policy.tries) return;
  std::int64_t pause = policy.pause_ms;
  for (int i = 1; i < sent.webhook.tried; ++i) pause = std::min(pause * policy.factor, policy.longest_ms);
  world->webhooks.Owe(std::move(sent.webhook), now + pause);
}

Json ShowWebhooks(const World& world) {
  Json deliveries = Json::array();
  for (const WebhookDelivery& delivery : world.webhooks.deliveries()) {
    deliveries.push_back({{"provider", ProviderName(delivery.provider)},
                          {"id", delivery.id},
                          {"url", delivery.url},
                          {"status", delivery.status},
                          {"try", delivery.tried},
                          {"at_ms", delivery.at_ms}});
  }
  return {{"owed", world.webhooks.owed()}, {"deliveries", std::move(deliveries)}};
}

}  // namespace zoetrope::sandbox
