#include "client/cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/money_text.h"
#include "client/cli/text.h"
#include "client/job_state.h"

namespace zoetrope::cli {
namespace {

constexpr int kBarCells = 20;
constexpr char kEraseLine[] = "\r\x1b[K";

std::string Bar(double share) {
  const double bounded = std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(std::lround(bounded * kBarCells));
  return absl::StrFormat("[%s%s] %3d%%", std::string(full, '#'), std::string(kBarCells - full, '.'),
                         static_cast<int>(std::lround(bounded * 100)));
}

std::string MoneyText(const v1::Cost& cost) {
  if (cost.settlement() == v1::SETTLEMENT_STATE_SETTLED) return FormatMoney(cost.charged());
  if (cost.has_reserved()) return absl::StrCat(FormatMoney(cost.reserved()), " reserved");
  return FormatMoney(cost.charged());
}

// As much of a line as fits into the columns; whole code points only.
std::string Fit(std::string line, int columns) {
  if (columns <= 1) return line;
  size_t bytes = 0;
  for (int left = columns; bytes < line.size(); ++bytes) {
    if ((line[bytes] & 0xc0) != 0x80 && --left == 0) break;
  }
  line.resize(bytes);
  return line;
}

}  // namespace

absl::Duration Elapsed(const v1::Job& job) { return ToTime(job.update_time()) - ToTime(job.create_time()); }

std::string DescribeJob(const v1::Job& job, absl::Duration elapsed) {
  std::string line = absl::StrCat(Name(job.state()), "  ", FormatElapsed(elapsed));
  if (!job.attempts().empty()) absl::StrAppend(&line, "  ", job.attempts(job.attempts_size() - 1).provider());
  const std::string money = MoneyText(job.cost());
  if (!money.empty()) absl::StrAppend(&line, "  ", money);
  if (job.has_failure()) {
    absl::StrAppend(&line, "  ", Name(job.failure().reason()), ": ", job.failure().message());
  }
  return Printable(line);
}

ProgressLine::ProgressLine(const Console& console, std::shared_ptr<client::Environment> environment)
    : console_(console),
      environment_(std::move(environment)),
      animate_(console.terminal.animate && !console.quiet) {
  if (animate_) ticker_ = std::thread([this] { Tick(); });
}

ProgressLine::~ProgressLine() {
  {
    absl::MutexLock lock(&mutex_);
    done_ = true;
    if (animate_ && job_) console_.err << std::endl;
  }
  if (ticker_.joinable()) ticker_.join();
}

void ProgressLine::Show(const v1::Job& job) {
  absl::MutexLock lock(&mutex_);
  // A new attempt starts from nothing.
  if (job_ && job_->attempts_size() != job.attempts_size()) share_.reset();
  queue_position_.reset();
  job_ = job;
  shown_at_ = environment_->Now();
  if (animate_) return Redraw();
  console_.Say(absl::StrCat("revision ", job.revision(), "  ", DescribeJob(job, Elapsed(job))));
}

void ProgressLine::Show(const v1::JobProgress& progress) {
  absl::MutexLock lock(&mutex_);
  if (progress.has_progress()) share_ = progress.progress();
  if (progress.has_queue_position()) queue_position_ = progress.queue_position();
  if (animate_ && job_) Redraw();
}

void ProgressLine::Note(const std::string& text) {
  absl::MutexLock lock(&mutex_);
  if (animate_) console_.err << kEraseLine;
  console_.Say(text);
  if (animate_ && job_) Redraw();
}

void ProgressLine::Redraw() {
  const bool runs = !client::IsTerminal(job_->state());
  const absl::Duration since = runs ? environment_->Now() - shown_at_ : absl::ZeroDuration();
  std::string line;
  if (share_ && runs) line = absl::StrCat(Bar(*share_), "  ");
  absl::StrAppend(&line, DescribeJob(*job_, Elapsed(*job_) + since));
  if (queue_position_ && runs) absl::StrAppend(&line, "  place ", *queue_position_, " in the queue");
  console_.err << kEraseLine << Fit(std::move(line), console_.terminal.columns) << std::flush;
}

void ProgressLine::Tick() {
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&done_), absl::Seconds(1))) {
    if (job_) Redraw();
  }
}

}  // namespace zoetrope::cli
