// Admission for everyone, as a server gives it that asks no one who they are.
#ifndef ZOETROPE_TESTS_SUPPORT_OPEN_ADMISSION_H_
#define ZOETROPE_TESTS_SUPPORT_OPEN_ADMISSION_H_

#include <memory>
#include <string>

#include "server/api/admission.h"

namespace zoetrope::testing {

class OpenAdmission {
 public:
  // Both outlive this and its calls.
  OpenAdmission(Clock* clock, RpcObserver* observer)
      : admission_({&authenticator_, &usage_, clock, observer}) {}

  const Admission* get() const { return &admission_; }

 private:
  Current<Authenticator> authenticator_{std::make_shared<const Authenticator>()};
  PrincipalUsage usage_;
  Admission admission_;
};

// A principal of a tenant, without limits.
inline Principal OfTenant(std::string tenant) {
  return {.name = "", .tenant = std::move(tenant), .limits = {}};
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_OPEN_ADMISSION_H_
