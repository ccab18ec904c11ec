#include "tests/support/faulty_vfs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

namespace zoetrope::testing {
namespace {

// SQLite allocates this, with room for the real file behind it.
struct File {
  sqlite3_file base;
  FaultyVfs* vfs;
  std::string* path;  // null for files without a name
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }
const sqlite3_io_methods* Methods(sqlite3_file* file) { return Real(file)->pMethods; }
sqlite3_vfs* RealVfs() { return sqlite3_vfs_find("unix"); }

int Close(sqlite3_file* file) {
  delete Of(file)->path;
  return Methods(file)->xClose(Real(file));
}

int Read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  if (int result = Of(file)->vfs->BeforeRead(); result != SQLITE_OK) return result;
  return Methods(file)->xRead(Real(file), data, size, offset);
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  static const std::string kNameless;
  const std::string& path = Of(file)->path == nullptr ? kNameless : *Of(file)->path;
  if (int result = Of(file)->vfs->BeforeWrite(path, Real(file), data, size, offset); result != SQLITE_OK)
    return result;
  return Methods(file)->xWrite(Real(file), data, size, offset);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Of(file)->path != nullptr) {
    if (int result = Of(file)->vfs->BeforeTruncate(*Of(file)->path, Real(file), size); result != SQLITE_OK)
      return result;
  }
  return Methods(file)->xTruncate(Real(file), size);
}

// What a sync makes safe is decided here, so the machine's own disk need not be waited for.
int Sync(sqlite3_file* file, int) {
  if (int result = Of(file)->vfs->BeforeSync(); result != SQLITE_OK) return result;
  if (Of(file)->path != nullptr) Of(file)->vfs->Forget(*Of(file)->path);
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) { return Methods(file)->xFileSize(Real(file), size); }
int Lock(sqlite3_file* file, int level) { return Methods(file)->xLock(Real(file), level); }
int Unlock(sqlite3_file* file, int level) { return Methods(file)->xUnlock(Real(file), level); }
int CheckReserved(sqlite3_file* file, int* out) { return Methods(file)->xCheckReservedLock(Real(file), out); }
int Control(sqlite3_file* file, int op, void* arg) {
  return Methods(file)->xFileControl(Real(file), op, arg);
}
int SectorSize(sqlite3_file* file) { return Methods(file)->xSectorSize(Real(file)); }
// Nothing is promised about writes, so that SQLite takes every precaution.
int Characteristics(sqlite3_file*) { return 0; }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Methods(file)->xShmMap(Real(file), page, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  return Methods(file)->xShmLock(Real(file), offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) { Methods(file)->xShmBarrier(Real(file)); }
int ShmUnmap(sqlite3_file* file, int remove) { return Methods(file)->xShmUnmap(Real(file), remove); }

// Version 2: no memory-mapped reads, which would pass us by.
constexpr sqlite3_io_methods kMethods = {
    2,        Close,         Read,    Write,      Truncate,        Sync,   FileSize, Lock,
    Unlock,   CheckReserved, Control, SectorSize, Characteristics, ShmMap, ShmLock,  ShmBarrier,
    ShmUnmap, nullptr,       nullptr};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  File* opened = new (file) File{};
  opened->vfs = static_cast<FaultyVfs*>(vfs->pAppData);
  int exists = 1;
  if (name != nullptr) RealVfs()->xAccess(RealVfs(), name, SQLITE_ACCESS_EXISTS, &exists);
  if (int fault =
          exists != 0 ? opened->vfs->BeforeOther() : opened->vfs->BeforeCreateOrDelete(SQLITE_CANTOPEN);
      fault != SQLITE_OK)
    return fault;
  const int result = RealVfs()->xOpen(RealVfs(), name, opened->real(), flags, out_flags);
  if (opened->real()->pMethods != nullptr) {
    opened->base.pMethods = &kMethods;
    opened->path = name == nullptr ? nullptr : new std::string(name);
  }
  return result;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_dir) {
  auto* faulty = static_cast<FaultyVfs*>(vfs->pAppData);
  if (int result = faulty->BeforeCreateOrDelete(SQLITE_IOERR_DELETE); result != SQLITE_OK) return result;
  faulty->Forget(name);
  return RealVfs()->xDelete(RealVfs(), name, sync_dir);
}

int Access(sqlite3_vfs*, const char* name, int flags, int* out) {
  return RealVfs()->xAccess(RealVfs(), name, flags, out);
}
int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  return RealVfs()->xFullPathname(RealVfs(), name, size, out);
}

}  // namespace

int FaultyVfs::Fault::Next() {
  if (countdown == 0) return SQLITE_OK;
  if (countdown > 1) {
    --countdown;
    return SQLITE_OK;
  }
  if (!for_ever) countdown = 0;
  return result;
}

FaultyVfs::FaultyVfs(std::string name) : name_(std::move(name)), vfs_(*RealVfs()) {
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + RealVfs()->szOsFile;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = Open;
  vfs_.xDelete = Delete;
  vfs_.xAccess = Access;
  vfs_.xFullPathname = FullPathname;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }

void FaultyVfs::FailWrite(int nth, int result, bool for_ever) {
  std::lock_guard lock(mutex_);
  write_ = {nth, result, for_ever};
}

void FaultyVfs::FailSync(int nth, int result, bool for_ever) {
  std::lock_guard lock(mutex_);
  sync_ = {nth, result, for_ever};
}

void FaultyVfs::FailRead(int nth, int result, bool for_ever) {
  std::lock_guard lock(mutex_);
  read_ = {nth, result, for_ever};
}

void FaultyVfs::Heal() {
  std::lock_guard lock(mutex_);
  read_ = {};
  write_ = {};
  sync_ = {};
  strike_countdown_ = 0;
}

void FaultyVfs::StrikeAt(std::int64_t nth, Strike strike, std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  strike_countdown_ = nth;
  strike_ = strike;
  has_struck_ = false;
  strike_random_.Reseed(seed);
}

bool FaultyVfs::has_struck() const {
  std::lock_guard lock(mutex_);
  return has_struck_;
}

bool FaultyVfs::IsStruck() {
  if (strike_countdown_ == 0 || --strike_countdown_ > 0) return false;
  has_struck_ = true;
  if (strike_ == Strike::kFailForEver) strike_countdown_ = 1;
  if (strike_ == Strike::kKill || strike_ == Strike::kPowerCut) {
    is_off_ = true;
    was_killed_ = strike_ == Strike::kKill;
  }
  return true;
}

void FaultyVfs::PowerOff() {
  std::lock_guard lock(mutex_);
  is_off_ = true;
  was_killed_ = false;
}

void FaultyVfs::PowerOn(SeededRandom& random) {
  std::lock_guard lock(mutex_);
  for (auto& [path, changes] : unsynced_) {
    if (was_killed_) break;  // the kernel has it all
    if (path.ends_with("-wal")) {
      std::error_code ignored;
      std::filesystem::remove(path.substr(0, path.size() - 4) + "-shm", ignored);
    }
    const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      (void)!pwrite(fd, change->before.data(), change->before.size(), change->offset);
      (void)!ftruncate(fd, change->size_before);
    }
    for (const Change& change : changes) Draw(fd, change, random);
    close(fd);
  }
  unsynced_.clear();
  is_off_ = false;
  was_killed_ = false;
  read_ = {};
  write_ = {};
  sync_ = {};
  strike_countdown_ = 0;
}

void FaultyVfs::Draw(int fd, const Change& change, SeededRandom& random) {
  const std::uint64_t fate = random.Below(4);
  if (fate < 2) return;  // lost
  if (change.truncates) {
    (void)!ftruncate(fd, change.offset);
    return;
  }
  std::string written = change.after;
  if (fate == 3 && !written.empty()) {
    const std::size_t from = random.Below(written.size());
    for (std::size_t i = from; i < written.size(); ++i) written[i] = static_cast<char>(random.Next());
  }
  (void)!pwrite(fd, written.data(), written.size(), change.offset);
}

std::int64_t FaultyVfs::faults() const {
  std::lock_guard lock(mutex_);
  return faults_;
}

std::int64_t FaultyVfs::writes() const {
  std::lock_guard lock(mutex_);
  return writes_;
}

std::int64_t FaultyVfs::syncs() const {
  std::lock_guard lock(mutex_);
  return syncs_;
}

void FaultyVfs::Remember(const std::string& path, sqlite3_file* real, std::int64_t offset,
                         std::int64_t length, std::string after, bool truncates) {
  sqlite3_int64 size = 0;
  real->pMethods->xFileSize(real, &size);
  const std::int64_t readable = std::clamp<std::int64_t>(size - offset, 0, length);
  std::string before(static_cast<std::size_t>(readable), '\0');
  if (readable > 0) real->pMethods->xRead(real, before.data(), static_cast<int>(readable), offset);
  unsynced_[path].push_back({offset, std::move(before), std::move(after), size, truncates});
}

int FaultyVfs::BeforeWrite(const std::string& path, sqlite3_file* real, const void* data, int size,
                           sqlite3_int64 offset) {
  std::lock_guard lock(mutex_);
  if (is_off_) return SQLITE_IOERR_WRITE;
  ++writes_;
  const bool struck = IsStruck();
  if (struck && !is_off_) return writes_ % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  if (int result = write_.Next(); result != SQLITE_OK) {
    ++faults_;
    return result;
  }
  if (!path.empty()) {
    Remember(path, real, offset, size,
             std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)), false);
  }
  if (!struck) return SQLITE_OK;
  WriteInPart(real, data, size, offset);
  return SQLITE_IOERR_WRITE;
}

void FaultyVfs::WriteInPart(sqlite3_file* real, const void* data, int size, sqlite3_int64 offset) {
  constexpr std::uint64_t kSector = 512;
  const std::uint64_t sectors = strike_random_.Below(static_cast<std::uint64_t>(size) / kSector + 1);
  const int part = static_cast<int>(sectors * kSector);
  if (part > 0) real->pMethods->xWrite(real, data, part, offset);
}

int FaultyVfs::BeforeTruncate(const std::string& path, sqlite3_file* real, sqlite3_int64 size) {
  std::lock_guard lock(mutex_);
  if (is_off_ || IsStruck()) return SQLITE_IOERR_TRUNCATE;
  sqlite3_int64 now = 0;
  real->pMethods->xFileSize(real, &now);
  Remember(path, real, size, std::max<std::int64_t>(now - size, 0), "", true);
  return SQLITE_OK;
}

int FaultyVfs::BeforeSync() {
  std::lock_guard lock(mutex_);
  if (is_off_) return SQLITE_IOERR_FSYNC;
  ++syncs_;
  if (IsStruck()) return SQLITE_IOERR_FSYNC;
  const int result = sync_.Next();
  if (result != SQLITE_OK) ++faults_;
  return result;
}

int FaultyVfs::BeforeRead() {
  std::lock_guard lock(mutex_);
  if (is_off_) return SQLITE_IOERR_READ;
  const int result = read_.Next();
  if (result != SQLITE_OK) ++faults_;
  return result;
}

int FaultyVfs::BeforeCreateOrDelete(int result) {
  std::lock_guard lock(mutex_);
  if (is_off_) return SQLITE_IOERR;
  return IsStruck() ? result : SQLITE_OK;
}

int FaultyVfs::BeforeOther() {
  std::lock_guard lock(mutex_);
  return is_off_ ? SQLITE_IOERR : SQLITE_OK;
}

void FaultyVfs::Forget(const std::string& path) {
  std::lock_guard lock(mutex_);
  unsynced_.erase(path);
}

}  // namespace zoetrope::testing
