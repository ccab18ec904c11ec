// Submits one job, watches it to its end, and says where the video is.
//
//   zoetrope_quickstart 127.0.0.1:7468 seedance-2.0 "a fox runs through snow"
#include <iostream>

#include "client/video_client.h"

namespace client = zoetrope::client;
namespace v1 = zoetrope::v1;

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: zoetrope_quickstart SERVER MODEL PROMPT\n";
    return 2;
  }
  client::VideoClient video(client::MakeChannel(argv[1]));
  v1::SubmitRequest request;
  request.mutable_generation()->set_model(argv[2]);
  request.mutable_generation()->set_prompt(argv[3]);
  const auto submitted = video.Submit(request);
  if (!submitted.ok()) {
    // With this id the same request can be submitted again without making a second job.
    std::cerr << submitted.status() << "\nrequest id "
              << client::GetErrorDetails(submitted.status()).request_id << '\n';
    return 1;
  }
  v1::Job job = submitted->job();
  const absl::Status watched =
      client::WatchEach(video, {.job_id = job.id()}, {}, [&job](const v1::WatchJobResponse& event) {
        if (event.has_snapshot()) job = event.snapshot().job();
        if (event.has_revision()) job = event.revision().job();
        std::cout << job.id() << " " << v1::JobState_Name(job.state()) << '\n';
        return true;
      });
  if (!watched.ok()) std::cerr << watched << '\n';
  for (const v1::Output& output : job.outputs()) std::cout << output.url() << '\n';
  return job.state() == v1::JOB_STATE_SUCCEEDED ? 0 : 1;
}
