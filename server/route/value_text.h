// Values as a person reads them in an error.
#ifndef ZOETROPE_SERVER_ROUTE_VALUE_TEXT_H_
#define ZOETROPE_SERVER_ROUTE_VALUE_TEXT_H_

#include <cstdint>
#include <string>

namespace zoetrope {

// 8000 as `8`, 4500 as `4.5`.
std::string SecondsText(std::int64_t millis);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_VALUE_TEXT_H_
