// One offering in the catalogue's own syntax: reading and canonical writing.
#ifndef ZOETROPE_SERVER_CATALOGUE_OFFERING_YAML_H_
#define ZOETROPE_SERVER_CATALOGUE_OFFERING_YAML_H_

#include <string>
#include <string_view>

#include "server/catalogue/yaml_reader.h"
#include "server/domain/offering.h"

namespace zoetrope {

// Reads what stands in `map`, problems into its context; `text` and `revision` stay empty. Does not finish `map`, so that a caller
// can read keys of its own.
Offering ReadOffering(YamlMap& map);

// Reads the mapping at `key`, where there is one.
void ReadLifecycle(YamlMap& map, std::string_view key, Lifecycle& out);

// The offering with its model's id as text: every field that differs from its default, in a fixed order. A default is left out so
// that a field that is added later does not change the revision of offerings that do not use it.
std::string WriteOffering(const Offering& offering);

// `text` as a JSON string, which is a YAML string as well.
std::string JsonString(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_OFFERING_YAML_H_
