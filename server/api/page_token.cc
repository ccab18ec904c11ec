#include "server/api/page_token.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr std::size_t kTokenChars = 512;  // longer ones are not ours

absl::Status Invalid() {
  return MakeError(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                   "the page token is not one of ours, or belongs to a call with other arguments");
}

}  // namespace

PageTokens::PageTokens(std::string key) : texts_(Secret(std::move(key)), kTokenChars) {}

std::string PageTokens::Make(std::string_view binding, std::string_view cursor) const {
  return texts_.Seal(binding, cursor);
}

absl::StatusOr<std::string> PageTokens::Read(std::string_view binding, std::string_view token) const {
  if (token.empty()) return std::string();
  std::optional<std::string> cursor = texts_.Open(binding, token);
  if (!cursor) return Invalid();
  return *std::move(cursor);
}

std::string BindingOf(std::string_view tenant, const google::protobuf::Message& request) {
  std::string text =
      absl::StrCat(request.GetDescriptor()->full_name(), "|", tenant.size(), ":", ToAbsl(tenant));
  {
    google::protobuf::io::StringOutputStream stream(&text);  // appends
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return text;
}

}  // namespace zoetrope
