// Collects what is wrong with a request.
#ifndef ZOETROPE_SERVER_VALIDATE_VIOLATIONS_H_
#define ZOETROPE_SERVER_VALIDATE_VIOLATIONS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/error.h"

namespace zoetrope {

// Paths are relative to `prefix`, which is `quote.` where the request wraps what it asks for.
class Violations {
 public:
  explicit Violations(std::string prefix) : prefix_(std::move(prefix)) {}

  void Add(const std::string& field, std::string rule) {
    list_.push_back({prefix_ + field, std::move(rule)});
  }
  // Adds where `text` is no UTF-8 or has not `min` to `max` code points. True where it is good.
  bool CheckText(const std::string& field, std::string_view text, std::size_t min, std::size_t max);

  const std::vector<FieldViolation>& list() const { return list_; }

 private:
  std::string prefix_;
  std::vector<FieldViolation> list_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_VIOLATIONS_H_
