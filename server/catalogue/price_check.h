// What must hold between an offering's prices, and between them and its values. Pure.
#ifndef ZOETROPE_SERVER_CATALOGUE_PRICE_CHECK_H_
#define ZOETROPE_SERVER_CATALOGUE_PRICE_CHECK_H_

#include <string>

#include "server/catalogue/check_parts.h"
#include "server/domain/offering.h"

namespace zoetrope {

// `path` is that of the offering.
void CheckPrices(const Offering& offering, const std::string& path, const Report& report);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_PRICE_CHECK_H_
