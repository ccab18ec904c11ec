#include "tests/support/world_audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/real_clock.h"
#include "server/base/status_macros.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"

namespace zoetrope::testing {
namespace {

constexpr int kPage = 500;
constexpr int kWorstShown = 20;

absl::StatusOr<JobBooks> ReadBooks(JobStore& store, Job job) {
  JobBooks books;
  ZOETROPE_ASSIGN_OR_RETURN(books.revisions, Await<absl::StatusOr<std::vector<Revision>>>([&](auto done) {
                              store.ReadRevisions(job.spec.id, 0, std::numeric_limits<int>::max(), done);
                            }));
  ZOETROPE_ASSIGN_OR_RETURN(books.ledger, Await<absl::StatusOr<std::vector<LedgerRow>>>(
                                              [&](auto done) { store.ReadLedger(job.spec.id, done); }));
  books.job = std::move(job);
  return books;
}

// DATA_LOSS with the first finding where the books do not balance.
absl::Status CheckBooks(JobStore& store) {
  LedgerCheck sum;
  do {
    ZOETROPE_ASSIGN_OR_RETURN(const LedgerCheck part, Await<absl::StatusOr<LedgerCheck>>([&](auto done) {
                                store.CheckJobLedgers(sum.last_job_id, kPage, done);
                              }));
    AddCheck(part, sum);
  } while (!sum.last_job_id.empty());
  ZOETROPE_ASSIGN_OR_RETURN(const LedgerCheck sums, Await<absl::StatusOr<LedgerCheck>>(
                                                        [&](auto done) { store.CheckLedgerSums(done); }));
  AddCheck(sums, sum);
  if (sum.finding_count == 0) return absl::OkStatus();
  const LedgerFinding& first = sum.findings.front();
  return absl::DataLossError(
      absl::StrCat(sum.finding_count, " books do not balance, the first: ", first.job_id, " ", first.subject,
                   " ", first.what, ": booked ", first.booked.nanos(), ", stated ", first.stated.nanos()));
}

}  // namespace

absl::Status ForEachJobOf(const std::string& path, const std::function<void(const JobBooks&)>& on_job) {
  RealClock clock;
  ZOETROPE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store,
                            SqliteStore::Open({.path = path}, &clock, nullptr));
  ListQuery query;
  query.tenant = "default";
  query.limit = kPage;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(std::vector<Job> jobs, Await<absl::StatusOr<std::vector<Job>>>(
                                                         [&](auto done) { store->List(query, done); }));
    if (jobs.empty()) return CheckBooks(*store);
    query.before_id = jobs.back().spec.id;
    for (Job& job : jobs) {
      ZOETROPE_ASSIGN_OR_RETURN(const JobBooks books, ReadBooks(*store, std::move(job)));
      on_job(books);
    }
  }
}

std::vector<v1::Job> ReadJobsAtRest(World& world, absl::Duration most) {
  std::vector<v1::Job> jobs;
  const auto read = [&](const std::vector<v1::JobState>& states) {
    jobs.clear();
    v1::ListJobsRequest request;
    request.set_page_size(1000);
    for (const v1::JobState state : states) request.add_states(state);
    const absl::Status status = client::ForEachJob(world.client(), request, {}, [&](const v1::Job& job) {
      jobs.push_back(job);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return status.ok();
  };
  const bool rest = Eventually(most, [&] {
    return read({v1::JOB_STATE_QUEUED, v1::JOB_STATE_RUNNING}) && jobs.empty();
  });
  EXPECT_TRUE(rest) << jobs.size() << " jobs never end, as "
                    << (jobs.empty() ? "" : jobs.front().ShortDebugString());
  const auto moving = [&] { return std::find_if_not(jobs.begin(), jobs.end(), IsAtRest); };
  const bool settled = Eventually(most, [&] { return read({}) && moving() == jobs.end(); });
  if (!settled) ADD_FAILURE() << "what a job costs is never known, of " << jobs.size();
  return jobs;
}

AuditFigures AuditWorld(World& world, std::uint64_t seed, const Answers& answers) {
  const std::vector<v1::Job> at_rest = ReadJobsAtRest(world);
  world.StopServer();
  Audit audit(world.Ledger());
  for (const v1::Job& job : answers.all()) audit.Told(job);
  for (const v1::Job& job : at_rest) audit.Told(job);
  const absl::Status read =
      ForEachJobOf(world.store_path(), [&](const JobBooks& books) { audit.Check(books); });
  EXPECT_TRUE(read.ok()) << read;
  audit.Finish();
  EXPECT_EQ(static_cast<int>(at_rest.size()), audit.figures().jobs) << "the list and the store differ";
  int shown = 0;
  for (const std::string& broken : audit.broken()) {
    if (shown++ < kWorstShown) ADD_FAILURE() << "seed " << seed << ": " << broken;
  }
  EXPECT_EQ(audit.broken().size(), 0u) << "seed " << seed;
  return audit.figures();
}

std::string ToText(const AuditFigures& figures) {
  std::string text = absl::StrCat(figures.jobs, " jobs (");
  std::string_view separator;
  for (const auto& [phase, count] : figures.phases) {
    absl::StrAppend(&text, std::string(separator), count, " ", phase);
    separator = ", ";
  }
  return absl::StrCat(text, "), ", figures.attempts, " attempts, ", figures.revisions, " revisions, ",
                      figures.answers, " answers, ", figures.posts, " submissions sent, ",
                      figures.repeated_posts, " of them repeated, ", figures.creations, " creations");
}

}  // namespace zoetrope::testing
