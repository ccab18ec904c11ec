#ifndef ZOETROPE_TESTS_SANDBOX_OPENAI_REQUEST_H_
#define ZOETROPE_TESTS_SANDBOX_OPENAI_REQUEST_H_

#include <memory>
#include <optional>
#include <string>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/multipart.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// What a body asks for, be it JSON or a form: OpenAI takes both and names the same fields.
struct OpenaiBody {
  Json fields = Json::object();      // of a form, every value is text; a[b] is {"a": {"b": …}}
  std::optional<FormPart> uploaded;  // the file of `input_reference`
  bool form = false;
  bool readable = true;
};
OpenaiBody ReadOpenaiBody(const Request& request);

// The model that is asked for, the default if none is; nullptr if there is none of that name.
const Endpoint* OpenaiModel(const OpenaiBody& body);

// The 400 to the first field that is wrong, in the words of the platform; nothing if all are right.
// `input_reference` is looked at by ReadOpenaiPicture.
std::optional<Reply> CheckOpenaiFields(const Endpoint& endpoint, const OpenaiBody& body);

// The picture that the video starts from, which must have exactly the video's size.
struct OpenaiPicture {
  std::shared_ptr<const Picture> picture;  // nullptr if none was sent
  std::optional<Reply> refused;
};
OpenaiPicture ReadOpenaiPicture(World* world, const Request& request, const OpenaiBody& body,
                                const Endpoint& endpoint);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_OPENAI_REQUEST_H_
