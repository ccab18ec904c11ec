#include "tests/crash/store_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/job_machine.h"
#include "server/store/sqlite_db.h"
#include "server/store/sqlite_schema.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTeam[] = "film";

// Lets the machine decide, and writes down what it wants written.
class Writer {
 public:
  explicit Writer(int number) {
    Job& job = script_.job;
    job = SimpleJob(number);
    job.spec.request_id = absl::StrCat("request-", number);
    job.spec.labels = {{"number", std::to_string(number)}, {"team", kTeam}};
    // One picture of its own, one that every job has.
    const MediaBytes own{"image/png", absl::StrCat("picture of ", number, std::string(9'000, 'p'))};
    const MediaBytes common{"image/png", "picture of all"};
    const std::string own_name = absl::StrCat(std::string(60, 'a'), 1'000 + number);
    const std::string common_name(64, 'c');
    job.spec.generation.first_frame = Image{BlobRef{own_name, "image/png", 1, 1, 1}, ImageFit::kCover};
    job.spec.generation.last_frame = Image{BlobRef{common_name, "image/png", 1, 1, 1}, ImageFit::kCover};
    script_.pictures = {{own_name, own}, {common_name, common}};
    const Money price = job.state.attempts[0].reserved;
    job.spec.candidates = {{"fal", "sora-2/image-to-video@fal", price}, {"runware", "sora-2@runware", price}};
    facts_.capabilities = &capabilities_;
    facts_.candidates = {{true, "rev-a"}, {true, "rev-b"}};
    facts_.fresh_attempt_ids = {absl::StrCat("second-", number), absl::StrCat("third-", number)};
    facts_.now = job.spec.create_time;
    Keep(job.state, {ReservationRow(job.state.attempts[0], facts_.now)});
    live_ = ToLive(job, {"nobody", 1}, {});
  }

  // An event to which the machine answers with a new revision.
  void Happen(const JobEvent& event) {
    facts_.now += absl::Seconds(1);
    Decision decision = Step(live_, event, facts_);
    ASSERT_TRUE(decision.changed);
    live_.state = decision.state;
    Keep(std::move(decision.state), std::move(decision.ledger));
  }

  void Admit() { Happen(Admitted{attempt().id}); }

  void Accept() {
    const std::int64_t revision = static_cast<std::int64_t>(script_.states.size()) + 1;
    script_.evidence[revision] = {live_.id, attempt().id, "provider_job_id", "theirs", facts_.now};
    Happen(SubmitEnded{Accepted{ProviderJob{"theirs", {}}, {}}, 200, {}});
  }

  void Cancel() {
    script_.cancel_revision = static_cast<std::int64_t>(script_.states.size()) + 1;
    Happen(CancelAsked{facts_.now});
  }

  static Succeeded Video() {
    Succeeded done;
    done.outputs.emplace_back();
    done.outputs.back().url = "https://media.example/1";
    return done;
  }

  Script Take() { return std::move(script_); }

 private:
  const Attempt& attempt() const { return live_.state.attempts.back(); }
  void Keep(JobState state, std::vector<LedgerRow> rows) {
    script_.states.push_back(std::move(state));
    script_.ledger.push_back(std::move(rows));
  }

  Capabilities capabilities_;
  MachineFacts facts_;
  LiveJob live_;
  Script script_;
};

Failure Refusal() { return {FailureReason::kProviderError, "not now", "", "busy"}; }

// Whether an answer says that the machine has failed, rather than anything about the job.
bool HasFailed(const absl::Status& status) { return absl::IsUnavailable(status); }

}  // namespace

Script MakeScript(int number, Fate fate) {
  Writer writer(number);
  writer.Admit();
  switch (fate) {
    case Fate::kSucceeds:
      writer.Accept();
      writer.Happen(PollEnded{Writer::Video(), 200, {}, true});
      break;
    case Fate::kFailsOver:
      writer.Happen(SubmitEnded{Refused{Refusal()}, 400, {}});
      writer.Admit();
      writer.Accept();
      writer.Happen(PollEnded{Failed{Refusal(), {}, {}}, 200, {}, true});
      break;
    case Fate::kCancelled:
      writer.Accept();
      writer.Cancel();
      writer.Happen(PollEnded{Writer::Video(), 200, {}, true});
      break;
    case Fate::kHeld:
      writer.Happen(
          SubmitEnded{TransportError{Delivery::kMaybeSent, TransportFault::kReset, "cut off"}, 0, {}});
      writer.Happen(Resolved{});
      break;
  }
  return writer.Take();
}

bool StoreLife::Play(JobStore& store, const std::string& owner, std::int64_t epoch) {
  const auto stored =
      Await<absl::StatusOr<StoredJob>>([&](auto done) { store.Read("", id(), std::move(done)); });
  if (!stored.ok() && !absl::IsNotFound(stored.status())) {
    EXPECT_TRUE(HasFailed(stored.status())) << stored.status();
    return false;
  }
  if (!stored.ok() && removal_asked_) return true;
  std::int64_t revision = stored.ok() ? stored->job.state.revision : 0;
  if (revision == 0) {
    if (!Submit(store, owner)) return false;
    revision = 1;
  }
  while (revision < last()) {
    ++revision;
    if (!Prepare(store, revision) || !Commit(store, {owner, epoch}, revision)) return false;
  }
  return true;
}

bool StoreLife::Submit(JobStore& store, const std::string& owner) {
  EXPECT_EQ(durable_, 0) << id() << " is lost";
  for (const auto& entry : script_.pictures) {
    const absl::Status put =
        Await<absl::Status>([&](auto done) { store.PutBlob(entry.first, entry.second, std::move(done)); });
    if (!put.ok()) {
      EXPECT_TRUE(HasFailed(put)) << put;
      return false;
    }
  }
  NewJob submission;
  submission.job = script_.job;
  submission.fingerprint = "print";
  submission.owner = owner;
  submission.ledger = script_.ledger[0];
  submission.offering_texts = {{script_.job.state.attempts[0].offering_revision, "id: offering\n"}};
  const CreateResult result =
      Await<CreateResult>([&](auto done) { store.Create(std::move(submission), std::move(done)); });
  EXPECT_FALSE(result.existing.has_value()) << id() << " was not there, and its request id was";
  if (result.outcome != CommitOutcome::kConflict) asked_ = std::max<std::int64_t>(asked_, 1);
  if (result.outcome != CommitOutcome::kDurable) {
    EXPECT_TRUE(HasFailed(result.why)) << result.why;
    return false;
  }
  durable_ = std::max<std::int64_t>(durable_, 1);
  return true;
}

bool StoreLife::Prepare(JobStore& store, std::int64_t revision) {
  if (const auto fact = script_.evidence.find(revision); fact != script_.evidence.end()) {
    const absl::Status kept =
        Await<absl::Status>([&](auto done) { store.AppendEvidence(fact->second, std::move(done)); });
    if (!kept.ok()) {
      EXPECT_TRUE(HasFailed(kept)) << kept;
      return false;
    }
    ++facts_;
  }
  if (revision == script_.cancel_revision) {
    const absl::Status put = Await<absl::Status>([&](auto done) {
      store.PutCommand(script_.job.spec.tenant, id(), CommandKind::kCancel, absl::UnixEpoch(),
                       std::move(done));
    });
    if (!put.ok()) {
      EXPECT_TRUE(HasFailed(put)) << put;
      return false;
    }
    wish_kept_ = true;
  }
  return true;
}

bool StoreLife::Commit(JobStore& store, const Ownership& ownership, std::int64_t revision) {
  JobChange change;
  change.job_id = id();
  change.ownership = ownership;
  change.expected_revision = revision - 1;
  const std::size_t index = static_cast<std::size_t>(revision) - 1;
  change.state = script_.states[index];
  change.ledger = script_.ledger[index];
  if (revision == script_.cancel_revision) {
    const auto stored =
        Await<absl::StatusOr<StoredJob>>([&](auto done) { store.Read("", id(), std::move(done)); });
    if (!stored.ok()) return false;
    for (const Command& command : stored->commands) change.carried_out.push_back(command.sequence);
    EXPECT_THAT(change.carried_out, SizeIs(1)) << "the wish to end is lost";
  }
  asked_ = std::max(asked_, revision);
  const CommitOutcome outcome =
      Await<CommitOutcome>([&](auto done) { store.Commit(std::move(change), std::move(done)); });
  EXPECT_NE(outcome, CommitOutcome::kConflict) << id() << " at " << revision << ": nobody else has it";
  if (outcome != CommitOutcome::kDurable) return false;
  durable_ = std::max(durable_, revision);
  return true;
}

void StoreLife::OnRemovalAsked() {
  if (ends()) removal_asked_ = true;
}

void StoreLife::OnRemovalDone() {
  if (removal_asked_) removed_ = true;
}

void StoreLife::Check(JobStore& store) const {
  SCOPED_TRACE(id());
  const auto stored =
      Await<absl::StatusOr<StoredJob>>([&](auto done) { store.Read("", id(), std::move(done)); });
  if (stored.ok()) return CheckThere(store, *stored);
  ASSERT_TRUE(absl::IsNotFound(stored.status())) << stored.status();
  CheckGone(store);
}

void StoreLife::CheckGone(JobStore& store) const {
  EXPECT_TRUE(durable_ == 0 || removal_asked_) << "it was accepted, and is lost";
  const auto bound = Await<absl::StatusOr<std::optional<RequestBinding>>>([&](auto done) {
    store.FindRequest(script_.job.spec.tenant, script_.job.spec.request_id, std::move(done));
  });
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_FALSE(bound->has_value()) << "a request id without its job";
  const auto revisions = Await<absl::StatusOr<std::vector<Revision>>>(
      [&](auto done) { store.ReadRevisions(id(), 0, 100, std::move(done)); });
  EXPECT_THAT(*revisions, IsEmpty());
  const auto ledger = Await<absl::StatusOr<std::vector<LedgerRow>>>(
      [&](auto done) { store.ReadLedger(id(), std::move(done)); });
  EXPECT_THAT(*ledger, IsEmpty());
}

void StoreLife::CheckThere(JobStore& store, const StoredJob& stored) const {
  const std::int64_t revision = stored.job.state.revision;
  EXPECT_FALSE(removed_) << "it was taken away, and is back";
  EXPECT_GE(revision, durable_) << "a revision that was durable is lost";
  ASSERT_LE(revision, asked_) << "a revision that nobody wrote";
  EXPECT_EQ(stored.job.spec, script_.job.spec);
  const auto revisions = Await<absl::StatusOr<std::vector<Revision>>>(
      [&](auto done) { store.ReadRevisions(id(), 0, 100, std::move(done)); });
  ASSERT_TRUE(revisions.ok()) << revisions.status();
  ASSERT_THAT(*revisions, SizeIs(static_cast<std::size_t>(revision)));
  std::vector<LedgerRow> rows;
  for (std::size_t i = 0; i < revisions->size(); ++i) {
    EXPECT_EQ((*revisions)[i].state, script_.states[i]);
    rows.insert(rows.end(), script_.ledger[i].begin(), script_.ledger[i].end());
  }
  const auto ledger = Await<absl::StatusOr<std::vector<LedgerRow>>>(
      [&](auto done) { store.ReadLedger(id(), std::move(done)); });
  EXPECT_THAT(*ledger, ElementsAreArray(rows)) << "money and history do not agree";
  const auto bound = Await<absl::StatusOr<std::optional<RequestBinding>>>([&](auto done) {
    store.FindRequest(script_.job.spec.tenant, script_.job.spec.request_id, std::move(done));
  });
  ASSERT_TRUE(bound.ok() && bound->has_value()) << "a job without its request id";
  EXPECT_EQ((*bound)->job_id, id());
  const auto listed = Await<absl::StatusOr<std::vector<Job>>>([&](auto done) {
    store.List({.tenant = script_.job.spec.tenant, .labels = script_.job.spec.labels}, std::move(done));
  });
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(*listed, SizeIs(1)) << "a job without its labels";
  for (const auto& entry : script_.pictures) {
    const auto read =
        Await<absl::StatusOr<MediaBytes>>([&](auto done) { store.ReadBlob(entry.first, std::move(done)); });
    ASSERT_TRUE(read.ok()) << "a job without its picture: " << read.status();
    EXPECT_EQ(*read, entry.second);
  }
  if (revision >= script_.cancel_revision) {
    EXPECT_THAT(stored.commands, IsEmpty());
  } else if (wish_kept_) {
    EXPECT_THAT(stored.commands, SizeIs(1)) << "the wish to end is lost";
  }
  CheckEvidence(store);
}

void StoreLife::CheckEvidence(JobStore& store) const {
  const auto facts = Await<absl::StatusOr<std::vector<Evidence>>>(
      [&](auto done) { store.ReadEvidence(id(), std::move(done)); });
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_GE(facts->size(), facts_) << "evidence is lost";
  std::vector<std::string> known;
  for (const auto& [revision, fact] : script_.evidence) known.push_back(fact.attempt_id);
  for (const Evidence& fact : *facts) {
    EXPECT_EQ(fact.value, "theirs");
    EXPECT_THAT(known, Contains(fact.attempt_id));
  }
}

std::vector<std::string> FindHalves(const std::string& path) {
  std::vector<std::string> found;
  auto db = Database::Open(path, Access::kWrite, "");
  if (!db.ok()) return {std::string(db.status().message())};
  if (absl::Status status = CheckIntegrity(**db); !status.ok()) found.emplace_back(status.message());
  const auto expect_none = [&](const std::string& what, const std::string& query) {
    const auto count = (*db)->QueryInt(absl::StrCat("SELECT count(*) FROM ", query).c_str());
    if (!count.ok() || *count != 0) found.push_back(absl::StrCat(what, ": ", count.value_or(-1)));
  };
  expect_none("references to nothing", "pragma_foreign_key_check");
  for (const char* table : {"specs", "revisions", "requests", "labels", "ledger", "commands", "blob_uses"}) {
    expect_none(table, absl::StrCat(table, " WHERE job_id NOT IN (SELECT id FROM jobs)"));
  }
  expect_none("jobs without a spec", "jobs WHERE id NOT IN (SELECT job_id FROM specs)");
  expect_none(
      "jobs without their revision",
      "jobs AS j WHERE (SELECT max(revision) FROM revisions AS r WHERE r.job_id = j.id) <> j.revision");
  expect_none("removals", "removals");
  expect_none(
      "pictures that nothing knows",
      "blobs WHERE sha256 NOT IN (SELECT sha256 FROM blob_uses) AND sha256 NOT IN (SELECT sha256 FROM "
      "blob_waits)");
  expect_none("the mark of a file in use", "marks");
  return found;
}

}  // namespace zoetrope::testing
