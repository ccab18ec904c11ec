#include "server/engine/diagnosis.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/engine/probe_policy.h"
#include "server/providers/http_classes.h"

namespace zoetrope {
namespace {

using Level = Diagnosis::Level;

// More than a date that is told in whole seconds, and was under way, can be off.
constexpr absl::Duration kClockSlack = absl::Seconds(5);
// Presigned addresses, tokens and webhooks are checked against clocks with about this much patience.
constexpr absl::Duration kClockError = absl::Minutes(5);
constexpr std::int64_t kDiskWarning = 1'000'000'000;
constexpr std::int64_t kDiskError = 100'000'000;

std::string Named(const Account& account) { return absl::StrCat("account `", account.name, "`"); }

std::string MillisText(absl::Duration took) { return absl::StrCat(absl::ToInt64Milliseconds(took), " ms"); }

std::string Megabytes(std::int64_t bytes) { return absl::StrFormat("%d MB", bytes / 1'000'000); }

Diagnosis DiagnoseSilence(const Account& account, TransportFault fault) {
  const auto says = [&account](const char* found, const char* mend) {
    return Diagnosis{Level::kError, Named(account), found, mend};
  };
  switch (fault) {
    case TransportFault::kResolve:
      return says("the host of its address is not known",
                  "check `base_url`, and this machine's name service");
    case TransportFault::kConnect:
      return says("nobody takes the connection", "check `base_url`, and whether this machine may go out");
    case TransportFault::kTls:
      return says("its certificate is not trusted, or it speaks no TLS",
                  "check `base_url`, and the certificates of authorities on this machine");
    case TransportFault::kTimeout:
      return says("it does not answer in time", "look at its status page, or raise `poll_timeout`");
    case TransportFault::kRefusedHere:
      return says("its address is not allowed here",
                  "check `base_url`; `allow_private_hosts` and `allow_plain_http` are for simulators");
    default:
      return says("it does not answer whole", "look at its status page, and at a proxy on the way");
  }
}

}  // namespace

Diagnosis DiagnoseUnused(const Account& account) {
  return {Level::kWarning, Named(account),
          absl::StrCat("the catalogue has no offering of `", account.dialect, "` in service"),
          "name another catalogue, or leave the account out"};
}

Diagnosis DiagnoseAccount(const Account& account, const Offering& offering, const HttpResult& result,
                          absl::Duration took) {
  if (const auto* error = std::get_if<TransportError>(&result)) return DiagnoseSilence(account, error->fault);
  const int status = std::get<HttpResponse>(result).status;
  const std::string answered = absl::StrCat("it answers in ", MillisText(took));
  switch (ReadProbeAnswer(*account.adapter, offering, result).signal) {
    case LaneSignal::kWorking:
      return {Level::kOk, Named(account), absl::StrCat(answered, ", and takes the credential")};
    case LaneSignal::kRejected:
      return {Level::kError, Named(account), absl::StrCat("it refuses the credential (HTTP ", status, ")"),
              "put a valid key where `api_key` points to"};
    case LaneSignal::kNoBalance:
      return {Level::kError, Named(account), absl::StrCat("it has no money left (HTTP ", status, ")"),
              "top it up"};
    case LaneSignal::kThrottled:
      return {Level::kWarning, Named(account), absl::StrCat("it asks to slow down (HTTP ", status, ")"),
              "lower `limits` of the account, or ask the provider for more"};
    case LaneSignal::kFailing:
      break;
  }
  return {Level::kError, Named(account), absl::StrCat("it is in trouble (HTTP ", status, ")"),
          "look at its status page"};
}

std::optional<absl::Duration> ClockAhead(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr || response->receive_time == absl::InfinitePast()) return std::nullopt;
  const std::optional<absl::Time> theirs = DateOf(*response);
  return theirs ? std::optional<absl::Duration>(response->receive_time - *theirs) : std::nullopt;
}

Diagnosis DiagnoseClock(const std::vector<absl::Duration>& ahead) {
  if (ahead.empty()) return {Level::kWarning, "clock", "no provider says its time", "compare it by hand"};
  const absl::Duration best = *std::min_element(
      ahead.begin(), ahead.end(),
      [](absl::Duration a, absl::Duration b) { return absl::AbsDuration(a) < absl::AbsDuration(b); });
  const absl::Duration off = absl::AbsDuration(best);
  if (off <= kClockSlack) return {Level::kOk, "clock", "it agrees with a provider's"};
  return {off > kClockError ? Level::kError : Level::kWarning, "clock",
          absl::StrCat("it is ", absl::ToInt64Seconds(off), " s ",
                       best > absl::ZeroDuration() ? "ahead of" : "behind", " every provider's"),
          "let the machine's clock be set from the network (NTP)"};
}

Diagnosis DiagnoseConfiguration(const std::string& refusal) {
  if (refusal.empty()) return {Level::kOk, "configuration", "it is in force as it was read last"};
  return {Level::kError, "configuration",
          absl::StrCat("the last reload was refused, and all stays as it was: ", refusal),
          "mend what it names; `zoetroped --check-config` looks at files without using them"};
}

Diagnosis DiagnoseStore(const absl::Status& read, const std::optional<absl::Status>& written) {
  if (!read.ok())
    return {Level::kError, "store", "it cannot be read", "look at the disk, and at the server's log"};
  if (!written) return {Level::kOk, "store", "it is read"};
  if (written->ok()) return {Level::kOk, "store", "it is read, and its folder takes what is written"};
  return {Level::kError, "store", absl::StrCat("its folder takes nothing: ", written->message()),
          "look at the volume: a quota, a limit of file sizes, or mounted to be read only"};
}

Diagnosis DiagnoseDisk(std::optional<std::int64_t> free_bytes) {
  if (!free_bytes)
    return {Level::kWarning, "disk", "what is left on it cannot be told", "look at it by hand"};
  const std::string left = absl::StrCat(Megabytes(*free_bytes), " are left for the store");
  if (*free_bytes >= kDiskWarning) return {Level::kOk, "disk", left};
  return {*free_bytes < kDiskError ? Level::kError : Level::kWarning, "disk", left,
          "enlarge the volume, or keep ended jobs for a shorter time"};
}

Diagnosis DiagnosePrices(std::size_t stale) {
  if (stale == 0) return {Level::kOk, "prices", "none in use is older than prices are trusted"};
  return {Level::kWarning, "prices", absl::StrCat(stale, " in use are older than prices are trusted"),
          "read the pages that `zoetrope cost --breakdown` names again, and bring the catalogue up to date"};
}

}  // namespace zoetrope
