#ifndef ZOETROPE_TESTS_SANDBOX_WAVESPEED_PREDICTION_H_
#define ZOETROPE_TESTS_SANDBOX_WAVESPEED_PREDICTION_H_

#include <string>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// {"code": 200, "message": "success", "data": …}
Reply WavespeedData(Json data);

// The prediction as submits, the history and webhooks show it.
Json WavespeedPrediction(const Request& request, const Job& job, JobState state);

// The state in WaveSpeed's words, without the faults of a poll.
std::string WavespeedStatus(JobState state);

// What is wrong with an input, as one text; "" if nothing is.
std::string WavespeedInputError(const Endpoint& endpoint, const Json& input);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WAVESPEED_PREDICTION_H_
