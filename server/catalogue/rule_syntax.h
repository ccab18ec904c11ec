// Rules between values in the catalogue's own syntax, both ways.
#ifndef ZOETROPE_SERVER_CATALOGUE_RULE_SYNTAX_H_
#define ZOETROPE_SERVER_CATALOGUE_RULE_SYNTAX_H_

#include <string>

#include "server/catalogue/yaml_reader.h"
#include "server/domain/rule.h"

namespace zoetrope {

// One rule; problems go into the map's context. Does not finish `map`.
Rule ReadRule(YamlMap& map);

// One rule as `{…}`, without what is empty.
std::string WriteRule(const Rule& rule);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_RULE_SYNTAX_H_
