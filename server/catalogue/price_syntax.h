// Prices and surcharges in the catalogue's own syntax, both ways.
#ifndef ZOETROPE_SERVER_CATALOGUE_PRICE_SYNTAX_H_
#define ZOETROPE_SERVER_CATALOGUE_PRICE_SYNTAX_H_

#include <string>

#include "server/catalogue/yaml_reader.h"
#include "server/domain/price_row.h"

namespace zoetrope {

// One row each; problems go into the map's context. Neither finishes `map`.
PriceRow ReadPrice(YamlMap& map);
Surcharge ReadSurcharge(YamlMap& map);

// One row as `{…}`, without what has its default.
std::string WritePrice(const PriceRow& row);
std::string WriteSurcharge(const Surcharge& surcharge);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_PRICE_SYNTAX_H_
