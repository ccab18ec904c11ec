// What must hold between the values of one generation at an offering.
#ifndef ZOETROPE_SERVER_DOMAIN_RULE_H_
#define ZOETROPE_SERVER_DOMAIN_RULE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/domain/field.h"

namespace zoetrope {

// Something that a generation has or has not: a field, or an extra by its name.
using Ingredient = std::variant<Field, std::string>;

// Sets of values. An empty one says nothing about its field.
struct Choices {
  std::vector<std::int64_t> durations_ms;
  std::vector<std::string> resolutions;
  std::vector<std::string> aspect_ratios;
  std::vector<std::int32_t> frame_rates;  // per second; the offering's default where the caller names none
  std::optional<bool> audio;

  bool operator==(const Choices&) const = default;
};

// Where every ingredient of `present` is there and every value is among `when`, all of the rest must hold.
struct Rule {
  std::vector<Ingredient> present;
  Choices when;

  std::vector<Ingredient> needed;          // each is there
  std::vector<Ingredient> excluded;        // none is there
  std::vector<Ingredient> exactly_one_of;  // one is there, and no other
  Choices only;                            // values are among these

  bool operator==(const Rule&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_RULE_H_
