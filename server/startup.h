// What has to be known before a server takes jobs, and before it ends.
#ifndef ZOETROPE_SERVER_STARTUP_H_
#define ZOETROPE_SERVER_STARTUP_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/log.h"
#include "server/engine/engine.h"
#include "server/signals.h"
#include "server/store/sqlite_store.h"

namespace zoetrope {

// Blocks until every live job of the store is taken over.
absl::Status Recover(Engine& engine);

// Blocks until it is known whether every live job still has its account; FAILED_PRECONDITION: one has not.
absl::Status CheckAccounts(JobStore& store, const Accounts& accounts);

// Of a store that was left open, or that is a copy of another.
void WarnOfStore(const SqliteStore& store, Log& log);

// Starts nothing new, and waits until what is on the wire is answered and recorded, the grace is over or a
// signal comes. What is left of the grace; nothing after a signal.
absl::Duration DrainEngine(Engine& engine, absl::Duration grace, const Signals& signals, Log& log);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STARTUP_H_
