# Installs the client library to an empty prefix, and builds and runs a user's program against it.
#   cmake -DBUILD_DIR=... -DWORK_DIR=... -DCXX=... -DFLAGS=... -P run.cmake
file(REMOVE_RECURSE ${WORK_DIR})
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component zoetrope_client --prefix ${WORK_DIR}/prefix)
# No header that is not a user's: they would make promises of what is ours to change.
file(GLOB_RECURSE private ${WORK_DIR}/prefix/include/*internal*)
if(private)
  message(FATAL_ERROR "private headers are installed: ${private}")
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK_DIR}/build -G Ninja -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
    -DQUICKSTART=${CMAKE_CURRENT_LIST_DIR}/../../../../client/examples/quickstart.cc)
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${WORK_DIR}/build/consumer)
