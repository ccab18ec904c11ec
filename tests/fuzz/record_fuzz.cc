// Rows as they are read back from the store: a letter says as what, the rest is the record.
#include <cstring>
#include <string>

#include "server/store/record.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

// What was read can be written, and reads as the same. Compared as bytes, since a number that is none is not
// equal to itself.
void CheckSpec(std::string_view bytes) {
  const absl::StatusOr<JobSpec> spec = DecodeSpec(bytes);
  const absl::StatusOr<LiveJob> live = DecodeLiveSpec(bytes);
  FUZZ_CHECK(spec.ok() || absl::IsDataLoss(spec.status()));
  FUZZ_CHECK(live.ok() || absl::IsDataLoss(live.status()));
  if (!spec.ok()) return;
  FUZZ_CHECK(live.ok());
  const std::string written = EncodeSpec(*spec);
  const absl::StatusOr<JobSpec> again = DecodeSpec(written);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(EncodeSpec(*again) == written);
  const absl::StatusOr<LiveJob> alive = DecodeLiveSpec(written);
  FUZZ_CHECK(alive.ok());
  FUZZ_CHECK(alive->id == spec->id && alive->tenant == spec->tenant &&
             alive->model == spec->generation.model);
  FUZZ_CHECK(alive->count == spec->generation.count && alive->candidates == spec->candidates);
  FUZZ_CHECK(alive->max_cost == spec->max_cost && alive->deadline_time == spec->deadline_time);
  FUZZ_CHECK(alive->unknown_policy == spec->unknown_policy && alive->failover == spec->routing.failover);
}

void CheckState(std::string_view bytes) {
  const absl::StatusOr<JobState> state = DecodeState(bytes);
  FUZZ_CHECK(state.ok() || absl::IsDataLoss(state.status()));
  if (!state.ok()) return;
  const std::string written = EncodeState(*state);
  const absl::StatusOr<JobState> again = DecodeState(written);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *state);
  FUZZ_CHECK(EncodeState(*again) == written);
}

// Numbers in columns.
void CheckNumber(std::string_view bytes) {
  std::int64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof(number)));
  FUZZ_CHECK(StoredTime(TimeOf(number)) == number);
  const auto kind = LedgerKindOf(number);
  FUZZ_CHECK(kind.ok() ? StoredNumber(*kind) == number : absl::IsDataLoss(kind.status()));
  const auto source = CostSourceOf(number);
  FUZZ_CHECK(source.ok() ? StoredNumber(*source) == number : absl::IsDataLoss(source.status()));
  const auto command = CommandKindOf(number);
  FUZZ_CHECK(command.ok() ? StoredNumber(*command) == number : absl::IsDataLoss(command.status()));
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope::fuzz;
  std::string_view bytes = TextOf(data, size);
  switch (TakeByte(bytes) % 3) {
    case 0:
      CheckSpec(bytes);
      break;
    case 1:
      CheckState(bytes);
      break;
    default:
      CheckNumber(bytes);
  }
  return 0;
}
