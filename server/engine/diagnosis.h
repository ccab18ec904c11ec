// What is wrong with what a server needs, and what would mend it. Pure.
#ifndef ZOETROPE_SERVER_ENGINE_DIAGNOSIS_H_
#define ZOETROPE_SERVER_ENGINE_DIAGNOSIS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine/account.h"
#include "server/http/http_client.h"

namespace zoetrope {

struct Diagnosis {
  enum class Level { kOk, kWarning, kError };
  Level level = Level::kOk;
  std::string subject;
  std::string found;
  std::string mend = {};  // empty where it is as it should be

  bool operator==(const Diagnosis&) const = default;
};

// An account that nothing can be asked of, because the catalogue has no offering of its dialect.
Diagnosis DiagnoseUnused(const Account& account);

// An account, by the answer to a probe that took so long (see Adapter::BuildProbe).
Diagnosis DiagnoseAccount(const Account& account, const Offering& offering, const HttpResult& result,
                          absl::Duration took);

// How far this machine's clock is ahead of the answer's sender; negative: behind. nullopt: it does not say.
std::optional<absl::Duration> ClockAhead(const HttpResult& result);

// The clock, by that of each provider that says its time. The one that agrees best counts: of the others'
// some may be wrong themselves.
Diagnosis DiagnoseClock(const std::vector<absl::Duration>& ahead);

// The configuration, by why the last reload was refused; empty: it was not.
Diagnosis DiagnoseConfiguration(const std::string& refusal);

// The store, by whether it was read, and by whether its folder takes what is written, where that was tried;
// and what its file system has left; nullopt: it cannot be told.
Diagnosis DiagnoseStore(const absl::Status& read, const std::optional<absl::Status>& written);
Diagnosis DiagnoseDisk(std::optional<std::int64_t> free_bytes);

// The catalogue, by how many of the prices in use are older than prices are trusted.
Diagnosis DiagnosePrices(std::size_t stale);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_DIAGNOSIS_H_
