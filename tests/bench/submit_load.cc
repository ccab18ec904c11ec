#include "tests/bench/submit_load.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"

namespace zoetrope::testing {
namespace {

constexpr int kConnections = 4;

}  // namespace

v1::SubmitRequest BenchRequest(const std::string& request_id) {
  v1::SubmitRequest request;
  request.set_request_id(request_id);
  v1::Generation& generation = *request.mutable_generation();
  generation.set_model("vidu-q3");
  generation.set_prompt(
      "a paper boat crosses a puddle, seen from the side, soft morning light, the camera stays low");
  generation.mutable_first_frame()->set_url("https://images.example.com/pictures/boat-on-a-puddle.png");
  generation.mutable_duration()->set_seconds(8);
  generation.set_resolution("720p");
  (*request.mutable_labels())["project"] = "boats";
  return request;
}

// One call after another.
struct SubmitLoad::Slot {
  v1::VideoGeneration::Stub* stub = nullptr;
  std::optional<grpc::ClientContext> context;
  v1::SubmitRequest request = BenchRequest("");
  v1::SubmitResponse response;
  absl::Duration begun;
  std::vector<double> micros;
  std::int64_t failed = 0;
};

SubmitLoad::SubmitLoad(const std::string& address, Clock* clock, std::string name)
    : clock_(clock), name_(std::move(name)) {
  for (int i = 0; i < kConnections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else they would all be one connection
    stubs_.push_back(v1::VideoGeneration::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
}

void SubmitLoad::Begin(Slot& slot) {
  slot.context.emplace();
  slot.request.set_request_id(absl::StrFormat("%s-%016d", name_, next_id_++));
  slot.begun = clock_->Monotonic();
  slot.stub->async()->Submit(&*slot.context, &slot.request, &slot.response,
                             [this, &slot](grpc::Status status) { End(slot, status); });
}

void SubmitLoad::End(Slot& slot, const grpc::Status& status) {
  slot.micros.push_back(absl::ToDoubleMicroseconds(clock_->Monotonic() - slot.begun));
  if (!status.ok() && slot.failed++ == 0) std::fprintf(stderr, "%s\n", status.error_message().c_str());
  if (stopping_) {
    --running_;
  } else {
    Begin(slot);
  }
}

LoadResult SubmitLoad::Run(int in_flight, absl::Duration time) {
  std::vector<Slot> slots(static_cast<std::size_t>(in_flight));
  stopping_ = false;
  running_ = in_flight;
  const absl::Duration start = clock_->Monotonic();
  const absl::Duration cpu = CpuTime();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].stub = stubs_[i % stubs_.size()].get();
    Begin(slots[i]);
  }
  Pause(time);
  stopping_ = true;
  WaitUntil([this] { return running_ == 0; });
  LoadResult result;
  result.wall = clock_->Monotonic() - start;
  result.cpu = CpuTime() - cpu;
  for (Slot& slot : slots) {
    result.calls += static_cast<std::int64_t>(slot.micros.size());
    result.failed += slot.failed;
    result.micros.insert(result.micros.end(), slot.micros.begin(), slot.micros.end());
  }
  result.an_answer = std::move(slots[0].response);
  return result;
}

}  // namespace zoetrope::testing
