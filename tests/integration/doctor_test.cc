// `zoetrope doctor` against the real server, with one account that is well and one that nobody answers for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "client/admin_client.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DoctorTest : public ::testing::Test {
 protected:
  // Port 1 of this machine is nobody's.
  World world_{{.bin_dir = ZOETROPE_BIN_DIR,
                .config = ConfigWith(
                    {{.name = "runpod"}, {.name = "fal-away", .base_url = "http://127.0.0.1:1/fal/queue"}})}};
};

TEST_F(DoctorTest, SaysOfEachWhatIsWrongAndSpendsNothing) {
  ASSERT_TRUE(world_.Start());
  client::AdminClient admin(client::MakeChannel(world_.admin_address()));
  const auto answer = admin.Diagnose();
  ASSERT_TRUE(answer.ok()) << answer.status();
  std::map<std::string, admin::v1::Diagnosis> found;
  for (const admin::v1::Diagnosis& diagnosis : answer->diagnoses()) found[diagnosis.subject()] = diagnosis;
  EXPECT_EQ(found["account `runpod`"].level(), admin::v1::DIAGNOSIS_LEVEL_OK)
      << found["account `runpod`"].ShortDebugString();
  EXPECT_EQ(found["account `fal-away`"].level(), admin::v1::DIAGNOSIS_LEVEL_ERROR);
  EXPECT_THAT(found["account `fal-away`"].found(), HasSubstr("nobody takes the connection"));
  EXPECT_THAT(found["account `fal-away`"].mend(), HasSubstr("base_url"));
  for (const char* subject : {"store", "disk", "prices"})
    EXPECT_NE(found[subject].level(), admin::v1::DIAGNOSIS_LEVEL_ERROR) << subject << found[subject].found();
  EXPECT_EQ(found["clock"].level(), admin::v1::DIAGNOSIS_LEVEL_OK) << found["clock"].found();
  EXPECT_THAT(found["clock"].found(), Not(HasSubstr("no provider")));
  EXPECT_EQ(found["configuration"].level(), admin::v1::DIAGNOSIS_LEVEL_OK) << found["configuration"].found();
  EXPECT_TRUE(world_.Ledger()["creations"].empty());
  EXPECT_TRUE(world_.Ledger()["attempts"].empty());
}

}  // namespace
}  // namespace zoetrope::testing
