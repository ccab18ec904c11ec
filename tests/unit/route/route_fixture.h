// What the router's tests share: the shipped catalogue, generations, providers.
#ifndef ZOETROPE_TESTS_UNIT_ROUTE_ROUTE_FIXTURE_H_
#define ZOETROPE_TESTS_UNIT_ROUTE_ROUTE_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/catalogue/catalogue.h"
#include "server/providers/adapter.h"
#include "server/route/router.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {

// A dialect that refuses on demand and cannot do anything else.
class FakeAdapter : public Adapter {
 public:
  explicit FakeAdapter(absl::Status check = absl::OkStatus()) : check_(std::move(check)) {}
  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return check_; }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override { return Unrecognized{}; }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return Unrecognized{}; }

 private:
  absl::Status check_;
  Capabilities capabilities_;
};

inline const Catalogue& Shipped() {
  static const CatalogueResult* const result =
      new CatalogueResult(ParseCatalogue("default", DefaultCatalogueText()));
  return *result->catalogue;
}

inline const Model& Sora() { return *Shipped().FindModel("sora-2"); }
inline const Model& Seedance() { return *Shipped().FindModel("seedance-1.5-pro"); }
inline const Offering& Find(const std::string& id) { return *Shipped().FindOffering(id); }

// Effective, from a prompt alone.
inline Generation TextGeneration(const Model& model) {
  Generation generation;
  generation.model = model.id;
  generation.prompt = "A paper boat sails on";
  generation.duration_ms = model.default_duration_ms;
  generation.resolution = model.default_resolution;
  generation.aspect_ratio = model.default_aspect_ratio;
  generation.audio = model.default_audio;
  generation.count = 1;
  return generation;
}

inline Generation ImageGeneration(const Model& model) {
  Generation generation = TextGeneration(model);
  generation.first_frame = Image{"https://img.example/boat.png"};
  generation.aspect_ratio = model.default_aspect_ratio_with_image;
  return generation;
}

// Arguments of the router with room to change them.
struct Scene {
  explicit Scene(const Model& m, Generation g) : model(m), generation(std::move(g)) {
    for (const char* const name : {"fal", "runpod", "runware"}) providers.push_back({name, name, &adapter});
  }
  RoutingInput Input() const {
    RoutingInput input{model, generation,    routing,  providers,
                       today, allow_retired, max_cost, unpriced_reservation};
    input.experience = &experience;
    input.observed_at = absl::UnixEpoch();
    return input;
  }

  FakeAdapter adapter;
  const Model& model;
  Generation generation;
  Routing routing;
  std::vector<Provider> providers;
  std::string today = "2026-09-01";
  bool allow_retired = false;
  std::optional<Money> max_cost;
  std::optional<Money> unpriced_reservation;
  ExperienceBook experience{absl::Hours(1)};
};

inline Money Dollars(const char* text) { return *ParseMoney(text); }

inline std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  internal::v1::ErrorInfo info;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  if (payload.has_value()) info.ParseFromString(std::string(*payload));
  return {info.metadata().begin(), info.metadata().end()};
}

inline std::vector<std::string> Names(const Scene& scene) {
  std::vector<std::string> names;
  const absl::StatusOr<std::vector<Candidate>> candidates = Route(scene.Input());
  EXPECT_TRUE(candidates.ok()) << candidates.status();
  if (candidates.ok()) {
    for (const Candidate& candidate : *candidates)
      names.push_back(candidate.provider + " " + candidate.offering);
  }
  return names;
}

inline absl::Status ErrorOf(const Scene& scene, v1::ErrorReason reason) {
  const absl::Status status = Route(scene.Input()).status();
  EXPECT_EQ(ReasonOf(status), reason) << status;
  return status;
}

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_UNIT_ROUTE_ROUTE_FIXTURE_H_
