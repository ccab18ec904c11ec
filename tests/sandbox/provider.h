#ifndef ZOETROPE_TESTS_SANDBOX_PROVIDER_H_
#define ZOETROPE_TESTS_SANDBOX_PROVIDER_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace zoetrope::sandbox {

// Keys keep the order in which a provider prints them.
using Json = nlohmann::ordered_json;

enum class Provider { kRunpod, kFal, kRunware, kOpenai, kWavespeed, kVtrix };

inline constexpr Provider kProviders[] = {Provider::kRunpod, Provider::kFal,       Provider::kRunware,
                                          Provider::kOpenai, Provider::kWavespeed, Provider::kVtrix};
inline constexpr std::size_t kProviderCount = std::size(kProviders);

constexpr std::string_view ProviderName(Provider provider) {
  switch (provider) {
    case Provider::kRunpod:
      return "runpod";
    case Provider::kFal:
      return "fal";
    case Provider::kRunware:
      return "runware";
    case Provider::kOpenai:
      return "openai";
    case Provider::kWavespeed:
      return "wavespeed";
    case Provider::kVtrix:
      return "vtrix";
  }
  return "";
}

inline std::optional<Provider> ProviderByName(std::string_view name) {
  for (const Provider provider : kProviders) {
    if (ProviderName(provider) == name) return provider;
  }
  return std::nullopt;
}

// What a client asked for, for counting and for aiming faults. kJob is no call of its own: such faults decide
// how a job runs and are taken when it is created.
enum class Call { kSubmit, kPoll, kResult, kCancel, kMedia, kJob, kAny };

constexpr std::string_view CallName(Call call) {
  switch (call) {
    case Call::kSubmit:
      return "submit";
    case Call::kPoll:
      return "poll";
    case Call::kResult:
      return "result";
    case Call::kCancel:
      return "cancel";
    case Call::kMedia:
      return "media";
    case Call::kJob:
      return "job";
    case Call::kAny:
      return "*";
  }
  return "";
}

// An amount as providers print it. Amounts are integers (nanos of a dollar) everywhere else; the division is
// correctly rounded, so the shortest text that reads back is the decimal one meant.
inline Json Usd(std::int64_t nanos) { return static_cast<double>(nanos) / 1e9; }

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_PROVIDER_H_
