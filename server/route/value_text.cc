#include "server/route/value_text.h"

#include "absl/strings/str_cat.h"

namespace zoetrope {

std::string SecondsText(std::int64_t millis) {
  std::string text = absl::StrCat(millis / 1000);
  if (millis % 1000 == 0) return text;
  std::string fraction = absl::StrCat(millis % 1000 + 1000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return absl::StrCat(text, ".", fraction);
}

}  // namespace zoetrope
