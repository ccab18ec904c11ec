// Early returns for absl::Status. The shapes are those of the macros that newer absl brings, so that ours can
// go one day.
#ifndef ZOETROPE_SERVER_BASE_STATUS_MACROS_H_
#define ZOETROPE_SERVER_BASE_STATUS_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// What the macros declare cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define ZOETROPE_RETURN_IF_ERROR(expr)                                                        \
  do {                                                                                        \
    if (absl::Status zoetrope_status = (expr); !zoetrope_status.ok()) return zoetrope_status; \
  } while (false)

#define ZOETROPE_CONCAT_INNER(a, b) a##b
#define ZOETROPE_CONCAT(a, b) ZOETROPE_CONCAT_INNER(a, b)

#define ZOETROPE_ASSIGN_OR_RETURN_IMPL(temp, lhs, expr) \
  auto temp = (expr);                                   \
  if (!temp.ok()) return temp.status();                 \
  lhs = *std::move(temp)

#define ZOETROPE_ASSIGN_OR_RETURN(lhs, expr) \
  ZOETROPE_ASSIGN_OR_RETURN_IMPL(ZOETROPE_CONCAT(zoetrope_status_or_, __LINE__), lhs, expr)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // ZOETROPE_SERVER_BASE_STATUS_MACROS_H_
