// The thread of the curl client.
#ifndef ZOETROPE_SERVER_HTTP_CURL_LOOP_H_
#define ZOETROPE_SERVER_HTTP_CURL_LOOP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/http/curl_call.h"
#include "server/http/curl_lane.h"
#include "server/http/origin_gate.h"

namespace zoetrope {

// Takes commands from any thread and carries them out on its own, where all calls live and all callbacks run.
class CurlLoop {
 public:
  explicit CurlLoop(CurlCall::Shared shared);
  // As CurlClient's.
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;

  // False when the machine gave no descriptors; nothing else may be called then.
  bool ok() const { return epoll_fd_ >= 0 && wake_fd_ >= 0; }

  // Starts the thread. Once.
  void Launch();

  // Any thread.
  void Start(CurlWork work);
  void Resume(HttpClient::CallId id);
  void Cancel(HttpClient::CallId id);

 private:
  struct Command {
    enum class Kind { kStart, kRefuse, kRefuseBusy, kResume, kCancel } kind;
    HttpClient::CallId id;
    CurlWork work;
  };

  void Post(Command command);
  void Run();
  // Swaps the waiting commands into `batch_`; returns whether the loop is to end.
  bool TakeCommands();
  void Execute(Command& command);
  // Begins the work, or lines it up.
  void Admit(CurlWork work);
  void Begin(CurlWork work);
  void BeginReady();
  // Ends a call that waits.
  void FailWaiting(HttpClient::CallId id, TransportError error);
  void ExpireWaiting();
  // Gives a call's place to the next one, which becomes ready.
  void LeaveGate(const CurlWork& work);
  // One call fewer is under way; before it is told, because whoever waits may start the next one from there.
  void CountOne(const CurlWork& work);
  void Wait();
  // Until the loop must act by itself; -1: never.
  long WaitMillis();
  // Ends what libcurl has ended.
  void Reap(CurlLane& lane);
  // Takes the call out, tells whoever waits, and keeps the object.
  void Finish(CurlCall& call, CURLcode code, CurlStop stop);
  void CancelAll();

  const CurlCall::Shared shared_;
  const int epoll_fd_;
  const int wake_fd_;

  std::mutex mutex_;
  std::vector<Command> commands_;  // by mutex_
  std::size_t in_flight_ = 0;      // by mutex_; started and not told, but for
  std::size_t downloads_ = 0;      // by mutex_
  bool stopping_ = false;          // by mutex_
  bool asleep_ = false;            // by mutex_: a command must wake the thread

  // Only the thread's.
  std::vector<Command> batch_;
  std::array<CurlLane, 2> lanes_;
  std::array<std::vector<std::unique_ptr<CurlCall>>, 2> idle_;
  absl::flat_hash_map<HttpClient::CallId, std::unique_ptr<CurlCall>> live_;
  // Calls that wait for a place: known to their gate, or ready, which is having got one.
  struct Waiting {
    CurlWork work;
    absl::Duration deadline;
  };
  std::array<OriginGate, 3> gates_;
  absl::flat_hash_map<HttpClient::CallId, Waiting> waiting_;
  std::deque<HttpClient::CallId> ready_;  // first come, first served, as at the gate

  std::thread thread_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_LOOP_H_
