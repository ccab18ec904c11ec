// What a generation has, by the names of fields and extras.
#ifndef ZOETROPE_SERVER_ROUTE_INGREDIENT_H_
#define ZOETROPE_SERVER_ROUTE_INGREDIENT_H_

#include <string>

#include "server/domain/field.h"
#include "server/domain/generation.h"
#include "server/domain/rule.h"

namespace zoetrope {

// Whether the caller gave it. What an effective generation always has counts as given.
bool IsGiven(const Generation& generation, Field field);
bool IsGiven(const Generation& generation, const Ingredient& ingredient);

// Its path in a request, such as `generation.last_frame`.
const char* PathOf(Field field);
std::string PathOf(const Ingredient& ingredient);

// The path of an extra, by its name.
std::string ExtraPath(const std::string& name);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_INGREDIENT_H_
