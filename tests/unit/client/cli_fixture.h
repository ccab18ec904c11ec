#ifndef ZOETROPE_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
#define ZOETROPE_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cli_process.h"
#include "fake_server.h"

namespace zoetrope::cli {

constexpr char kJob[] = "0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f";

// The real program against a server in this process.
class CliTest : public ::testing::Test {
 protected:
  CliResult Run(std::vector<std::string> arguments, CliProcess::Options options = {}) const {
    return RunCli(WithServer(std::move(arguments)), options);
  }

  std::vector<std::string> WithServer(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--server", server_.address()});
    return arguments;
  }

  // The job of most tests: three revisions, with progress between.
  void ServeJob(v1::JobState end) {
    server_.on_submit = [](const v1::SubmitRequest& request, v1::SubmitResponse* response) {
      *response->mutable_job() = client::MakeJob(v1::JOB_STATE_QUEUED, 1);
      response->set_duplicate(request.request_id() == "again");
      return grpc::Status::OK;
    };
    server_.on_watch = [end](grpc::ServerContext*, const v1::WatchJobRequest& request,
                             client::FakeServer::WatchWriter* writer) {
      if (!request.has_after_revision())
        writer->Write(client::Snapshot(client::MakeJob(v1::JOB_STATE_QUEUED, 1)));
      v1::Job running = client::MakeJob(v1::JOB_STATE_RUNNING, 2);
      running.add_attempts()->set_provider("fal");
      if (request.after_revision() < 2) writer->Write(client::Revision(running));
      v1::WatchJobResponse event;
      event.mutable_progress()->set_progress(0.42);
      writer->Write(event);
      event.mutable_log()->set_message("hello\x1b[31m");
      writer->Write(event);
      v1::Job ended = client::MakeJob(end, 75);
      ended.set_revision(3);
      if (end == v1::JOB_STATE_FAILED || end == v1::JOB_STATE_HELD) {
        ended.mutable_failure()->set_reason(v1::FAILURE_REASON_CONTENT_REJECTED);
        ended.mutable_failure()->set_message("the prompt was refused");
      }
      if (request.after_revision() < 3) writer->Write(client::Revision(ended));
      return grpc::Status::OK;
    };
  }

  // A job that runs for as long as somebody watches it.
  void ServeEndlessJob() {
    server_.on_watch = [](grpc::ServerContext* context, const v1::WatchJobRequest&,
                          client::FakeServer::WatchWriter* writer) {
      writer->Write(client::Snapshot(client::MakeJob(v1::JOB_STATE_RUNNING, 5)));
      v1::WatchJobResponse heartbeat;
      heartbeat.mutable_heartbeat();
      while (!context->IsCancelled() && writer->Write(heartbeat)) {
      }
      return grpc::Status::CANCELLED;
    };
  }

  // A video that can be downloaded; where `damaged`, with another digest than it has.
  void ServeVideo(bool damaged = false) {
    server_.on_download = [damaged](const v1::DownloadVideoRequest&,
                                    client::FakeServer::DownloadWriter* writer) {
      auto messages = client::DownloadOf(client::VideoBytes());
      if (damaged) messages.back().mutable_trailer()->set_sha256("0");
      for (const auto& message : messages) writer->Write(message);
      return grpc::Status::OK;
    };
  }

  // Only what the output needs to be the same on every run.
  std::string Normal(std::string text) const {
    const size_t at = text.find(server_.address());
    return at == std::string::npos ? text : text.replace(at, server_.address().size(), "SERVER");
  }

  client::FakeServer server_;
};

}  // namespace zoetrope::cli

#endif  // ZOETROPE_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
