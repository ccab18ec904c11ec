# What a user of the library gets: headers, both static libraries, and find_package(zoetrope) with zoetrope::client.
# Everything is one component, so that `cmake --install <build> --component zoetrope_client` needs nothing else to be built.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/zoetrope)
# In the repository a header is "client/video_client.h"; installed it is "zoetrope/client/video_client.h", and the headers
# among themselves still find each other by the shorter name.
target_include_directories(zoetrope_client PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                                  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/zoetrope>)
set_target_properties(zoetrope_client PROPERTIES EXPORT_NAME client)
set_target_properties(zoetrope_protos PROPERTIES EXPORT_NAME protos)
set_target_properties(zoetrope_messages PROPERTIES EXPORT_NAME messages)

install(TARGETS zoetrope_client zoetrope_protos zoetrope_messages EXPORT zoetropeTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT zoetrope_client)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/client/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zoetrope/client
        COMPONENT zoetrope_client
        FILES_MATCHING PATTERN "*.h" PATTERN internal EXCLUDE PATTERN cli EXCLUDE PATTERN examples EXCLUDE)
install(DIRECTORY ${PROJECT_BINARY_DIR}/protos/gen/zoetrope/v1 DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zoetrope
        COMPONENT zoetrope_client FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_BINARY_DIR}/protos/gen/zoetrope/admin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zoetrope
        COMPONENT zoetrope_client FILES_MATCHING PATTERN "*.h")
# The contract itself, for users of other languages.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/protos/zoetrope/v1 ${PROJECT_SOURCE_DIR}/protos/zoetrope/admin DESTINATION ${CMAKE_INSTALL_DATADIR}/zoetrope/protos/zoetrope
        COMPONENT zoetrope_client FILES_MATCHING PATTERN "*.proto")

configure_package_config_file(zoetropeConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/zoetropeConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/zoetropeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/zoetropeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/zoetropeConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT zoetrope_client)
install(EXPORT zoetropeTargets NAMESPACE zoetrope:: DESTINATION ${package_dir} COMPONENT zoetrope_client)
