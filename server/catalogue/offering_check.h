// What must hold between the values of one offering. Pure.
#ifndef ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_
#define ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_

#include <string>

#include "server/catalogue/check_parts.h"
#include "server/domain/offering.h"

namespace zoetrope {

// Rules of one offering by itself; `path` is its own.
void CheckOffering(const Offering& offering, const std::string& path, const Report& report);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_
