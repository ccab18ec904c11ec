// Which of an offering's rules a generation breaks. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_RULE_CHECK_H_
#define ZOETROPE_SERVER_ROUTE_RULE_CHECK_H_

#include <string>
#include <vector>

#include "server/domain/generation.h"
#include "server/domain/offering.h"

namespace zoetrope {

struct BrokenRule {
  std::string field;        // path, such as `generation.duration`
  std::string description;  // what would do, without the caller's text

  bool operator==(const BrokenRule&) const = default;
};

// In the order of the rules. A value that the generation leaves to the provider breaks none.
std::vector<BrokenRule> FindBrokenRules(const Generation& generation, const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_RULE_CHECK_H_
