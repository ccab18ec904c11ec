// One offering from the catalogue's own syntax.
#ifndef ZOETROPE_SERVER_CATALOGUE_OFFERING_READER_H_
#define ZOETROPE_SERVER_CATALOGUE_OFFERING_READER_H_

#include <string_view>

#include "server/catalogue/yaml_reader.h"
#include "server/domain/offering.h"

namespace zoetrope {

// Reads what stands in `map`, problems into its context; `text` and `revision` stay empty. Does not finish
// `map`, so that a caller can read keys of its own.
Offering ReadOffering(YamlMap& map);

// Reads the mapping at `key`, where there is one.
void ReadLifecycle(YamlMap& map, std::string_view key, Lifecycle& out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_OFFERING_READER_H_
