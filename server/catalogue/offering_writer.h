// One offering in the catalogue's own syntax, canonical.
#ifndef ZOETROPE_SERVER_CATALOGUE_OFFERING_WRITER_H_
#define ZOETROPE_SERVER_CATALOGUE_OFFERING_WRITER_H_

#include <string>

#include "server/domain/offering.h"

namespace zoetrope {

// The offering with its model's id as text: every field that differs from its default, in a fixed order. A
// default is left out so that a field that is added later does not change the revision of offerings that do
// not use it.
std::string WriteOffering(const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_OFFERING_WRITER_H_
