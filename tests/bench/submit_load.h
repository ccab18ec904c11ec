// Callers of Submit: a fixed number of calls in flight over a few connections, on gRPC's callback client.
#ifndef ZOETROPE_TESTS_BENCH_SUBMIT_LOAD_H_
#define ZOETROPE_TESTS_BENCH_SUBMIT_LOAD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/base/clock.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::testing {

// What every call asks for, with a request id of its own.
v1::SubmitRequest BenchRequest(const std::string& request_id);

struct LoadResult {
  std::int64_t calls = 0;
  std::int64_t failed = 0;
  absl::Duration wall;
  absl::Duration cpu;          // of the whole process: client and server
  std::vector<double> micros;  // of each call
  v1::SubmitResponse an_answer;
};

class SubmitLoad {
 public:
  // `name` is part of the request ids; runs of one server must differ in it.
  SubmitLoad(const std::string& address, Clock* clock, std::string name);

  // Keeps `in_flight` calls under way for `time`, then waits for what is left.
  LoadResult Run(int in_flight, absl::Duration time);

 private:
  struct Slot;
  void Begin(Slot& slot);
  void End(Slot& slot, const grpc::Status& status);

  Clock* const clock_;
  const std::string name_;
  std::vector<std::unique_ptr<v1::VideoGeneration::Stub>> stubs_;
  std::atomic<std::int64_t> next_id_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> running_ = 0;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_BENCH_SUBMIT_LOAD_H_
