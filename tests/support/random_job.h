// Jobs with everything that a job can have, drawn from a seed.
#ifndef ZOETROPE_TESTS_SUPPORT_RANDOM_JOB_H_
#define ZOETROPE_TESTS_SUPPORT_RANDOM_JOB_H_

#include <cstdint>
#include <string>

#include "server/domain/job.h"
#include "tests/support/seeded_random.h"

namespace zoetrope::testing {

// Any values, sensible or not, hostile texts included: what has to survive storing.
JobSpec RandomSpec(SeededRandom& random);
JobState RandomState(SeededRandom& random);

// A plain job with one planned attempt, as a submission makes it: `number` makes its id, ids rise with
// numbers.
Job SimpleJob(int number, std::string tenant = "default");

// The id that SimpleJob gives.
std::string SimpleJobId(int number);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_RANDOM_JOB_H_
