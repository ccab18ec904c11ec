#include "tests/golden/offerings_openai.h"

#include <string>
#include <utility>

namespace zoetrope::golden {
namespace {

Binding Bind(Field field, std::string path, Encoding encoding = Encoding::kNatural) {
  return {field, std::move(path), encoding, "", {}};
}

// https://developers.openai.com/api/reference/resources/videos/methods/create
Offering Made(std::string id, Mode mode) {
  Offering offering;
  offering.model = id.substr(0, id.find('/'));
  offering.provider_model_id = offering.model;
  offering.id = std::move(id);
  offering.dialect = "openai";
  offering.mode = mode;
  offering.durations_ms = {4000, 8000, 12000};
  offering.bindings = {Bind(Field::kPrompt, "prompt"),
                       Bind(Field::kDuration, "seconds", Encoding::kDecimalString)};
  offering.sizes = {{"720p", "16:9", {{"size", "\"1280x720\""}}},
                    {"720p", "9:16", {{"size", "\"720x1280\""}}}};
  return offering;
}

Offering FromPicture(std::string id) {
  Offering offering = Made(std::move(id), Mode::kImageToVideo);
  offering.inline_images = true;
  offering.bindings.push_back(Bind(Field::kFirstFrame, "input_reference.image_url"));
  return offering;
}

Offering Pro() {
  Offering offering = FromPicture("sora-2-pro/image-to-video@openai");
  offering.sizes.push_back({"1024p", "7:4", {{"size", "\"1792x1024\""}}});
  offering.sizes.push_back({"1024p", "4:7", {{"size", "\"1024x1792\""}}});
  return offering;
}

// https://developers.openai.com/api/reference/resources/videos/methods/remix
Offering Remix() {
  Offering offering = Made("sora-2/remix@openai", Mode::kRemix);
  offering.durations_ms.clear();
  offering.sizes.clear();
  offering.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kSourceVideo, "video.id")};
  return offering;
}

// https://developers.openai.com/api/reference/resources/videos/methods/extend
Offering Extension() {
  Offering offering = Made("sora-2/extend@openai", Mode::kExtend);
  offering.sizes.clear();
  offering.bindings.push_back(Bind(Field::kSourceVideo, "video.id"));
  return offering;
}

}  // namespace

std::vector<Offering> OpenaiOfferings() {
  return {Made("sora-2/text-to-video@openai", Mode::kTextToVideo),
          FromPicture("sora-2/image-to-video@openai"), Pro(), Remix(), Extension()};
}

}  // namespace zoetrope::golden
