#include "tests/unit/api/api_world.h"

#include "absl/strings/escaping.h"

namespace zoetrope::testing {
namespace {

constexpr std::string_view kYaml = R"(models:
  - id: ghost-1
    display_name: Ghost
    vendor: V
    lifecycle: {state: retired, sunset_date: "2020-01-01", replacement: puppet-1, reason: gone}
    defaults: {duration: 4s, resolution: 720p, aspect_ratio: "16:9", audio: true}
    offerings:
      - id: ghost-1/text@north
        dialect: north
        provider_model_id: ghost
        mode: text_to_video
        durations: [4s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings: {prompt: {path: prompt}}
        prices:
          - {unit: video, amount: "1", source: "https://north.example/p", as_of_date: "2026-01-02"}
  - id: puppet-1
    display_name: Puppet
    vendor: V
    aliases: [vendor/puppet-1]
    lifecycle: {state: active}
    defaults: {duration: 4s, resolution: 720p, aspect_ratio: "16:9", audio: true}
    offerings:
      - id: puppet-1/text@north
        dialect: north
        provider_model_id: puppet
        mode: text_to_video
        durations: [4s, 8s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings: {prompt: {path: prompt}, duration: {path: seconds}}
        prices:
          - {unit: second, amount: "0.10", source: "https://north.example/p", as_of_date: "2026-01-02"}
      - id: puppet-1/text@south
        dialect: south
        provider_model_id: puppet
        mode: text_to_video
        durations: [4s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings: {prompt: {path: prompt}}
        extras:
          - {name: level, type: integer, default: 3, minimum: 1, maximum: 5, description: How much.}
        prices:
          - {unit: second, amount: "0.20", source: "https://south.example/p", as_of_date: "2026-01-02"}
      - id: puppet-1/image@north
        dialect: north
        provider_model_id: puppet-image
        mode: image_to_video
        durations: [4s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        inline_images: true
        bindings: {prompt: {path: prompt}, first_frame: {path: image}}
        prices:
          - {unit: second, amount: "0.10", source: "https://north.example/p", as_of_date: "2026-01-02"}
      - id: puppet-1/image@south
        dialect: south
        provider_model_id: puppet-image
        mode: image_to_video
        durations: [4s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        inline_images: true
        bindings: {prompt: {path: prompt}, first_frame: {path: image}}
        extras:
          - {name: drop_after, type: bool, default: false, deletes_video: true, description: Deletes the video.}
        prices:
          - {unit: second, amount: "0.20", source: "https://south.example/p", as_of_date: "2026-01-02"}
      - id: puppet-1/remix@south
        dialect: south
        provider_model_id: puppet-remix
        mode: remix
        durations: [4s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings: {prompt: {path: prompt}, source_video: {path: video}}
        prices:
          - {unit: video, amount: "1", source: "https://south.example/p", as_of_date: "2026-01-02"}
)";

class TakesAll : public Adapter {
 public:
  explicit TakesAll(std::string dialect) : dialect_(std::move(dialect)) {
    capabilities_.can_cancel = dialect_ == "north";
  }

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return absl::OkStatus(); }
  std::optional<PixelSize> FirstFrameSize(const Generation&, const Offering&) const override {
    return dialect_ == "south" ? std::optional(PixelSize{64, 32}) : std::nullopt;
  }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override { return Unrecognized{}; }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret& secret) const override {
    return HttpRequest{
        .method = HttpMethod::kGet,
        .repeat = Repeat::kHarmless,
        .url = "https://" + dialect_ + ".example/jobs/" + input.job.id,
        .headers = {{"authorization", "Bearer " + std::string(secret.Reveal()), true}, {"accept", "*/*"}},
        .body = {}};
  }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return Unrecognized{}; }

 private:
  const std::string dialect_;
  Capabilities capabilities_;
};

}  // namespace

std::string_view TestCatalogueYaml() { return kYaml; }

std::unique_ptr<const Catalogue> TestCatalogue() {
  CatalogueResult result = ParseCatalogue("test.yaml", kYaml);
  return std::move(result.catalogue);
}

std::unique_ptr<const Adapter> TestAdapter(std::string dialect) {
  return std::make_unique<TakesAll>(std::move(dialect));
}

std::vector<Account> TestAccounts() {
  std::vector<Account> accounts;
  for (const char* name : {"north", "south"}) {
    Account account;
    account.name = name;
    account.dialect = name;
    account.adapter = TestAdapter(name);
    account.secret = Secret(std::string("key-of-") + name);
    accounts.push_back(std::move(account));
  }
  return accounts;
}

v1::SubmitRequest GoodRequest(std::string request_id) {
  v1::SubmitRequest request;
  request.set_request_id(std::move(request_id));
  request.mutable_generation()->set_model("puppet-1");
  request.mutable_generation()->set_prompt("A puppet bows");
  return request;
}

std::string TinyPng() {
  std::string bytes;
  absl::Base64Unescape(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      &bytes);
  return bytes;
}

}  // namespace zoetrope::testing
