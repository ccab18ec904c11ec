// What must hold between the values of a catalogue. Pure.
#ifndef ZOETROPE_SERVER_CATALOGUE_CATALOGUE_CHECK_H_
#define ZOETROPE_SERVER_CATALOGUE_CATALOGUE_CHECK_H_

#include <vector>

#include "server/catalogue/offering_check.h"
#include "server/domain/offering.h"

namespace zoetrope {

// Rules of all models together, and of each of their offerings.
void CheckModels(const std::vector<Model>& models, const Report& report);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_CATALOGUE_CHECK_H_
