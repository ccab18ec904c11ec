#include "tests/seventh/fake_lantern.h"

#include <optional>
#include <utility>

namespace zoetrope::testing {

using nlohmann::json;

namespace {

json Trouble(const char* code, const char* message) {
  return {{"trouble", {{"code", code}, {"message", message}}}};
}

}  // namespace

FakeLantern::FakeLantern() : server_([this](LoopbackPeer& peer) { Serve(peer); }) {}

std::vector<json> FakeLantern::submissions() {
  std::lock_guard lock(mutex_);
  return submissions_;
}

std::vector<std::string> FakeLantern::closed() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, show] : shows_) {
    if (show.state == "closed") ids.push_back(id);
  }
  return ids;
}

void FakeLantern::Serve(LoopbackPeer& peer) {
  while (const std::optional<LoopbackRequest> request = peer.Read()) {
    if (request->target.starts_with("/films/")) {
      peer.Reply(200, kFilm, "content-type: video/mp4\r\n");
      continue;
    }
    const auto [status, body] = Answer(*request);
    peer.Reply(status, body.dump(), "content-type: application/json\r\n");
  }
}

std::pair<int, json> FakeLantern::Answer(const LoopbackRequest& request) {
  if (!request.HeadHas(std::string("authorization: Lantern ") + kKey)) return {401, "who is there?"};
  std::lock_guard lock(mutex_);
  if (request.method == "POST" && request.target == "/v1/shows") {
    return Announce(json::parse(request.body, nullptr, false));
  }
  const std::string id = request.target.substr(request.target.rfind('/') + 1);
  const auto found = shows_.find(id);
  if (found == shows_.end()) return {404, Trouble("no_such_show", "nobody remembers it")};
  Show& show = found->second;
  if (request.method == "DELETE" && show.state != "over") show.state = "closed";
  json told = Tell(id, show);
  if (show.state == "playing" && !show.endless) show.state = "over";
  if (show.state == "waiting") show.state = "playing";
  return {200, std::move(told)};
}

std::pair<int, json> FakeLantern::Announce(const json& order) {
  if (!order.is_object() || !order.contains("script") || !order["script"].contains("text")) {
    return {400, Trouble("bad_script", "there is no text")};
  }
  const std::string text = order["script"]["text"];
  if (text.find("ghost") != std::string::npos) {
    return {422, Trouble("forbidden_scene", "no ghosts on this wall")};
  }
  submissions_.push_back(order);
  const std::string id = "show-" + std::to_string(submissions_.size());
  shows_[id] = {"waiting", text.find("for ever") != std::string::npos};
  return {201, Tell(id, shows_[id])};
}

json FakeLantern::Tell(const std::string& id, const Show& show) const {
  json told{{"id", id}, {"state", show.state}};
  if (show.state == "over") {
    told["film"] = server_.Url("/films/" + id + ".mp4");
    told["bill"] = "0.12";
  }
  return {{"show", std::move(told)}};
}

}  // namespace zoetrope::testing
