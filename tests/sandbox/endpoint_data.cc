// Finds the tables; each provider's are in a file of its own.
#include "tests/sandbox/endpoint_data.h"

#include <utility>

namespace zoetrope::sandbox {
namespace {

std::vector<Endpoint> AllEndpoints() {
  std::vector<Endpoint> all;
  for (auto* endpoints : {&RunpodEndpoints, &FalEndpoints, &FalVendorEndpoints, &RunwareEndpoints,
                          &OpenaiEndpoints, &WavespeedEndpoints, &VtrixEndpoints}) {
    for (Endpoint& endpoint : endpoints()) all.push_back(std::move(endpoint));
  }
  return all;
}

const std::vector<Endpoint>& Endpoints() {
  static const std::vector<Endpoint> kEndpoints = AllEndpoints();
  return kEndpoints;
}

}  // namespace

Texts Whole(int from, int to, int step) {
  static constexpr std::string_view kTexts[] = {"0",  "1",  "2",  "3",  "4",  "5",  "6",
                                                "7",  "8",  "9",  "10", "11", "12", "13",
                                                "14", "15", "16", "17", "18", "19", "20"};
  Texts texts;
  for (int number = from; number <= to; number += step) texts.push_back(kTexts[number]);
  return texts;
}

Texts SixAspects() { return {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16"}; }

const Endpoint* FindEndpoint(Provider provider, std::string_view id) {
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.provider == provider && endpoint.id == id) return &endpoint;
  }
  return nullptr;
}

std::vector<const Endpoint*> EndpointsOf(Provider provider) {
  std::vector<const Endpoint*> found;
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.provider == provider) found.push_back(&endpoint);
  }
  return found;
}

}  // namespace zoetrope::sandbox
