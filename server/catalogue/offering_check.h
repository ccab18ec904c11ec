// What must hold between the values of one offering. Pure.
#ifndef ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_
#define ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_

#include <functional>
#include <string>
#include <string_view>

#include "server/domain/offering.h"

namespace zoetrope {

// Takes a problem at the value of `path`, such as `models[0].offerings[2].prices[0]`.
using Report = std::function<void(const std::string& path, std::string message)>;

// Whether `text` is a day of the calendar as YYYY-MM-DD.
bool IsDate(std::string_view text);

// Rules of one offering by itself; `path` is its own.
void CheckOffering(const Offering& offering, const std::string& path, const Report& report);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_OFFERING_CHECK_H_
