#include "server/http/curl_result.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

TEST(CurlResultTest, Table) {
  constexpr auto kSent = Delivery::kMaybeSent;
  constexpr auto kNot = Delivery::kNotSent;
  struct {
    const char* name;
    CurlEnd end;
    Delivery delivery;
    TransportFault fault;
  } const rows[] = {
      {"resolve", {CURLE_COULDNT_RESOLVE_HOST, CurlStop::kNone, false, 0}, kNot, TransportFault::kResolve},
      {"connect", {CURLE_COULDNT_CONNECT, CurlStop::kNone, false, 0}, kNot, TransportFault::kConnect},
      {"tls", {CURLE_SSL_CONNECT_ERROR, CurlStop::kNone, false, 0}, kNot, TransportFault::kTls},
      {"certificate",
       {CURLE_PEER_FAILED_VERIFICATION, CurlStop::kNone, false, 0},
       kNot,
       TransportFault::kTls},
      {"scheme", {CURLE_UNSUPPORTED_PROTOCOL, CurlStop::kNone, false, 0}, kNot, TransportFault::kRefusedHere},
      {"unknown, before", {CURLE_FAILED_INIT, CurlStop::kNone, false, 0}, kNot, TransportFault::kConnect},
      {"timeout before",
       {CURLE_OPERATION_TIMEDOUT, CurlStop::kNone, false, 0},
       kNot,
       TransportFault::kTimeout},
      {"timeout after",
       {CURLE_OPERATION_TIMEDOUT, CurlStop::kNone, true, 134},
       kSent,
       TransportFault::kTimeout},
      // Each of the two proofs missing is enough.
      {"released, uncounted",
       {CURLE_OPERATION_TIMEDOUT, CurlStop::kNone, true, 0},
       kSent,
       TransportFault::kTimeout},
      {"counted, not released",
       {CURLE_OPERATION_TIMEDOUT, CurlStop::kNone, false, 1},
       kSent,
       TransportFault::kTimeout},
      {"nothing", {CURLE_GOT_NOTHING, CurlStop::kNone, true, 134}, kSent, TransportFault::kReset},
      {"send", {CURLE_SEND_ERROR, CurlStop::kNone, true, 0}, kSent, TransportFault::kReset},
      {"receive", {CURLE_RECV_ERROR, CurlStop::kNone, true, 134}, kSent, TransportFault::kReset},
      {"cut body", {CURLE_PARTIAL_FILE, CurlStop::kNone, true, 134, true}, kSent, TransportFault::kReset},
      {"stream", {CURLE_HTTP2_STREAM, CurlStop::kNone, true, 134}, kSent, TransportFault::kReset},
      {"cut head", {CURLE_OK, CurlStop::kNone, true, 134, false}, kSent, TransportFault::kReset},
      {"0.9", {CURLE_UNSUPPORTED_PROTOCOL, CurlStop::kNone, true, 134}, kSent, TransportFault::kMalformed},
      {"weird", {CURLE_WEIRD_SERVER_REPLY, CurlStop::kNone, true, 134}, kSent, TransportFault::kMalformed},
      {"address",
       {CURLE_COULDNT_CONNECT, CurlStop::kAddressRefused, false, 0},
       kNot,
       TransportFault::kRefusedHere},
      {"address, warm",
       {CURLE_ABORTED_BY_CALLBACK, CurlStop::kAddressRefused, false, 0},
       kNot,
       TransportFault::kRefusedHere},
      {"one of several addresses",
       {CURLE_SSL_CONNECT_ERROR, CurlStop::kAddressRefused, false, 0},
       kNot,
       TransportFault::kTls},
      {"late", {CURLE_ABORTED_BY_CALLBACK, CurlStop::kLate, false, 0}, kNot, TransportFault::kRefusedHere},
      // A harmless request that libcurl wanted to repeat, refused on its second round: the first may have
      // arrived.
      {"late, second",
       {CURLE_ABORTED_BY_CALLBACK, CurlStop::kLate, true, 134},
       kSent,
       TransportFault::kRefusedHere},
      {"second send",
       {CURLE_ABORTED_BY_CALLBACK, CurlStop::kSecondSend, true, 134},
       kSent,
       TransportFault::kReset},
      {"head bound",
       {CURLE_WRITE_ERROR, CurlStop::kHeadersTooLong, true, 134},
       kSent,
       TransportFault::kTooLarge},
      {"body bound",
       {CURLE_WRITE_ERROR, CurlStop::kBodyTooLong, true, 134, true},
       kSent,
       TransportFault::kTooLarge},
      {"sink",
       {CURLE_WRITE_ERROR, CurlStop::kSinkStopped, true, 134, true},
       kSent,
       TransportFault::kCancelled},
      {"cancel before",
       {CURLE_ABORTED_BY_CALLBACK, CurlStop::kCancelled, false, 0},
       kNot,
       TransportFault::kCancelled},
      {"cancel after",
       {CURLE_ABORTED_BY_CALLBACK, CurlStop::kCancelled, true, 134},
       kSent,
       TransportFault::kCancelled},
  };
  for (const auto& row : rows) {
    const std::optional<TransportError> error = ClassifyEnd(row.end);
    ASSERT_TRUE(error.has_value()) << row.name;
    EXPECT_EQ(error->delivery, row.delivery) << row.name;
    EXPECT_EQ(static_cast<int>(error->fault), static_cast<int>(row.fault)) << row.name;
    EXPECT_FALSE(error->message.empty()) << row.name;
  }
}

TEST(CurlResultTest, WholeAnswer) {
  EXPECT_FALSE(ClassifyEnd({CURLE_OK, CurlStop::kNone, true, 134, true}).has_value());
  // Of several addresses one was refused and another one answered.
  EXPECT_FALSE(ClassifyEnd({CURLE_OK, CurlStop::kAddressRefused, true, 134, true}).has_value());
}

// Whatever libcurl says, a released request is never sworn to be unsent.
TEST(CurlResultTest, EveryCodeAfterReleaseIsMaybeSent) {
  for (int code = 1; code < CURL_LAST; ++code) {
    for (const long size : {0L, 134L}) {
      const auto error = ClassifyEnd({static_cast<CURLcode>(code), CurlStop::kNone, true, size, false});
      ASSERT_TRUE(error.has_value());
      EXPECT_EQ(error->delivery, Delivery::kMaybeSent) << code;
    }
  }
}

}  // namespace
}  // namespace zoetrope
