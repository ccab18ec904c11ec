#include "tests/sandbox/webhook_book.h"

#include <algorithm>
#include <utility>

namespace zoetrope::sandbox {
namespace {

constexpr std::size_t kMaxOwed = 100'000;
constexpr std::size_t kMaxDeliveries = 1000;

}  // namespace

void WebhookBook::Owe(Webhook webhook, std::int64_t due_ms) {
  if (owed_.size() < kMaxOwed) owed_.emplace(due_ms, std::move(webhook));
}

void WebhookBook::Hurry(std::uint64_t job, std::int64_t now_ms) {
  std::vector<Webhook> hurried;
  for (auto it = owed_.upper_bound(now_ms); it != owed_.end();) {
    if (it->second.job == job) {
      hurried.push_back(std::move(it->second));
      it = owed_.erase(it);
    } else {
      ++it;
    }
  }
  for (Webhook& webhook : hurried) owed_.emplace(now_ms, std::move(webhook));
}

std::vector<Webhook> WebhookBook::TakeDue(std::int64_t now_ms, std::size_t limit) {
  std::vector<Webhook> due;
  while (!owed_.empty() && owed_.begin()->first <= now_ms && due.size() < limit) {
    due.push_back(std::move(owed_.begin()->second));
    owed_.erase(owed_.begin());
  }
  return due;
}

void WebhookBook::Record(WebhookDelivery delivery) {
  deliveries_.push_back(std::move(delivery));
  if (deliveries_.size() > kMaxDeliveries) deliveries_.pop_front();
}

void WebhookBook::Clear() {
  owed_.clear();
  deliveries_.clear();
}

}  // namespace zoetrope::sandbox
