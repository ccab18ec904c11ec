// What must hold between an offering's rules and its values. Pure.
#ifndef ZOETROPE_SERVER_CATALOGUE_RULE_CHECK_H_
#define ZOETROPE_SERVER_CATALOGUE_RULE_CHECK_H_

#include <string>

#include "server/catalogue/check_parts.h"
#include "server/domain/offering.h"

namespace zoetrope {

// `path` is that of the offering.
void CheckRules(const Offering& offering, const std::string& path, const Report& report);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_RULE_CHECK_H_
