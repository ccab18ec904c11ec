// OpenAI's part of the golden cases' catalogue.
#ifndef ZOETROPE_TESTS_GOLDEN_OFFERINGS_OPENAI_H_
#define ZOETROPE_TESTS_GOLDEN_OFFERINGS_OPENAI_H_

#include <vector>

#include "server/domain/offering.h"

namespace zoetrope::golden {

// Sora 2 and Sora 2 Pro: from a text, from a picture, as a remix, as an extension.
std::vector<Offering> OpenaiOfferings();

}  // namespace zoetrope::golden

#endif  // ZOETROPE_TESTS_GOLDEN_OFFERINGS_OPENAI_H_
