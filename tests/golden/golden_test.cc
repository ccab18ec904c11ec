// Runs every golden case as a test of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/providers/adapter.h"
#include "server/providers/first_frame.h"
#include "tests/golden/golden_case.h"

namespace zoetrope::golden {
namespace {

using nlohmann::json;

std::string_view MethodText(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kDelete:
      return "DELETE";
  }
  return "?";
}

std::string Masked(std::string value) {
  if (const std::size_t at = value.find(kSecret); at != std::string::npos)
    value.replace(at, kSecret.size(), "<secret>");
  return value;
}

// The text up to `end`, which is taken off as well; nullopt where there is no `end`.
std::optional<std::string> Take(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  std::string taken(text.substr(0, at));
  text.remove_prefix(at + end.size());
  return taken;
}

// The parts of a multipart body, read by RFC 7578 and nothing looser: [{name, filename, content_type, text}].
json PartsOf(std::string_view content_type, std::string_view body) {
  std::string_view rest = content_type;
  if (Take(rest, "boundary=") != "multipart/form-data; ") return "no boundary";
  const std::string delimiter = "--" + std::string(rest);
  if (Take(body, delimiter) != "") return "does not begin with the boundary";
  json parts = json::array();
  while (body != "--\r\n") {
    json part;
    if (Take(body, "\r\nContent-Disposition: form-data; name=\"") != "") return "a part without a name";
    part["name"] = Take(body, "\"").value_or("?");
    if (body.starts_with("; filename=\"")) {
      Take(body, "\"");
      part["filename"] = Take(body, "\"").value_or("?");
    }
    if (body.starts_with("\r\nContent-Type: ")) {
      Take(body, ": ");
      part["content_type"] = Take(body, "\r\n").value_or("?");
    } else if (Take(body, "\r\n") != "") {
      return "a header that is not known";
    }
    if (Take(body, "\r\n") != "") return "a header that is not known";
    const std::optional<std::string> content = Take(body, "\r\n" + delimiter);
    if (!content) return "a part without an end";
    part["text"] = *content;
    parts.push_back(std::move(part));
  }
  return parts;
}

json RequestJson(const HttpRequest& request) {
  json out;
  out["method"] = MethodText(request.method);
  out["repeat"] = request.repeat == Repeat::kBillable ? "billable" : "harmless";
  out["url"] = request.url;
  for (const HttpHeader& header : request.headers) out["headers"][header.name] = Masked(header.value);
  const std::string type = out["headers"].value("content-type", "");
  if (type.starts_with("multipart/")) {
    out["body"] = PartsOf(type, request.body);
  } else if (!request.body.empty()) {
    out["body"] = json::parse(request.body, nullptr, false);
  }
  return out;
}

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenTest, IsAsWritten) {
  const GoldenCase& golden = GetParam();
  SCOPED_TRACE(golden.file.string() + "\n" + golden.shows);
  const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
  if (golden.call == Call::kCheck) {
    absl::Status status = adapter->Check(golden.generation, golden.offering);
    if (status.ok()) status = CheckFirstFrame(golden.generation, golden.offering, *adapter);
    EXPECT_EQ(status.ok(), !golden.error.has_value()) << status;
    EXPECT_NE(status.ToString().find(golden.error.value_or("OK")), std::string::npos) << status;
    return;
  }
  const absl::StatusOr<HttpRequest> request = golden.Build(*adapter, Secret(std::string(kSecret)));
  if (golden.error) {
    ASSERT_FALSE(request.ok());
    EXPECT_NE(request.status().ToString().find(*golden.error), std::string::npos) << request.status();
  } else {
    ASSERT_TRUE(request.ok()) << request.status();
  }
  if (golden.request) {
    EXPECT_EQ(RequestJson(*request).dump(2), golden.request->dump(2));
  }
  if (golden.response) {
    EXPECT_EQ(ToJson(Read(golden, *adapter, *golden.response)).dump(2), golden.outcome->dump(2));
  }
}

std::string NameOf(const testing::TestParamInfo<GoldenCase>& info) {
  std::string name = info.param.dialect + "_" + info.param.file.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest, testing::ValuesIn(LoadAll()), NameOf);

}  // namespace
}  // namespace zoetrope::golden
