// A program of a user: it has only what was installed.
#include <iostream>

#include "zoetrope/client/video_client.h"

int main() {
  zoetrope::client::VideoClient client(zoetrope::client::MakeChannel("127.0.0.1:1"),
                                       {.retry = {.max_attempts = 1}});
  const absl::Status status = client.Get("no-such-job").status();
  std::cout << status << '\n';
  return absl::IsUnavailable(status) ? 0 : 1;
}
