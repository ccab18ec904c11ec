// The modes of files, and the umask that they are made under.
#ifndef ZOETROPE_TESTS_SUPPORT_UMASK_H_
#define ZOETROPE_TESTS_SUPPORT_UMASK_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

namespace zoetrope::testing {

// The umask of this process and of those that it starts, until this goes.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  const mode_t before_;
};

// The permission bits of what is at `path`, links not followed; 07777 where nothing is.
inline mode_t ModeOf(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 07777;
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_UMASK_H_
