#ifndef ZOETROPE_CLIENT_CLI_RECONCILE_H_
#define ZOETROPE_CLIENT_CLI_RECONCILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "zoetrope/admin/v1/admin.pb.h"

namespace zoetrope::cli {

// What a provider has billed, in nanos by its id of the job. An id that it names more than once has the sum.
using Bill = std::map<std::string, std::int64_t>;

// A bill as comma-separated values (RFC 4180) with a header: the columns of these names. Amounts are decimal
// numbers of US dollars, to the nearest billionth, and may be negative where something is given back.
// INVALID_ARGUMENT with the line, also where another currency is named.
absl::StatusOr<Bill> ReadCsvBill(std::string_view text, const std::string& id_column,
                                 const std::string& amount_column);

// The same from the simulator's ledger (`/_sandbox/ledger`), of one provider.
absl::StatusOr<Bill> ReadSandboxBill(const std::string& json, const std::string& provider);

// Takes a line away that is the sum of all others, and of no attempt, as bills end with; its id, or nothing
// where there is none.
std::string TakeSum(Bill& bill, const std::vector<admin::v1::Charge>& charges);

// How bill and books differ.
enum class Discrepancy {
  kAmount,     // both have it, with other amounts
  kNotBooked,  // billed, and no attempt has it
  kNotBilled,  // charged here, and not on the bill
  kHeld,       // nobody knows here; it may be what is billed and not booked
  kOpen,       // the charge is not known here yet
};
std::string_view Name(Discrepancy discrepancy);

struct Finding {
  Discrepancy kind = Discrepancy::kAmount;
  std::string provider_job_id;
  std::int64_t billed_nanos = 0;
  std::int64_t booked_nanos = 0;
  admin::v1::Charge charge;  // without fields for kNotBooked
};

// Every difference, in the order of the provider's ids; those without one come first.
std::vector<Finding> Reconcile(const Bill& bill, const std::vector<admin::v1::Charge>& charges);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_RECONCILE_H_
