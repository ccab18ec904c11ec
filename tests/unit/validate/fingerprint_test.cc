#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "server/validate/request_validator.h"

namespace zoetrope {
namespace {

v1::SubmitRequest Request() {
  v1::SubmitRequest request;
  request.set_request_id("r1");
  v1::Generation& generation = *request.mutable_generation();
  generation.set_model("sora-2");
  generation.set_prompt("A paper boat");
  generation.mutable_first_frame()->set_url("https://img.example/boat.png");
  for (const char* const name : {"a", "b"}) {
    v1::Parameter& extra = *generation.add_extras();
    extra.set_name(name);
    extra.set_bool_value(true);
  }
  (*request.mutable_labels())["x"] = "1";
  (*request.mutable_labels())["y"] = "2";
  return request;
}

using Change = std::function<void(v1::SubmitRequest&)>;

TEST(Fingerprint, IsAHash) {
  EXPECT_EQ(Fingerprint(Request()).size(), 64u);
  EXPECT_EQ(Fingerprint(Request()), Fingerprint(Request()));
}

TEST(Fingerprint, IsTheSameForTheSameMeaning) {
  const std::vector<Change> changes = {
      [](v1::SubmitRequest& r) { r.set_request_id("r2"); },
      [](v1::SubmitRequest& r) { r.clear_request_id(); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_count(1); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_frame_rate_hertz(0); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_resolution(""); },
      [](v1::SubmitRequest& r) {
        r.mutable_generation()->mutable_first_frame()->set_fit(v1::IMAGE_FIT_EXACT);
      },
      [](v1::SubmitRequest& r) { r.mutable_routing(); },
      [](v1::SubmitRequest& r) { r.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_CHEAPEST); },
      [](v1::SubmitRequest& r) { r.mutable_routing()->set_failover(v1::FAILOVER_POLICY_AFTER_REFUSED); },
      [](v1::SubmitRequest& r) { r.mutable_deadline()->set_seconds(3600); },
      [](v1::SubmitRequest& r) { r.set_validate_only(false); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->mutable_extras()->SwapElements(0, 1); },
      [](v1::SubmitRequest& r) {
        r.clear_labels();
        (*r.mutable_labels())["y"] = "2";
        (*r.mutable_labels())["x"] = "1";
      },
      // Fields of a newer client, at the top and inside.
      [](v1::SubmitRequest& r) { r.GetReflection()->MutableUnknownFields(&r)->AddVarint(900, 1); },
      [](v1::SubmitRequest& r) {
        v1::Image* const image = r.mutable_generation()->mutable_first_frame();
        image->GetReflection()->MutableUnknownFields(image)->AddLengthDelimited(901, "later");
      },
  };
  const std::string expected = Fingerprint(Request());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    v1::SubmitRequest request = Request();
    changes[i](request);
    EXPECT_EQ(Fingerprint(request), expected) << "change " << i;
  }
}

TEST(Fingerprint, DiffersForAnotherMeaning) {
  const std::vector<Change> changes = {
      [](v1::SubmitRequest&) {},
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_model("sora-3"); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_prompt("A paper boat "); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_negative_prompt("rain"); },
      [](v1::SubmitRequest& r) {
        r.mutable_generation()->mutable_first_frame()->set_url("https://img.example/boat.jpg");
      },
      [](v1::SubmitRequest& r) {
        r.mutable_generation()->mutable_first_frame()->set_data("https://img.example/boat.png");
      },
      [](v1::SubmitRequest& r) {
        r.mutable_generation()->mutable_first_frame()->set_fit(v1::IMAGE_FIT_COVER);
      },
      [](v1::SubmitRequest& r) {
        r.mutable_generation()->mutable_last_frame()->set_url("https://img.example/boat.png");
      },
      [](v1::SubmitRequest& r) { r.mutable_generation()->add_reference_video_urls("https://v.example/"); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->add_reference_audio_urls("https://v.example/"); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_audio_track_url("https://v.example/"); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->mutable_duration()->set_seconds(4); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_audio(false); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_audio(true); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_seed(0); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_seed(1); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->set_count(2); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->mutable_extras(0)->set_bool_value(false); },
      [](v1::SubmitRequest& r) { r.mutable_generation()->mutable_extras(0)->set_integer_value(1); },
      [](v1::SubmitRequest& r) { r.mutable_routing()->set_provider("fal"); },
      [](v1::SubmitRequest& r) { r.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_FASTEST); },
      [](v1::SubmitRequest& r) { r.mutable_max_cost()->set_units(1); },
      [](v1::SubmitRequest& r) { r.mutable_max_cost()->set_units(2); },
      [](v1::SubmitRequest& r) { r.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_HOLD); },
      [](v1::SubmitRequest& r) { r.mutable_deadline()->set_seconds(60); },
      [](v1::SubmitRequest& r) { (*r.mutable_labels())["x"] = "2"; },
      [](v1::SubmitRequest& r) { r.mutable_labels()->erase("x"); },
      [](v1::SubmitRequest& r) { r.set_validate_only(true); },
  };
  std::set<std::string> seen;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    v1::SubmitRequest request = Request();
    changes[i](request);
    EXPECT_TRUE(seen.insert(Fingerprint(request)).second) << "change " << i;
  }
}

TEST(Fingerprint, DoesNotDependOnTheOrderOfManyLabels) {
  std::vector<int> order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const auto with = [](const std::vector<int>& keys) {
    v1::SubmitRequest request = Request();
    for (const int key : keys) (*request.mutable_labels())[std::to_string(key)] = "v";
    return Fingerprint(request);
  };
  const std::string expected = with(order);
  std::reverse(order.begin(), order.end());
  EXPECT_EQ(with(order), expected);
}

}  // namespace
}  // namespace zoetrope
