# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the build into an empty folder and starts the program from there: cmake -DBUILD=... -DDIR=... -P install_tree.cmake
file(REMOVE_RECURSE "${DIR}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${DIR}" RESULT_VARIABLE failed OUTPUT_QUIET)
if(failed)
    message(FATAL_ERROR "cmake --install failed")
endif()
foreach(part IN ITEMS share/applications/org.torchdeck.Torchdeck.desktop share/metainfo/org.torchdeck.Torchdeck.metainfo.xml
        share/icons/hicolor/scalable/apps/org.torchdeck.Torchdeck.svg share/doc/torchdeck/copyright)
    if(NOT EXISTS "${DIR}/${part}")
        message(FATAL_ERROR "${part} is missing")
    endif()
endforeach()
# LD_LIBRARY_PATH could hide a library that was not installed.
foreach(what IN ITEMS --version devices)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env --unset=LD_LIBRARY_PATH "XDG_CONFIG_HOME=${DIR}/c" "XDG_DATA_HOME=${DIR}/d"
        "XDG_STATE_HOME=${DIR}/s" "${DIR}/bin/torchdeck" ${what} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed OR said STREQUAL "")
        message(FATAL_ERROR "torchdeck ${what}: ${said}")
    endif()
    message("${said}")
endforeach()
# Nothing of the building machine's LibTorch may be needed.
execute_process(COMMAND readelf -d "${DIR}/${LIBDIR}/torchdeck/torchdeck_torch.so" OUTPUT_VARIABLE dynamic)
string(REGEX MATCH "(RUNPATH|RPATH)[^\n]*" path "${dynamic}")
if(NOT path MATCHES "\\[\\$ORIGIN\\]")
    message(FATAL_ERROR "The module looks for its libraries in ${path}")
endif()
file(REMOVE_RECURSE "${DIR}")
