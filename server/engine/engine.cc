#include "server/engine/engine.h"

#include <utility>

#include "server/engine/engine_callbacks.h"

namespace zoetrope {

Engine::Engine(EngineParts parts, EngineOptions options)
    : loop_(std::make_shared<Loop>(parts, std::move(options))) {
  loop_->Start();
}

Engine::~Engine() = default;

const std::string& Engine::owner() const { return loop_->options().owner; }

PlaceVerdict Engine::TryReservePlace(const std::string& principal, int principal_max) {
  return loop_->TryReservePlace(principal, principal_max);
}

void Engine::ReturnPlace(const std::string& principal) { loop_->ReturnPlace(principal); }

void Engine::Adopt(LiveJob job) {
  auto shared = std::make_shared<LiveJob>(std::move(job));
  loop_->Post([shared](Loop& loop) { loop.Adopt(std::move(*shared)); });
}

void Engine::Recover(std::function<void(absl::Status)> done) {
  loop_->Post([done = std::move(done)](Loop& loop) { loop.Recover("", done); });
}

void Engine::WhenCommandsDone(std::string job_id, std::function<void()> done) {
  loop_->Post([job_id = std::move(job_id), done = std::move(done)](Loop& loop) {
    loop.WhenCommandsDone(job_id, done);
  });
}

void Engine::OnCallback(AttemptName attempt, std::string body, std::function<void(absl::Status)> done) {
  loop_->Post([attempt = std::move(attempt), body = std::move(body), done = std::move(done)](Loop& loop) {
    loop.callbacks().Take(attempt, body, done);
  });
}

void Engine::Reload(EngineSupply supply, std::function<void()> done) {
  loop_->Post([supply = std::move(supply), done = std::move(done)](Loop& loop) {
    loop.Reload(supply);
    done();
  });
}

void Engine::Drain(std::function<void()> done) {
  loop_->Post([done = std::move(done)](Loop& loop) { loop.Drain(done); });
}

std::map<std::string, LaneHealth> Engine::Lanes() const { return loop_->Lanes(); }

std::size_t Engine::live_job_count() const { return loop_->places(); }

std::map<std::string, AccountStanding> Engine::Standings() const { return loop_->standings().ByProvider(); }

}  // namespace zoetrope
