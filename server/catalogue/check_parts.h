// What the checks of several kinds of rows share.
#ifndef ZOETROPE_SERVER_CATALOGUE_CHECK_PARTS_H_
#define ZOETROPE_SERVER_CATALOGUE_CHECK_PARTS_H_

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope {

// Takes a problem at the value of `path`, such as `models[0].offerings[2].prices[0]`.
using Report = std::function<void(const std::string& path, std::string message)>;

template <typename T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// `path.key`; `key` where there is no path.
inline std::string At(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

// `path.key[index]`.
inline std::string At(const std::string& path, std::string_view key, std::size_t index) {
  return At(path, key) + "[" + std::to_string(index) + "]";
}

// Whether `text` is a day of the calendar as YYYY-MM-DD.
bool IsDate(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_CHECK_PARTS_H_
