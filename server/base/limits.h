// Every bound of the program, with its unit and its reason.
#ifndef ZOETROPE_SERVER_BASE_LIMITS_H_
#define ZOETROPE_SERVER_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace zoetrope::limits {

// --- What a caller may send (the contract states these) ---
inline constexpr std::size_t kModelIdChars = 100;
inline constexpr std::size_t kPromptChars = 32'000;  // the longest any provider takes (OpenAI's /v1/videos)
inline constexpr std::size_t kNegativePromptChars = 10'000;
inline constexpr std::size_t kChoiceChars = 64;  // of a resolution, an aspect ratio
inline constexpr std::size_t kUrlChars = 2'048;
inline constexpr std::size_t kImageBytes = 8u
                                           << 20;  // RunPod's /run takes 10 MB of JSON; base64 adds a third
inline constexpr std::int64_t kImagePixels = 50'000'000;  // what a decoder may be made to allocate
inline constexpr std::size_t kReferences = 10;
inline constexpr std::size_t kExtras = 32;
inline constexpr std::size_t kExtraNameChars = 64;
inline constexpr std::size_t kExtraStringChars = 4'096;
inline constexpr std::size_t kProviderVideoIdChars = 200;
inline constexpr std::size_t kAllowedProviders = 32;
inline constexpr std::int32_t kRoutingWeight = 100;
inline constexpr absl::Duration kSubmitTimeoutDefault = absl::Seconds(60);
inline constexpr absl::Duration kExperienceHalfLife = absl::Hours(1);  // see ExperienceBook
inline constexpr std::size_t kProviderNameChars = 64;
inline constexpr std::size_t kLabels = 16;
inline constexpr std::size_t kLabelKeyChars = 63;  // as Kubernetes' label names
inline constexpr std::size_t kLabelValueChars = 128;
inline constexpr std::size_t kRequestIdChars = 64;
inline constexpr std::size_t kQuoteIdChars = 2048;
inline constexpr absl::Duration kQuoteValidDefault = absl::Minutes(15);
inline constexpr absl::Duration kPriceAgeMaxDefault = absl::Hours(24 * 90);
inline constexpr absl::Duration kQuoteValidMax = absl::Hours(24);
inline constexpr std::size_t kNoteChars = 500;  // of an operator's decision
inline constexpr int kCountMax = 4;
inline constexpr std::int64_t kSeedMax = 2'147'483'647;
inline constexpr std::int64_t kDurationMinMillis = 1'000;
inline constexpr std::int64_t kDurationMaxMillis = 60'000;
inline constexpr absl::Duration kDeadlineMin = absl::Seconds(10);
inline constexpr absl::Duration kDeadlineMax = absl::Hours(24);
inline constexpr absl::Duration kDeadlineDefault = absl::Hours(1);
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1'000;
inline constexpr int kSpendSums = 1'000;                 // of one answer
inline constexpr std::size_t kRequestBytes = 32u << 20;  // three inline pictures and a long prompt

// --- What a provider may send ---
inline constexpr std::size_t kProviderBodyBytes =
    4u << 20;  // a reply is JSON of some kB; fal may inline a picture
inline constexpr int kJsonDepth = 32;
inline constexpr int kJsonNodes = 100'000;
inline constexpr std::size_t kProviderIdChars = 256;
inline constexpr std::size_t kProviderCodeChars = 100;
inline constexpr std::size_t kProviderMessageChars = 1'000;
inline constexpr std::size_t kLogLinesPerPoll = 100;
inline constexpr std::size_t kOutputsPerJob = 16;
inline constexpr int kLookupPages = 10;  // of a list that is searched for a lost submission, 100 jobs each
inline constexpr std::size_t kLookupMatches = 16;  // in it; more than a few cannot be told apart anyway
inline constexpr std::size_t kLookupRivals = 200;  // lost at the same time, each of which costs a read
inline constexpr std::int64_t kChargeNanos = 1'000'000'000'000'000;  // a million dollars for one attempt
inline constexpr std::int64_t kDownloadBytes = std::int64_t{4} << 30;

// --- What the server keeps ---
inline constexpr std::size_t kLiveJobs = 100'000;  // admitted and not terminal; beyond it QUEUE_FULL
inline constexpr std::size_t kAttemptsPerJob = 8;
inline constexpr std::size_t kBudgets = 100;         // each of which a submission is held against
inline constexpr std::size_t kStoreQueue = 100'000;  // commits waiting for the writer
inline constexpr std::size_t kWatchBuffer = 64;      // messages kept for a slow stream before it re-reads
inline constexpr std::size_t kWatchStreams = 20'000;
inline constexpr std::size_t kHttpInFlight = 10'000;
inline constexpr std::size_t kHttpDownloads = 1'000;
// Of requests that are being taken in, pictures included.
inline constexpr std::size_t kSubmitBytes = 128u << 20;
// The contract's least time for which a request id stands for its job.
inline constexpr absl::Duration kRetentionMin = absl::Hours(24);

// --- How long things take ---
inline constexpr absl::Duration kSubmitTimeout = absl::Seconds(60);
inline constexpr absl::Duration kPollTimeout = absl::Seconds(30);
// A process that was frozen between intent and send must not send hours later (design: late-send guard).
inline constexpr absl::Duration kLateSendGuard = absl::Seconds(5);

// How long a job that was adopted after its deadline is asked after.
inline constexpr absl::Duration kAdoptedPatience = absl::Minutes(15);

}  // namespace zoetrope::limits

#endif  // ZOETROPE_SERVER_BASE_LIMITS_H_
