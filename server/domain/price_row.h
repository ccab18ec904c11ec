// The shapes of a provider's price list as values.
#ifndef ZOETROPE_SERVER_DOMAIN_PRICE_ROW_H_
#define ZOETROPE_SERVER_DOMAIN_PRICE_ROW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "server/base/money.h"

namespace zoetrope {

enum class PriceUnit {
  kSecond,
  kVideo,
  kMillionTokens,  // a video has width × height × seconds × frames per second / 1024 tokens
};

// What tokens are counted from: the size that the provider bills, which a request need not name.
struct TokenSize {
  std::int32_t width_px = 0;
  std::int32_t height_px = 0;
  std::int32_t frame_rate_hertz = 0;

  bool operator==(const TokenSize&) const = default;
};

inline constexpr std::int64_t kUnitMultiplier = 1'000'000;

// A row holds for a generation when every condition that it has holds; the row with the most conditions
// counts. What one video costs is the amount × its units × the multiplier, and never less than the minimum.
struct PriceRow {
  PriceUnit unit = PriceUnit::kSecond;
  Money amount;

  // Conditions.
  std::string resolution;                   // empty: all
  std::optional<bool> audio;                // nullopt: both
  std::optional<std::int64_t> duration_ms;  // nullopt: all
  std::optional<bool> video_input;          // whether reference videos are given; nullopt: both
  std::string extra_on;                     // name of an extra that is a switch and is on; empty: any
  std::string valid_from_date;              // YYYY-MM-DD, first day (UTC); empty: always was
  std::string valid_until_date;             // YYYY-MM-DD, last day (UTC); empty: no end known

  std::int64_t multiplier_millionths = kUnitMultiplier;
  Money minimum;          // of one video; zero: none
  TokenSize tokens;       // for kMillionTokens
  bool estimate = false;  // the provider bills by something that is known only afterwards
  std::string source;
  std::string as_of_date;  // YYYY-MM-DD

  bool operator==(const PriceRow&) const = default;
};

enum class SurchargeUnit {
  kInputImage,        // each first frame, last frame and reference picture
  kInputVideoSecond,  // each second of all reference videos together
};

// What an input adds to the price of each video.
struct Surcharge {
  SurchargeUnit unit = SurchargeUnit::kInputImage;
  Money amount;
  std::int32_t free_count = 0;  // how many come without it
  // For kInputVideoSecond: the most that the provider takes. This server does not measure videos of others,
  // so that length is what it prices, as an estimate.
  std::int32_t seconds_max = 0;
  std::string resolution;  // empty: all
  std::string source;
  std::string as_of_date;  // YYYY-MM-DD

  bool operator==(const Surcharge&) const = default;
};

// What an account pays where that is not the catalogue's price.
struct PriceTerms {
  std::int64_t factor_millionths = kUnitMultiplier;  // of each of the catalogue's prices
  // By offering, in place of all of the catalogue's prices and surcharges for it, and without the factor.
  std::map<std::string, PriceRow, std::less<>> agreed;

  bool operator==(const PriceTerms&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_PRICE_ROW_H_
