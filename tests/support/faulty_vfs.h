// A disk for SQLite that fails on command and forgets what was not synced.
#ifndef ZOETROPE_TESTS_SUPPORT_FAULTY_VFS_H_
#define ZOETROPE_TESTS_SUPPORT_FAULTY_VFS_H_

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/seeded_random.h"

namespace zoetrope::testing {

// What happens at a point where SQLite changes the disk.
enum class Strike {
  kFailOnce,     // the change is refused, and the next ones go well
  kFailForEver,  // it and all after it are refused, until Heal
  kKill,         // the process dies: the change is made in part, and what was written before is kept
  kPowerCut,     // the machine dies: of what was not synced, some is kept, some lost, some damaged
};

// A VFS between SQLite and the default one, under a name of its own for as long as it lives. Thread-safe.
//
// The model of a power cut: of the writes and truncations since a file's last sync each is kept, lost or,
// where it is a write, in part overwritten with what nobody wrote, as drawn; deletions are kept. The shared
// index
// (`-shm`) is memory, and lost.
class FaultyVfs {
 public:
  explicit FaultyVfs(std::string name);
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  const std::string& name() const { return name_; }

  // The `nth` write (sync) from now on, 1 being the next, answers `result`, such as SQLITE_FULL or
  // SQLITE_IOERR_WRITE (SQLITE_IOERR_FSYNC); with `for_ever` so do all after it.
  void FailWrite(int nth, int result, bool for_ever);
  void FailSync(int nth, int result, bool for_ever);
  // As FailWrite, for reads.
  void FailRead(int nth, int result, bool for_ever);
  // The disk is well again.
  void Heal();

  // What the `nth` change of the disk from now on meets: a write, a truncation, a sync, a deletion or a new
  // file. After kKill and kPowerCut nothing works until PowerOn. `seed` decides how much of a write is made.
  void StrikeAt(std::int64_t nth, Strike strike, std::uint64_t seed);
  // Whether it has, since the last StrikeAt.
  bool has_struck() const;

  // From now on nothing works, until PowerOn.
  void PowerOff();
  // Every connection must be closed. Draws what is left of the files, unless only a process was killed, and
  // lets things work again.
  void PowerOn(SeededRandom& random);

  // How often FailRead, FailWrite and FailSync have struck.
  std::int64_t faults() const;
  std::int64_t writes() const;
  std::int64_t syncs() const;

  // For the functions that SQLite calls. A result that is not SQLITE_OK is a fault to answer with.
  int BeforeWrite(const std::string& path, sqlite3_file* real, const void* data, int size,
                  sqlite3_int64 offset);
  int BeforeTruncate(const std::string& path, sqlite3_file* real, sqlite3_int64 size);
  int BeforeSync();
  int BeforeRead();
  // A new file, or the end of one, which fail with `result`.
  int BeforeCreateOrDelete(int result);
  int BeforeOther();
  // A file's changes became safe, or pointless.
  void Forget(const std::string& path);

 private:
  struct Fault {
    int countdown = 0;  // 0: none
    int result = SQLITE_OK;
    bool for_ever = false;

    // The result of the next call.
    int Next();
  };
  // A change of a file that is not synced: `before` was at `offset`, `after` is there now; a truncation has
  // no `after`.
  struct Change {
    std::int64_t offset;
    std::string before;
    std::string after;
    std::int64_t size_before;
    bool truncates;
  };

  // Counts a change; true when it is struck. With the lock.
  bool IsStruck();
  // Writes what a process leaves behind that dies in the middle of it.
  void WriteInPart(sqlite3_file* real, const void* data, int size, sqlite3_int64 offset);
  void Draw(int fd, const Change& change, SeededRandom& random);
  void Remember(const std::string& path, sqlite3_file* real, std::int64_t offset, std::int64_t length,
                std::string after, bool truncates);

  const std::string name_;
  sqlite3_vfs vfs_;
  mutable std::mutex mutex_;
  Fault read_;
  Fault write_;
  Fault sync_;
  std::int64_t strike_countdown_ = 0;  // 0: none is to come
  Strike strike_ = Strike::kFailOnce;
  bool has_struck_ = false;
  SeededRandom strike_random_{0};
  bool is_off_ = false;
  bool was_killed_ = false;  // off, and the machine is not
  std::int64_t faults_ = 0;
  std::int64_t writes_ = 0;
  std::int64_t syncs_ = 0;
  std::map<std::string, std::vector<Change>> unsynced_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_FAULTY_VFS_H_
