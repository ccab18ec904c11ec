#include "tests/sandbox/sandbox.h"

#include "tests/sandbox/control.h"
#include "tests/sandbox/fal.h"
#include "tests/sandbox/fal_history.h"
#include "tests/sandbox/fal_storage.h"
#include "tests/sandbox/host_names.h"
#include "tests/sandbox/mangle.h"
#include "tests/sandbox/media.h"
#include "tests/sandbox/openai.h"
#include "tests/sandbox/runpod.h"
#include "tests/sandbox/runware.h"
#include "tests/sandbox/vtrix.h"
#include "tests/sandbox/wavespeed.h"

namespace zoetrope::sandbox {
namespace {

// What is not a provider's: the same under every name.
bool IsShared(const std::string& path) {
  return StartsWith(path, "/media/") || path == "/pictures" || StartsWith(path, "/pictures/") ||
         StartsWith(path, "/_sandbox/");
}

Reply Dispatch(World* world, const Request& request) {
  const std::string& path = request.path;
  if (StartsWith(path, "/runpod/")) return HandleRunpod(world, request);
  if (StartsWith(path, "/fal/rest/") || StartsWith(path, "/fal/cdn/"))
    return HandleFalStorage(world, request);
  if (StartsWith(path, "/fal/platform/")) return HandleFalHistory(world, request);
  if (StartsWith(path, "/fal/")) return HandleFal(world, request);
  if (StartsWith(path, "/runware/")) return HandleRunware(world, request);
  if (StartsWith(path, "/openai/")) return HandleOpenai(world, request);
  if (StartsWith(path, "/wavespeed/")) return HandleWavespeed(world, request);
  if (StartsWith(path, "/vtrix/")) return HandleVtrix(world, request);
  if (StartsWith(path, "/media/")) return HandleMedia(world, request);
  if (path == "/pictures" || StartsWith(path, "/pictures/")) return HandlePictures(world, request);
  if (StartsWith(path, "/_sandbox/")) return HandleControl(world, request);
  return JsonReply(404, {{"error", "nothing is mounted here"}});
}

}  // namespace

Reply HandleRequest(World* world, const Request& request) {
  const HostName* name = FindHostName(request.Header("host"));
  if (name == nullptr || IsShared(request.path)) return Dispatch(world, request);
  Request mounted = request;
  mounted.path.insert(0, name->mount);
  return Dispatch(world, mounted);
}

}  // namespace zoetrope::sandbox
