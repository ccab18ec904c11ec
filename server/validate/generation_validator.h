// The contract's rules for a Generation.
#ifndef ZOETROPE_SERVER_VALIDATE_GENERATION_VALIDATOR_H_
#define ZOETROPE_SERVER_VALIDATE_GENERATION_VALIDATOR_H_

#include <map>
#include <string>

#include "server/domain/generation.h"
#include "server/validate/request_validator.h"
#include "server/validate/violations.h"
#include "zoetrope/v1/generation.pb.h"

namespace zoetrope {

// The generation that `message` stands for; meaningful where nothing was added to `violations`. Pictures
// given by value go to `blobs`.
Generation ReadGeneration(const v1::Generation& message, const ValidationRules& rules, Violations& violations,
                          std::map<std::string, MediaBytes>& blobs);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_GENERATION_VALIDATOR_H_
