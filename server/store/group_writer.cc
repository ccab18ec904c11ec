#include "server/store/group_writer.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "server/store/sqlite_schema.h"

namespace zoetrope {
namespace {

int RememberLogPages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

GroupWriter::GroupWriter(std::unique_ptr<Database> db, std::unique_ptr<JobTables> tables, GroupLimits limits,
                         Clock* clock, StoreObserver* observer)
    : limits_(limits),
      clock_(clock),
      observer_(observer),
      db_(std::move(db)),
      tables_(std::move(tables)),
      checkpoint_at_pages_(limits.checkpoint_pages) {
  // Replaces SQLite's automatic checkpoint, which would run inside COMMIT and thus before the answers.
  sqlite3_wal_hook(db_->handle(), RememberLogPages, &log_pages_);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

GroupWriter::~GroupWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  const absl::Status marked = MarkClosed(*db_);
  (void)marked;  // where the disk does not take even that, the next start reads the file through
}

std::size_t GroupWriter::depth() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

bool GroupWriter::Enqueue(std::unique_ptr<StoreWrite>& write, QueuePlaces places) {
  const std::size_t most = limits_.queued + (places == QueuePlaces::kReserved ? limits_.reserved : 0);
  bool was_empty = false;
  {
    std::lock_guard lock(mutex_);
    if (queued_ >= most) return false;
    was_empty = queue_.empty();
    queue_.push_back(std::move(write));
    ++queued_;
  }
  if (was_empty) wake_.notify_one();
  return true;
}

void GroupWriter::Run() {
  Group group;
  while (TakeGroup(group)) {
    WriteGroup(group);
    group.clear();
    CheckpointIfLong();
  }
}

bool GroupWriter::TakeGroup(Group& group) {
  if (backlog_next_ == backlog_.size()) {
    backlog_.clear();
    backlog_next_ = 0;
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return false;
    backlog_.swap(queue_);
  }
  std::size_t bytes = 0;
  while (backlog_next_ < backlog_.size() && group.size() < limits_.writes) {
    bytes += backlog_[backlog_next_]->SizeBytes();
    if (!group.empty() && bytes > limits_.bytes) break;
    group.push_back(std::move(backlog_[backlog_next_++]));
  }
  std::lock_guard lock(mutex_);
  queued_ -= group.size();
  return true;
}

void GroupWriter::WriteGroup(Group& group) {
  const absl::Duration start = observer_ == nullptr ? absl::ZeroDuration() : clock_->Monotonic();
  std::vector<absl::Status> excluded(group.size());
  Ending ending = WriteOnce(group, excluded);
  while (ending.fate == WriteFate::kNotWritten && !IsEnvironmental(ending.why)) {
    excluded[ending.culprit] = ending.why;
    ending = WriteOnce(group, excluded);
  }
  if (observer_ != nullptr) observer_->OnTransaction(group.size(), clock_->Monotonic() - start, ending.why);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (excluded[i].ok()) {
      group[i]->Finish(ending.fate, ending.why);
    } else {
      group[i]->Finish(WriteFate::kNotWritten, excluded[i]);
    }
  }
  // A full disk may leave the log no room to grow; taking it into the file lets its own room be used again.
  if (ending.fate != WriteFate::kDurable) checkpoint_at_pages_ = 0;
}

GroupWriter::Ending GroupWriter::WriteOnce(const Group& group, const std::vector<absl::Status>& excluded) {
  if (absl::Status status = tables_->Begin(); !status.ok()) {
    RollBack();
    // Nothing of this group has been tried; there is no culprit among its writes.
    if (!IsEnvironmental(status)) status = absl::UnavailableError(status.message());
    return {WriteFate::kNotWritten, std::move(status)};
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!excluded[i].ok()) continue;
    if (absl::Status status = group[i]->Apply(*tables_); !status.ok()) {
      RollBack();
      return {WriteFate::kNotWritten, std::move(status), i};
    }
  }
  if (absl::Status status = tables_->Commit(); !status.ok()) {
    // The end mark of the transaction may have reached the disk, and then a crash right now would make it
    // count.
    RollBack();
    return {WriteFate::kUnknown, std::move(status)};
  }
  return {WriteFate::kDurable, absl::OkStatus()};
}

void GroupWriter::RollBack() {
  if (!db_->in_transaction()) return;  // some failures roll back by themselves
  const absl::Status status = db_->Execute("ROLLBACK");
  (void)status;  // the next BEGIN fails if this did not work, and tells it
}

void GroupWriter::CheckpointIfLong() {
  if (log_pages_ < checkpoint_at_pages_) return;
  int in_log = 0;
  int taken = 0;
  const int result =
      sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &taken);
  const bool complete = result == SQLITE_OK && in_log == taken;
  // A reader in the middle of the log, or a failing disk: later, but not after each transaction.
  checkpoint_at_pages_ =
      complete ? limits_.checkpoint_pages : std::max(log_pages_, 0) + limits_.checkpoint_pages / 4;
  if (complete) log_pages_ = 0;
}

}  // namespace zoetrope
