#include "server/config/settings.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace zoetrope {
namespace {

BackupPlace PlaceOf(const std::string& store, const std::string& folder) {
  config::v1::Config config;
  config.mutable_store()->mutable_sqlite()->set_path(store);
  config.mutable_store()->mutable_sqlite()->set_backup_folder(folder);
  return BackupPlaceOf(config);
}

TEST(SettingsTest, CopiesHaveAFolderThatCanBeCompared) {
  for (const char* folder :
       {"/srv/copies", "/srv/copies/", "/srv//copies", "/srv/x/../copies/.", "/srv/./copies"}) {
    EXPECT_EQ(PlaceOf("/srv/jobs.db", folder).folder, "/srv/copies") << folder;
  }
  EXPECT_EQ(PlaceOf("jobs.db", "copies").folder, (std::filesystem::current_path() / "copies").string());
  EXPECT_EQ(PlaceOf("/srv/jobs.db", "/srv/copies").store_name, "jobs.db");
  EXPECT_EQ(PlaceOf("jobs.db", "/srv/copies").store_name, "jobs.db");
}

}  // namespace
}  // namespace zoetrope
