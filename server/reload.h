// Takes over what changes in the configuration while the server runs.
#ifndef ZOETROPE_SERVER_RELOAD_H_
#define ZOETROPE_SERVER_RELOAD_H_

#include <map>
#include <string>

#include "server/api/supply.h"
#include "server/base/clock.h"
#include "server/base/current.h"
#include "server/base/log.h"
#include "server/callers.h"
#include "server/config/file_stamps.h"
#include "server/config/inputs.h"
#include "server/engine/engine.h"
#include "server/telemetry/budget_watch.h"
#include "server/telemetry/metrics.h"

namespace zoetrope {

// All of it outlives the Reloader.
struct ReloadParts {
  Current<Supply>* supply = nullptr;
  Engine* engine = nullptr;
  Callers* callers = nullptr;
  BudgetWatch* budgets = nullptr;
  Metrics* metrics = nullptr;
  Log* log = nullptr;
  Clock* clock = nullptr;
  Current<std::string>* refusal = nullptr;  // becomes why the last reload was refused; empty: it was not
};

// For one thread, which may wait.
class Reloader {
 public:
  // `running` and `files` were read from `source`, and are in force.
  Reloader(InputSource source, Environment environment, const Inputs& running, FileStamps files,
           ReloadParts parts);

  // Reads everything again, as at the start. Takes over all that differs, or nothing: where something is
  // wrong, or cannot change while the server runs, that is logged and counted, and all stays as it is.
  // Returns when it is in force.
  bool Reload();

  // Whether a file differs from what was read last, or from what was not there then, and no longer from what
  // it was at the last call: whoever writes it may be in the middle.
  bool FilesHaveChanged();

 private:
  bool Refuse(const std::string& why);
  void TakeOver(Inputs inputs);

  const InputSource source_;
  const Environment environment_;
  const ReloadParts parts_;
  config::v1::Config running_;
  const std::map<std::string, Secret> fixed_secrets_;  // as Inputs'
  FileStamps read_;                                    // as they were before they were read last
  FileStamps seen_;                                    // at the last look
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_RELOAD_H_
