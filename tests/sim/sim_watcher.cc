#include "tests/sim/sim_watcher.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"

namespace zoetrope::testing {
namespace {

std::string Encode(char kind, const Job& job) {
  return absl::StrCat(std::string(1, kind), " ", job.state.revision, " ",
                      IsTerminal(job.state.phase) ? 1 : 0);
}

}  // namespace

std::string EncodeForSim(const WatchEvent& event) {
  if (const auto* snapshot = std::get_if<SnapshotEvent>(&event)) return Encode('S', snapshot->job);
  if (const auto* revision = std::get_if<RevisionEvent>(&event)) return Encode('R', revision->job);
  if (const auto* heartbeat = std::get_if<HeartbeatEvent>(&event))
    return absl::StrCat("H ", heartbeat->revision, " 0");
  return "P 0 0";
}

void SimWatcher::Connect(WatchHub* hub) {
  hub_ = hub;
  // A stream of its own per connection: late calls of a broken one must not reach this watcher.
  class Link : public WatchStream {
   public:
    explicit Link(std::shared_ptr<SimWatcher> owner, WatchHub* hub) : owner_(std::move(owner)), hub_(hub) {}
    void Send(EncodedEvent event) override {
      if (owner_->hub_ == hub_ && owner_->link_.get() == this) owner_->Send(std::move(event));
    }
    void Finish(absl::Status status) override {
      if (owner_->hub_ == hub_ && owner_->link_.get() == this) owner_->Finish(std::move(status));
    }

   private:
    std::shared_ptr<SimWatcher> owner_;
    WatchHub* hub_;
  };
  link_ = std::make_shared<Link>(shared_from_this(), hub);
  // Cut off before it heard that the stream has ended, it gets the revisions after the terminal one: money.
  saw_terminal_ = false;
  WatchRequest request;
  request.tenant = "default";
  request.job_id = job_id_;
  request.after_revision = cursor_;
  id_ = hub->Open(std::move(request), link_);
}

void SimWatcher::Disconnect(bool hub_is_gone) {
  if (hub_ != nullptr && !hub_is_gone) hub_->Close(id_);
  hub_ = nullptr;
  link_.reset();
}

void SimWatcher::Send(EncodedEvent event) {
  char kind = 0;
  long long revision = 0;
  int terminal = 0;
  if (std::sscanf(event->c_str(), "%c %lld %d", &kind, &revision, &terminal) != 3)
    broken_.push_back("not an event");
  if (saw_terminal_)
    broken_.push_back(absl::StrCat(job_id_, ": a message after the terminal revision: ", *event, " cursor ",
                                   cursor_.value_or(-1)));
  if (kind == 'S') {
    if (cursor_) broken_.push_back(absl::StrCat(job_id_, ": a snapshot although a cursor was given"));
    cursor_ = revision;
  } else if (kind == 'R') {
    if (!cursor_ || revision != *cursor_ + 1) {
      broken_.push_back(absl::StrCat(job_id_, ": revision ", revision, " after ", cursor_.value_or(-1)));
    }
    cursor_ = revision;
  }
  saw_terminal_ = terminal == 1;
  hub_->Ready(id_);
}

void SimWatcher::Finish(absl::Status status) {
  if (status.ok() && !saw_terminal_ && !cursor_)
    broken_.push_back(absl::StrCat(job_id_, ": ended without the job's end"));
  done_ = status.ok();
  hub_ = nullptr;
  link_.reset();
}

}  // namespace zoetrope::testing
