#ifndef ZOETROPE_TESTS_SANDBOX_REQUEST_TABLES_H_
#define ZOETROPE_TESTS_SANDBOX_REQUEST_TABLES_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/job.h"
#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

// The request formats and prices of the simulated endpoints, written down by hand from the providers' public
// pages (README.md lists them). Nothing here is read from the server's catalogue: the two are compared by the
// tests.

enum class Type {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kIntegerOrDigits,  // 4 and "4"
  kArray,
  kAny,
};

using Texts = std::vector<std::string_view>;

struct Field {
  std::string_view path;  // dotted
  Type type = Type::kString;
  bool required = false;
  Texts one_of = {};  // as text, whatever the type
  // Of a number its range, of a string its length in characters, of an array its items.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool in_bytes = false;         // the length of a string counts bytes of UTF-8
  std::string_view unless = "";  // not required where this field is given
};

// What one field means for another: where `when` is given, with one of the values `is` (any, if there are
// none), `then` must be one of `only` or absent; absent, if there are none.
struct Rule {
  std::string_view when;
  Texts is = {};
  std::string_view then;
  Texts only = {};
};

struct Rate {
  std::string_view resolution;  // "720p", or a size in the endpoint's own spelling, which then goes first
  std::int64_t nanos_per_second;
  std::int64_t silent_nanos = -1;  // without sound; -1: the same
};

struct ClipPrice {
  int seconds;
  std::int64_t nanos;
};

struct Size {
  int width;
  int height;
};

// How a request says the size of its video.
enum class SizeStyle {
  kResolutionAspect,  // resolution "720p", aspect_ratio "16:9" or "auto"
  kSizeText,          // size "1280*720" or "1280x720"
  kWidthHeight,       // width and height, or follow the picture
};

// When Runware wants width and height.
enum class Dimensions {
  kOrFrames,  // without frames; with them they are welcome
  kNoFrames,  // without frames, and only then: with them there is `resolution`
  kAlways,
};

struct Endpoint {
  Provider provider;
  std::string_view id;
  std::vector<Field> fields;
  std::vector<Rule> rules = {};
  bool rejects_unknown = false;
  std::vector<Rate> rates;                  // the first is that of the default resolution
  std::vector<ClipPrice> clip_prices = {};  // these count where there are any
  // This counts where it is not 0. A video has width x height x 24 x seconds / 1024 tokens.
  std::int64_t nanos_per_token = 0;
  int default_seconds = 5;
  std::string_view default_aspect = "auto";
  SizeStyle size_style = SizeStyle::kResolutionAspect;
  std::string_view prompt_key = "prompt";
  std::string_view picture_key = "";  // "" for Runware, whose pictures are in inputs.frameImages
  std::string_view seconds_key = "duration";
  std::string_view audio_key = "";  // a boolean, whose default is `audio`
  bool audio = true;
  std::string_view draft_key = "";  // a boolean, with which the price is a quarter
  bool quoted_fields = false;       // RunPod's Wan endpoints word their errors differently from the others
  bool same_area = false;           // every shape has about as many pixels as 16:9, as ByteDance's have
  bool returns_seed = false;        // fal: the result names one
  std::vector<Size> sizes = {};     // Runware: the only pairs of width and height
  std::size_t max_frames = 2;       // Runware: 1 is the first frame only
  Dimensions dimensions = Dimensions::kOrFrames;
};

// The endpoint, or nullptr: the provider's 404.
const Endpoint* FindEndpoint(Provider provider, std::string_view id);
std::vector<const Endpoint*> EndpointsOf(Provider provider);

enum class Wrong { kMissing, kType, kNotAllowed, kOutOfRange, kLength, kUnknown, kConflict };

struct Violation {
  Wrong wrong;
  const Field* field;  // nullptr for kUnknown and kConflict
  std::string path;
  Json value;
  const Rule* rule = nullptr;  // of kConflict
};

// Removes members that are null: to all providers they are the same as absent ones.
void DropNulls(Json* value);

// Everything that is wrong with the fields, in the order of the table; the rules between them where each is
// right by itself. `strict` refuses unknown fields whatever the endpoint does.
std::vector<Violation> CheckFields(const Endpoint& endpoint, const Json& input, bool strict = false);

// In words that follow the name of the field: "cannot be used with 'x'", "must be 25 when 'x' is 12".
std::string ConflictWords(const Violation& violation, const Json& input);

// The value at a dotted path, or nullptr.
const Json* At(const Json& value, std::string_view path);
// As text: a string as it is, anything else as JSON.
std::string AsText(const Json& value);
// The picture of the first frame where the endpoint takes one and the input has it, or "".
std::string PictureOf(const Endpoint& endpoint, const Json& input);

// What the request asks for, with the provider's defaults. Call it on a request without violations.
struct Wish {
  std::string prompt;
  int seconds = 0;
  std::string resolution;
  int width = 0;
  int height = 0;
  std::int64_t price_nanos = 0;  // of one video
};
Wish ReadWish(const Endpoint& endpoint, const Json& input, const Picture* picture);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_REQUEST_TABLES_H_
