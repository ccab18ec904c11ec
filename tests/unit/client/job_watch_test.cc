#include "client/job_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/error_details.h"
#include "client/video_client.h"
#include "fake_environment.h"
#include "fake_server.h"

namespace zoetrope::client {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kLast = 24;

v1::Job JobAt(int64_t revision) {
  return MakeJob(revision == kLast ? v1::JOB_STATE_SUCCEEDED : v1::JOB_STATE_RUNNING, revision);
}

class JobWatchTest : public ::testing::Test {
 protected:
  VideoClient MakeClient(ClientOptions options = {}) {
    options.environment = environment_;
    return VideoClient(MakeChannel(server_.address()), options);
  }

  // Reads a watch to its end; the numbers of snapshots are negative.
  std::vector<int64_t> ReadAll(JobWatch& watch) {
    std::vector<int64_t> seen;
    while (true) {
      const auto event = watch.Next();
      status_ = event.status();
      if (!event.ok() || !event->has_value()) return seen;
      if ((*event)->has_snapshot()) seen.push_back(-(*event)->snapshot().job().revision());
      if ((*event)->has_revision()) seen.push_back((*event)->revision().revision());
    }
  }

  std::shared_ptr<FakeEnvironment> environment_ = std::make_shared<FakeEnvironment>();
  FakeServer server_;
  absl::Status status_;
};

// Breaks after every second revision, in all ways in which streams break, and repeats the last revision after
// each.
TEST_F(JobWatchTest, ResumesTenTimesWithoutGapOrDuplicate) {
  int streams = 0;
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request,
                         FakeServer::WatchWriter* writer) {
    const int stream = streams++;
    int64_t next = 3;
    if (!request.has_after_revision()) {
      writer->Write(Snapshot(JobAt(2)));
    } else {
      next = request.after_revision() + 1;
      writer->Write(Revision(JobAt(request.after_revision())));
    }
    for (int i = 0; i < 2 && next <= kLast; ++i) writer->Write(Revision(JobAt(next++)));
    if (next > kLast) return grpc::Status::OK;
    switch (stream % 4) {
      case 0:
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
      case 1:
        return grpc::Status(grpc::StatusCode::INTERNAL, "Received RST_STREAM");
      case 2:
        return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "too old");
      default:
        return grpc::Status::OK;  // Without the terminal revision: a proxy's doing.
    }
  };
  const auto watch = MakeClient().Watch({.job_id = "j"});
  std::vector<int64_t> expected = {-2};
  for (int64_t revision = 3; revision <= kLast; ++revision) expected.push_back(revision);
  EXPECT_EQ(ReadAll(*watch), expected);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(streams, 11);
  EXPECT_EQ(watch->last_revision(), kLast);
  const auto requests = server_.watches();
  EXPECT_FALSE(requests[0].has_after_revision());
  EXPECT_EQ(requests[1].after_revision(), 4);
  EXPECT_EQ(requests[10].after_revision(), 22);
  EXPECT_TRUE(watch->Next().ok());
}

TEST_F(JobWatchTest, AGapIsNotHandedOutButAskedForAgain) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request,
                         FakeServer::WatchWriter* writer) {
    if (request.after_revision() == 21) {
      writer->Write(Revision(JobAt(22)));
      writer->Write(Revision(JobAt(24)));
      return grpc::Status::OK;
    }
    for (int64_t revision = request.after_revision() + 1; revision <= kLast; ++revision) {
      writer->Write(Revision(JobAt(revision)));
    }
    return grpc::Status::OK;
  };
  const auto watch = MakeClient().Watch({.job_id = "j", .after_revision = 21});
  EXPECT_THAT(ReadAll(*watch), ElementsAre(22, 23, 24));
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(JobWatchTest, ProgressAndLogsAreHandedOutAndHeartbeatsAreNot) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter* writer) {
    v1::WatchJobResponse event;
    event.mutable_heartbeat()->set_revision(1);
    writer->Write(event);
    event.mutable_progress()->set_progress(0.5);
    writer->Write(event);
    event.mutable_log()->set_message("hello");
    writer->Write(event);
    writer->Write(Snapshot(JobAt(kLast)));
    return grpc::Status::OK;
  };
  const auto watch = MakeClient().Watch({.job_id = "j"});
  EXPECT_TRUE((*watch->Next())->has_progress());
  EXPECT_TRUE((*watch->Next())->has_log());
  EXPECT_TRUE((*watch->Next())->has_snapshot());
  EXPECT_FALSE(watch->Next()->has_value());
}

TEST_F(JobWatchTest, ABreakAfterTheTerminalRevisionIsTheEnd) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter* writer) {
    writer->Write(Snapshot(JobAt(kLast)));
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
  };
  EXPECT_THAT(ReadAll(*MakeClient().Watch({.job_id = "j"})), ElementsAre(-kLast));
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(server_.watches().size(), 1u);
}

TEST_F(JobWatchTest, SettlementIsWaitedForWhereItIsAskedFor) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request,
                         FakeServer::WatchWriter* writer) {
    v1::Job job = JobAt(kLast);
    if (!request.has_after_revision()) {
      job.mutable_cost()->set_settlement(v1::SETTLEMENT_STATE_PENDING);
      writer->Write(Snapshot(job));
    } else {
      job.set_revision(kLast + 1);
      writer->Write(Revision(job));
    }
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
  };
  const auto watch = MakeClient().Watch({.job_id = "j", .until = v1::WATCH_UNTIL_SETTLED});
  EXPECT_THAT(ReadAll(*watch), ElementsAre(-kLast, kLast + 1));
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(server_.watches()[1].until(), v1::WATCH_UNTIL_SETTLED);
}

TEST_F(JobWatchTest, WhatTheServiceRefusesIsNotRepeated) {
  grpc::Status answer;
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter*) {
    return answer;
  };
  answer = RichError{grpc::StatusCode::NOT_FOUND, "no job", "JOB_NOT_FOUND"};
  EXPECT_TRUE(absl::IsNotFound(MakeClient().Watch({.job_id = "j"})->Next().status()));
  answer = RichError{grpc::StatusCode::INTERNAL, "a defect", "INTERNAL"};
  EXPECT_TRUE(absl::IsInternal(MakeClient().Watch({.job_id = "j"})->Next().status()));
  answer = RichError{grpc::StatusCode::OUT_OF_RANGE, "future", "REVISION_IN_FUTURE"};
  EXPECT_TRUE(absl::IsOutOfRange(MakeClient().Watch({.job_id = "j"})->Next().status()));
  EXPECT_EQ(server_.watches().size(), 3u);
}

TEST_F(JobWatchTest, AStreamThatWasShedIsResumedWhenTheServerSays) {
  int streams = 0;
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&,
                         FakeServer::WatchWriter* writer) -> grpc::Status {
    if (++streams == 1) {
      return RichError{
          grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow", "STREAM_LIMIT", {}, {}, absl::Seconds(9)};
    }
    writer->Write(Snapshot(JobAt(kLast)));
    return grpc::Status::OK;
  };
  EXPECT_THAT(ReadAll(*MakeClient().Watch({.job_id = "j"})), ElementsAre(-kLast));
  EXPECT_GE(environment_->sleeps()[0], absl::Seconds(9));
}

TEST_F(JobWatchTest, GivesUpAfterHearingNothingForLong) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
  };
  const absl::Time start = environment_->Now();
  const auto watch = MakeClient({.watch_patience = absl::Minutes(2)}).Watch({.job_id = "j"});
  EXPECT_TRUE(absl::IsUnavailable(watch->Next().status()));
  EXPECT_GT(environment_->Now() - start, absl::Seconds(100));
  EXPECT_LE(environment_->Now() - start, absl::Minutes(2));
  const size_t streams = server_.watches().size();
  EXPECT_TRUE(absl::IsUnavailable(watch->Next().status()));
  EXPECT_EQ(server_.watches().size(), streams);
}

TEST_F(JobWatchTest, TheTimeLimitIsThatOfTheWholeWatch) {
  server_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&, FakeServer::WatchWriter*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
  };
  const auto watch = MakeClient().Watch({.job_id = "j"}, {.timeout = absl::Seconds(30)});
  EXPECT_TRUE(absl::IsDeadlineExceeded(watch->Next().status()));
}

TEST_F(JobWatchTest, ACallbackCanEndTheWatch) {
  server_.on_watch = [&](grpc::ServerContext* context, const v1::WatchJobRequest&,
                         FakeServer::WatchWriter* writer) {
    for (int64_t revision = 1; !context->IsCancelled() && writer->Write(Revision(JobAt(revision)));
         ++revision) {
    }
    return grpc::Status::CANCELLED;
  };
  VideoClient client = MakeClient();
  int events = 0;
  const auto three = [&](const v1::WatchJobResponse&) { return ++events < 3; };
  EXPECT_TRUE(WatchEach(client, {.job_id = "j", .after_revision = 0}, {}, three).ok());
  EXPECT_EQ(events, 3);
}

}  // namespace
}  // namespace zoetrope::client
