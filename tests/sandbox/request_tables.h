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
  kAny,
};

struct Field {
  std::string_view path;  // dotted
  Type type = Type::kString;
  bool required = false;
  std::vector<std::string_view> one_of = {};  // as text, whatever the type
  // Of a number its range, of a string its length in characters.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

struct Rate {
  std::string_view resolution;  // "720p", or a size in the endpoint's own spelling, which then goes first
  std::int64_t nanos_per_second;
};

// How a request says the size of its video.
enum class SizeStyle {
  kResolutionAspect,  // resolution "720p", aspect_ratio "16:9" or "auto"
  kSizeText,          // size "1280*720" or "1280x720"
  kWidthHeight,       // width and height, or follow the picture
};

struct Endpoint {
  Provider provider;
  std::string_view id;
  std::vector<Field> fields;
  bool rejects_unknown = false;
  std::vector<Rate> rates;  // the first is that of the default resolution
  int default_seconds = 5;
  std::string_view default_aspect = "auto";
  SizeStyle size_style = SizeStyle::kResolutionAspect;
  std::string_view prompt_key = "prompt";
  std::string_view picture_key = "";  // "" for Runware, whose pictures are in inputs.frameImages
  std::string_view seconds_key = "duration";
  std::string_view half_price_without = "";  // a boolean that halves the price when it is false
  bool quoted_fields = false;  // RunPod's Wan endpoints word their errors differently from the others
};

// The endpoint, or nullptr: the provider's 404.
const Endpoint* FindEndpoint(Provider provider, std::string_view id);
std::vector<const Endpoint*> EndpointsOf(Provider provider);

enum class Wrong { kMissing, kType, kNotAllowed, kOutOfRange, kLength, kUnknown };

struct Violation {
  Wrong wrong;
  const Field* field;  // nullptr for kUnknown
  std::string path;
  Json value;
};

// Removes members that are null: to all providers they are the same as absent ones.
void DropNulls(Json* value);

// Everything that is wrong with the fields, in the order of the table. Rules that span fields belong to the
// dialects.
std::vector<Violation> CheckFields(const Endpoint& endpoint, const Json& input);

// The value at a dotted path, or nullptr.
const Json* At(const Json& value, std::string_view path);
// As text: a string as it is, anything else as JSON.
std::string AsText(const Json& value);

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
