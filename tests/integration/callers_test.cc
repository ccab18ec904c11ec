// Who may call the real program, what each may see, and how much of it.
#include "server/callers.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "client/channel.h"
#include "client/error_details.h"
#include "client/internal/sha256.h"
#include "server/api/admission.h"
#include "tests/support/loopback_http_server.h"
#include "tests/support/loopback_tls.h"
#include "tests/support/temp_dir.h"
#include "tests/support/token_maker.h"
#include "tests/support/world_fixture.h"
#include "zoetrope/admin/v1/admin.grpc.pb.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kAlice[] = "zk_alice_0123456789abcdef0123456789abcdef";
constexpr char kBob[] = "zk_bob_0123456789abcdef0123456789abcdef01";
constexpr char kOnCall[] = "zk_oncall_0123456789abcdef0123456789abcdef";
constexpr char kOld[] = "zk_old_0123456789abcdef0123456789abcdef01";

std::string Sha256(const std::string& text) {
  client::Sha256 digest;
  digest.Add(text);
  return digest.Hex();
}

std::string KeyOf(const std::string& key, const std::string& more = "") {
  return absl::StrCat("{sha256: ", Sha256(key), more, "}");
}

// `auth` with alice of team-a, bob of team-b and the operator, and what else stands in it.
std::string Auth(const std::string& of_alice = "", const std::string& more = "") {
  return absl::StrCat("auth:\n  principals:\n    - {name: alice, tenant: team-a, keys: [", KeyOf(kAlice),
                      ", ", KeyOf(kOld, ", expire_time: \"2020-01-01T00:00:00Z\""), "]", of_alice,
                      "}\n    - {name: bob, tenant: team-b, keys: [", KeyOf(kBob),
                      "]}\n    - {name: on-call, role: operator, keys: [", KeyOf(kOnCall), "]}\n", more);
}

client::CallOptions As(const std::string& key) {
  client::CallOptions call;
  if (!key.empty()) call.bearer = [key] { return key; };
  return call;
}

std::string ReasonOf(const absl::Status& status) { return client::GetErrorDetails(status).reason; }

std::string TextOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

class CallersTest : public ::testing::Test {
 protected:
  void Start(const std::string& auth, std::vector<TestAccount> accounts = {{.name = "fal"}},
             const std::string& tls_ca_file = "") {
    world_ = std::make_unique<World>(WorldOptions{
        .bin_dir = ZOETROPE_BIN_DIR, .config = auth + ConfigWith(accounts), .tls_ca_file = tls_ca_file});
    ASSERT_TRUE(world_->Start());
  }

  v1::SubmitRequest Request(const std::string& prompt) { return world_->Request(prompt, "fal"); }
  // The id of a job that was made with the key.
  std::string Make(const std::string& key, const std::string& prompt = "a boat") {
    const auto made = world_->client().Submit(Request(prompt), As(key));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->job().id() : "";
  }
  void AwaitEnd(const std::string& key, const std::string& id) {
    EXPECT_TRUE(Eventually(kPatience, [&] {
      const auto job = world_->client().Get(id, As(key));
      return job.ok() && job->state() == v1::JOB_STATE_SUCCEEDED;
    }));
  }

  std::unique_ptr<World> world_;
};

// --- The tenancy matrix: all calls x three principals, and nobody ---

// How the call ends, with a request that names `job_id` wherever a request of that method can.
grpc::Status Call(const std::string& address, const google::protobuf::MethodDescriptor& method,
                  const std::string& key, const std::string& job_id) {
  std::unique_ptr<google::protobuf::Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  if (const auto* field = method.input_type()->FindFieldByName("job_id"); field != nullptr)
    request->GetReflection()->SetString(request.get(), field, job_id);
  const std::string text = request->SerializeAsString();
  grpc::GenericStub stub(client::MakeChannel(address));
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
  if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
  grpc::CompletionQueue queue;
  const grpc::Slice slice(text);
  const grpc::ByteBuffer sent(&slice, 1);
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  auto call = stub.PrepareCall(&context, path, &queue);
  const auto step = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return ok;
  };
  call->StartCall(nullptr);
  step();
  call->WriteLast(sent, {}, nullptr);
  step();
  grpc::ByteBuffer received;
  for (bool more = true; more;) {
    call->Read(&received, nullptr);
    more = step();
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  step();
  return status;
}

TEST_F(CallersTest, NoCallOfNobodyAndNoneOfAnothersJobs) {
  Start(Auth());
  const std::string job = Make(kAlice);
  AwaitEnd(kAlice, job);
  const std::set<std::string> about_a_job = {"WatchJob", "GetCost", "GetJob", "CancelJob", "DownloadVideo"};
  int looked_at = 0;
  const auto* service = v1::SubmitRequest::descriptor()->file()->service(0);
  for (int i = 0; i < service->method_count(); ++i, ++looked_at) {
    const auto& method = *service->method(i);
    const auto as = [&](const std::string& key) { return Call(world_->address(), method, key, job); };
    EXPECT_EQ(as("").error_code(), grpc::UNAUTHENTICATED) << method.name();
    EXPECT_EQ(as(kOld).error_code(), grpc::UNAUTHENTICATED) << method.name();
    EXPECT_EQ(as("zk_unknown_unknown_unknown_unknown_unknown").error_code(), grpc::UNAUTHENTICATED)
        << method.name();
    EXPECT_EQ(as(kOnCall).error_code(), grpc::PERMISSION_DENIED) << method.name() << ": it has no tenant";
    EXPECT_EQ(as(kBob).error_code() == grpc::NOT_FOUND, about_a_job.contains(method.name()))
        << method.name() << ": " << as(kBob).error_message();
    const grpc::StatusCode owner = as(kAlice).error_code();
    EXPECT_TRUE(owner == grpc::OK ||
                (owner == grpc::INVALID_ARGUMENT && !about_a_job.contains(method.name())))
        << method.name() << ": " << owner;
  }
  EXPECT_EQ(looked_at, 9);
  service = admin::v1::DiagnoseRequest::descriptor()->file()->service(0);
  for (int i = 0; i < service->method_count(); ++i, ++looked_at) {
    const auto& method = *service->method(i);
    const auto as = [&](const std::string& key) { return Call(world_->admin_address(), method, key, job); };
    EXPECT_EQ(as("").error_code(), grpc::UNAUTHENTICATED) << method.name();
    for (const char* caller : {kAlice, kBob})
      EXPECT_EQ(as(caller).error_code(), grpc::PERMISSION_DENIED) << method.name();
    const grpc::StatusCode operator_s = as(kOnCall).error_code();
    EXPECT_TRUE(operator_s != grpc::UNAUTHENTICATED && operator_s != grpc::PERMISSION_DENIED)
        << method.name();
  }
  EXPECT_EQ(looked_at, 18);
  EXPECT_EQ(world_->Ledger()["creations"].size(), 1u) << "nothing was made by any of it";
}

TEST_F(CallersTest, ATenantSeesNothingOfAnother) {
  Start(absl::StrCat("quotes: {key: {dummy: ", std::string(40, 'q'), "}}\n", Auth()));
  client::VideoClient& client = world_->client();
  const std::string first = Make(kAlice, "one");
  const std::string second = Make(kAlice, "two");
  AwaitEnd(kAlice, first);
  AwaitEnd(kAlice, second);
  v1::ListJobsRequest list;
  list.set_page_size(1);
  const auto page = client.List(list, As(kAlice));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->jobs_size(), 1);
  EXPECT_EQ(client.List(list, As(kBob))->jobs_size(), 0);
  list.set_page_token(page->next_page_token());
  EXPECT_EQ(client.List(list, As(kAlice))->jobs_size(), 1);
  EXPECT_EQ(ReasonOf(client.List(list, As(kBob)).status()), "PAGE_TOKEN_INVALID");

  EXPECT_GT(client.GetSpend({}, As(kAlice))->ByteSizeLong(), client.GetSpend({}, As(kBob))->ByteSizeLong());
  EXPECT_EQ(client.GetSpend({}, As(kBob))->ShortDebugString().find("charged { units"), std::string::npos);

  v1::GetCostRequest ask;
  *ask.mutable_quote()->mutable_generation() = Request("three").generation();
  const auto quoted = client.GetCost(ask, As(kAlice));
  ASSERT_TRUE(quoted.ok()) << quoted.status();
  v1::SubmitRequest with_quote = Request("three");
  with_quote.set_quote_id(quoted->quotation().quote_id());
  EXPECT_EQ(ReasonOf(client.Submit(with_quote, As(kBob)).status()), "QUOTE_INVALID");
}

TEST_F(CallersTest, ARequestIdIsOfItsTenantAlone) {
  Start(Auth());
  v1::SubmitRequest request = Request("a boat");
  request.set_request_id("the-same");
  const auto alices = world_->client().Submit(request, As(kAlice));
  const auto again = world_->client().Submit(request, As(kAlice));
  const auto bobs = world_->client().Submit(request, As(kBob));
  ASSERT_TRUE(alices.ok() && again.ok() && bobs.ok());
  EXPECT_EQ(alices->job().id(), again->job().id());
  EXPECT_NE(alices->job().id(), bobs->job().id());
  EXPECT_EQ(alices->job().tenant(), "team-a");
  EXPECT_EQ(bobs->job().tenant(), "team-b");
}

// --- How much ---

TEST_F(CallersTest, APrincipalDoesNoMoreThanItMay) {
  Start(Auth(", limits: {submits_per_minute: 3, streams_max: 1}"),
        {{.name = "fal", .poll = "{first_after: 60s}"}});
  const std::string job = Make(kAlice);
  Make(kAlice);
  Make(kAlice);
  client::CallOptions once = As(kAlice);
  const absl::Status fast = world_->client().Submit(Request("too fast"), once).status();
  EXPECT_EQ(ReasonOf(fast), "PRINCIPAL_LIMIT_EXCEEDED") << fast;
  EXPECT_GT(client::GetErrorDetails(fast).retry_delay.value_or(absl::ZeroDuration()), absl::Seconds(1));
  Make(kBob);

  const auto watch = world_->client().Watch({.job_id = job}, As(kAlice));
  ASSERT_TRUE(watch->Next().ok());
  const auto second = world_->client().Watch({.job_id = job}, As(kAlice));
  EXPECT_EQ(ReasonOf(second->Next().status()), "PRINCIPAL_LIMIT_EXCEEDED");
}

TEST_F(CallersTest, JobsInFlightAreCountedOverARestart) {
  Start(Auth(", limits: {jobs_in_flight_max: 2}"), {{.name = "fal", .poll = "{first_after: 5s}"}});
  Make(kAlice);
  v1::SubmitRequest second = Request("second");
  second.set_request_id("second");
  ASSERT_TRUE(world_->client().Submit(second, As(kAlice)).ok());
  EXPECT_EQ(ReasonOf(world_->client().Submit(Request("third"), As(kAlice)).status()),
            "PRINCIPAL_LIMIT_EXCEEDED");
  EXPECT_TRUE(world_->client().Submit(second, As(kAlice))->duplicate()) << "what is there is answered";
  EXPECT_TRUE(world_->client().Submit(Request("other"), As(kBob)).ok());
  world_->KillServer();
  ASSERT_TRUE(world_->StartServer());
  EXPECT_EQ(ReasonOf(world_->client().Submit(Request("third"), As(kAlice)).status()),
            "PRINCIPAL_LIMIT_EXCEEDED");
  // When one ends, there is room.
  EXPECT_TRUE(
      Eventually(kPatience, [&] { return world_->client().Submit(Request("third"), As(kAlice)).ok(); }));
}

TEST_F(CallersTest, ABudgetOfAPrincipalIsItsOwn) {
  Start(absl::StrCat("budgets: [{name: each, limit: \"0.0001\", window: day, principal: alice}]\n", Auth()));
  EXPECT_EQ(ReasonOf(world_->client().Submit(Request("a boat"), As(kAlice)).status()), "BUDGET_EXCEEDED");
  Make(kBob);
}

// --- Tokens ---

std::string Claims(const std::string& tenant) {
  return absl::StrCat(
      R"({"iss":"https://issuer.example","aud":"zoetrope","sub":"carol","exp":4000000000,"tenant":")", tenant,
      "\"}");
}

TEST_F(CallersTest, ATokenOfAnIssuerIsTakenAndAKeySetThatChangesIsTakenOver) {
  const TempDir folder;
  const SigningKey first = SigningKey::Ed25519("k1");
  const SigningKey second = SigningKey::P256("k2");
  std::ofstream(folder.File("jwks")) << JwkSetOf({first.Jwk()});
  Start(Auth(
      "", absl::StrCat(
              "  issuers: [{name: corp, issuer: \"https://issuer.example\", audience: zoetrope, jwks_file: ",
              folder.File("jwks"), "}]\n")));
  const auto made = world_->client().Submit(Request("a boat"), As(first.Sign(Claims("team-a"))));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(world_->client().Get(made->job().id(), As(kAlice)).ok()) << "they are of one tenant";
  EXPECT_EQ(ReasonOf(world_->client().Get(made->job().id(), As(second.Sign(Claims("team-a")))).status()),
            "CREDENTIAL_INVALID");
  std::ofstream(folder.File("jwks")) << JwkSetOf({second.Jwk()});
  EXPECT_TRUE(Eventually(kPatience, [&] {
    return world_->client().Get(made->job().id(), As(second.Sign(Claims("team-a")))).ok();
  }));
  EXPECT_FALSE(world_->client().Get(made->job().id(), As(first.Sign(Claims("team-a")))).ok());
  EXPECT_TRUE(
      absl::IsNotFound(world_->client().Get(made->job().id(), As(second.Sign(Claims("team-b")))).status()));
}

TEST_F(CallersTest, KeysAreFetchedFromTheIssuerAndItsOutageIsNobodysFault) {
  const SigningKey key = SigningKey::Rsa("k1");
  std::atomic<bool> up = false;
  LoopbackHttpServer issuer([&](LoopbackPeer& peer) {
    while (peer.Read()) peer.Reply(up ? 200 : 503, up ? JwkSetOf({key.Jwk()}) : "");
  });
  Start(Auth(
      "", absl::StrCat(
              "  issuers: [{name: corp, issuer: \"https://issuer.example\", audience: zoetrope, jwks_url: \"",
              issuer.Url("/jwks"), "\"}]\n")));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key.Sign(Claims("team-a")));
  v1::ListJobsResponse jobs;
  const grpc::Status away = world_->stub().ListJobs(&context, {}, &jobs);
  EXPECT_EQ(away.error_code(), grpc::UNAVAILABLE) << away.error_message();
  EXPECT_EQ(ReadError(away).reason, "AUTHENTICATION_UNAVAILABLE");
  EXPECT_TRUE(world_->client().List({}, As(kAlice)).ok()) << "who does not need them";
  up = true;
  EXPECT_TRUE(
      Eventually(kPatience, [&] { return world_->client().List({}, As(key.Sign(Claims("team-a")))).ok(); }));
}

// --- Certificates ---

client::ChannelOptions Trusting(const LoopbackTls& server, const LoopbackTls* shown = nullptr) {
  client::ChannelOptions options{.tls = true, .root_certificates_pem = TextOf(server.ca_file())};
  if (shown != nullptr) {
    options.certificate_pem = TextOf(shown->ca_file());
    options.key_pem = TextOf(shown->key_file());
  }
  return options;
}

std::string Tls(const std::string& certificate, const std::string& key, const std::string& more = "") {
  return absl::StrCat("tls: {certificate_file: ", certificate, ", key_file: ", key, more, "}\n");
}

TEST_F(CallersTest, ACertificateSaysWhoCallsAndAStrangersSaysNothing) {
  const LoopbackTls server;
  const LoopbackTls render("URI:spiffe://cluster/ns/video/sa/render");
  const LoopbackTls stranger("URI:spiffe://cluster/ns/video/sa/render");
  Start(Tls(server.ca_file(), server.key_file(), ", client_ca_file: " + render.ca_file()) +
            Auth(", certificates: [\"spiffe://cluster/ns/video/sa/render\"]"),
        {{.name = "fal"}}, server.ca_file());
  const auto ask = [&](const client::ChannelOptions& channel, const std::string& key) {
    client::VideoClient client(client::MakeChannel(world_->address(), channel),
                               {.retry = {.max_attempts = 1}});
    client::CallOptions call = As(key);
    call.timeout = absl::Seconds(20);
    return client.List({}, call).status();
  };
  EXPECT_TRUE(ask(Trusting(server, &render), "").ok()) << ask(Trusting(server, &render), "");
  EXPECT_TRUE(ask(Trusting(server), kBob).ok()) << "none is needed";
  EXPECT_EQ(ReasonOf(ask(Trusting(server), "")), "CREDENTIAL_MISSING");
  EXPECT_EQ(ReasonOf(ask(Trusting(server, &render), kOld)), "CREDENTIAL_INVALID")
      << "a bad key is not passed over";
  EXPECT_FALSE(ask(Trusting(server, &stranger), "").ok()) << "of another authority, with the same name";
  EXPECT_FALSE(ask({}, kBob).ok()) << "plain";
}

TEST_F(CallersTest, ACertificateThatIsReplacedIsShownToWhoConnectsThen) {
  const TempDir folder;
  const LoopbackTls before;
  const LoopbackTls after;
  const auto put = [&folder](const LoopbackTls& identity) {
    std::ofstream(folder.File("tls.crt")) << TextOf(identity.ca_file());
    std::ofstream(folder.File("tls.key")) << TextOf(identity.key_file());
  };
  put(before);
  Start(Tls(folder.File("tls.crt"), folder.File("tls.key")) + Auth(), {{.name = "fal"}}, before.ca_file());
  const auto connects = [&](const LoopbackTls& trusted) {
    client::VideoClient client(client::MakeChannel(world_->address(), Trusting(trusted)),
                               {.retry = {.max_attempts = 1}});
    client::CallOptions call = As(kAlice);
    call.timeout = absl::Seconds(5);
    return client.List({}, call).ok();
  };
  EXPECT_TRUE(connects(before));
  EXPECT_FALSE(connects(after));
  put(after);
  EXPECT_TRUE(Eventually(kPatience, [&] { return connects(after); }));
  EXPECT_FALSE(connects(before));
}

// --- Reload ---

TEST_F(CallersTest, AKeyIsReplacedWithoutARestart) {
  Start(Auth());
  EXPECT_TRUE(world_->client().List({}, As(kBob)).ok());
  std::string without = Auth();
  without.erase(without.find("    - {name: bob"),
                without.find("    - {name: on-call") - without.find("    - {name: bob"));
  world_->SetConfig(without + ConfigWith({{.name = "fal"}}));
  ASSERT_EQ(kill(world_->server_pid(), SIGHUP), 0);
  EXPECT_TRUE(Eventually(kPatience, [&] { return !world_->client().List({}, As(kBob)).ok(); }));
  EXPECT_TRUE(world_->client().List({}, As(kAlice)).ok());
  // Nobody is let in by a file that says nothing of callers.
  world_->SetConfig(ConfigWith({{.name = "fal"}}));
  ASSERT_EQ(kill(world_->server_pid(), SIGHUP), 0);
  EXPECT_TRUE(Eventually(
      kPatience, [&] { return world_->ServerLog().find("needs a restart: auth") != std::string::npos; }));
  EXPECT_FALSE(world_->client().List({}).ok());
}

// --- What is open ---

TEST_F(CallersTest, HealthHasAListenerThatHasNothingElse) {
  Start("health_listen: 127.0.0.1:0\n" + Auth());
  const std::string log = world_->ServerLog();
  const std::size_t at = log.find("\"health\":\"") + 10;
  const std::string address = log.substr(at, log.find('"', at) - at);
  const auto code = [](const std::string& where, const std::string& method) {
    grpc::GenericStub stub(client::MakeChannel(where));
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
    grpc::CompletionQueue queue;
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status.error_code();
  };
  EXPECT_EQ(code(address, "/grpc.health.v1.Health/Check"), grpc::OK);
  for (const char* method :
       {"/zoetrope.v1.VideoGeneration/ListModels", "/zoetrope.admin.v1.AdminService/ListBudgets",
        "/grpc.channelz.v1.Channelz/GetServers",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_EQ(code(address, method), grpc::UNIMPLEMENTED) << method;
  }
  EXPECT_EQ(code(world_->address(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
            grpc::UNIMPLEMENTED);
}

TEST_F(CallersTest, NoKeyAndNoTokenGetsIntoTheLog) {
  Start("log_level: debug\n" + Auth());
  Make(kAlice);
  for (const char* key : {kOld, "zk_canary_0123456789abcdef0123456789abcdef"})
    EXPECT_FALSE(world_->client().List({}, As(key)).ok());
  client::AdminClient admin(client::MakeChannel(world_->admin_address()));
  EXPECT_TRUE(admin.Diagnose(As(kOnCall)).ok());
  for (const char* key : {kAlice, kOld, kOnCall, "zk_canary_0123456789abcdef0123456789abcdef"})
    EXPECT_THAT(world_->WholeServerLog(), Not(HasSubstr(key)));
}

}  // namespace
}  // namespace zoetrope::testing
