#ifndef ZOETROPE_CLIENT_ERROR_DETAILS_H_
#define ZOETROPE_CLIENT_ERROR_DETAILS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace zoetrope::client {

// One rule that one field of a request breaks.
struct FieldViolation {
  // Path of the field, as in `generation.duration`.
  std::string field;
  // The rule, and what would do.
  std::string description;
};

// One quota that is used up.
struct QuotaViolation {
  std::string subject;
  std::string description;
};

// What a server says about an error beyond code and message. Fields that it did not send are empty.
struct ErrorDetails {
  // Name of an ErrorReason without its prefix, such as `JOB_NOT_FOUND`. Empty where the error was not made by
  // the service but on the way to it: no connection, a time limit, a proxy.
  std::string reason;
  // Who defines the reason; `zoetrope` for ours.
  std::string domain;
  // Variables of the message, such as `job_id`.
  std::map<std::string, std::string> metadata;
  // Every field that breaks a rule.
  std::vector<FieldViolation> field_violations;
  // Every quota that is used up.
  std::vector<QuotaViolation> quota_violations;
  // How long to wait before another try.
  std::optional<absl::Duration> retry_delay;
  // What the error is about, where it is about one thing.
  std::string resource_type;
  std::string resource_name;
  // Set by VideoClient::Submit: the id that the failed submission went out with, given or made up. Submitting
  // again with it can never make a second job, whatever became of the first.
  std::string request_id;
};

// Reads the details that this library attached to a status it returned. A status from elsewhere, or one
// without details, gives an empty value; malformed details are dropped, never an error of their own.
ErrorDetails GetErrorDetails(const absl::Status& status);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_ERROR_DETAILS_H_
