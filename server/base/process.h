// What a server owes the machine that it runs on.
#ifndef ZOETROPE_SERVER_BASE_PROCESS_H_
#define ZOETROPE_SERVER_BASE_PROCESS_H_

namespace zoetrope {

// As many descriptors as may be had, because connections and streams need them; no core file, and
// nothing of the memory in one that comes all the same, because a crash must not leave credentials behind; a
// peer that goes away, or a file that may not grow, is an error of a write, not the end. Once, before other
// threads run.
void AdjustProcess();

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_PROCESS_H_
