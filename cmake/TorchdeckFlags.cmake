# SPDX-License-Identifier: GPL-3.0-or-later
# One INTERFACE target carries language level, warnings and Qt strictness; every target of ours links it.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(torchdeck_flags INTERFACE)
target_compile_features(torchdeck_flags INTERFACE cxx_std_20)
target_compile_options(torchdeck_flags INTERFACE
    -Wall -Wextra -Wpedantic
    -Werror=switch          # a new enum value breaks the build until every switch handles it
    -Werror=return-type
    -Wnon-virtual-dtor -Woverloaded-virtual
    -Wno-restrict)          # GCC 12 false positives in std::string
target_compile_definitions(torchdeck_flags INTERFACE
    QT_NO_KEYWORDS          # torch uses the name `slots`
    QT_NO_CAST_TO_ASCII
    QT_NO_FOREACH
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_STRICT_ITERATORS
    QT_DISABLE_DEPRECATED_BEFORE=0x060200
    TORCHDECK_VERSION="${PROJECT_VERSION}")
target_include_directories(torchdeck_flags INTERFACE "${PROJECT_SOURCE_DIR}")

if(TORCHDECK_SANITIZE)
    target_compile_options(torchdeck_flags INTERFACE -fsanitize=${TORCHDECK_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(torchdeck_flags INTERFACE -fsanitize=${TORCHDECK_SANITIZE})
endif()

# Compiles the target's sources a few at a time: most of a compile is reading the same headers again. The dev presets compile
# file by file, so a missing include shows. Two sources with one name in their unnamed namespaces cannot share a compile:
# name one of them here.
function(torchdeck_unity name)
    if(TORCHDECK_UNITY)
        set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
        set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
endfunction()

# For every program of a thread sanitizer build: see tests/tsan/qt_order.cpp.
function(torchdeck_tell_order name)
    if(TORCHDECK_SANITIZE MATCHES "thread")
        target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/tsan/qt_order.cpp")
        target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
    endif()
endfunction()

# Runs moc on the sources that hold a Q_OBJECT: automoc takes a second for each of a hundred test programs.
function(torchdeck_moc name)
    set_target_properties(${name} PROPERTIES AUTOMOC OFF AUTORCC OFF)
    set(dir "${CMAKE_CURRENT_BINARY_DIR}/${name}_moc")
    target_include_directories(${name} PRIVATE "${dir}")
    foreach(source IN LISTS ARGN)
        file(STRINGS ${source} objects REGEX "Q_OBJECT" LIMIT_COUNT 1)
        if(NOT objects)
            continue()
        endif()
        get_filename_component(stem ${source} NAME_WE)
        if(source MATCHES "\\.h$")
            set(made "${dir}/moc_${stem}.cpp")
        else()
            set(made "${dir}/${stem}.moc")
        endif()
        qt6_generate_moc("${CMAKE_CURRENT_SOURCE_DIR}/${source}" "${made}" TARGET ${name})
        target_sources(${name} PRIVATE "${made}")
    endforeach()
endfunction()

# torchdeck_test(NAME SOURCES a.cpp ... LIBS x y [LABELS l ...] [TIMEOUT s]): one QtTest or plain executable per call.
function(torchdeck_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS;DEFINITIONS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    torchdeck_tell_order(${name})
    target_link_libraries(${name} PRIVATE torchdeck_flags ${ARG_LIBS} Qt6::Test)
    torchdeck_moc(${name} ${ARG_SOURCES})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINITIONS})
    if(CMAKE_BUILD_TYPE STREQUAL "Release") # a test's own code need not be fast, but it takes a third of the build
        target_compile_options(${name} PRIVATE -O1)
    endif()
    # The library under test shares its precompiled headers: Qt makes executables position independent code too.
    foreach(pair IN ITEMS LibTorch::LibTorch:torchdeck_engine torchdeck_ui_fixtures:torchdeck_ui torchdeck_ui:torchdeck_ui
            torchdeck_app:torchdeck_app torchdeck_hub:torchdeck_hub torchdeck_hub_server:torchdeck_hub_server)
        string(REGEX MATCH "^(.*):([^:]+)$" matched "${pair}")
        if("${CMAKE_MATCH_1}" IN_LIST ARG_LIBS)
            target_precompile_headers(${name} REUSE_FROM ${CMAKE_MATCH_2})
            break()
        endif()
    endforeach()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(TORCHDECK_SANITIZE)
        math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 3")
    endif()
    math(EXPR function_ms "${ARG_TIMEOUT} * 1000") # QtTest's own limit would be 300 s
    set(environment "QTEST_FUNCTION_TIMEOUT=${function_ms};QT_QPA_PLATFORM=offscreen;QT_FORCE_ASSERTS=1;LC_ALL=C.UTF-8")
    if(TORCHDECK_SANITIZE MATCHES "thread")
        list(APPEND environment "OMP_NUM_THREADS=1") # its barriers are not seen, nor LibTorch's own threads
        list(APPEND environment "TSAN_OPTIONS=ignore_noninstrumented_modules=1 die_after_fork=0 history_size=7 suppressions=${PROJECT_SOURCE_DIR}/tests/tsan/suppressions.txt")
    endif()
    if(TORCHDECK_SANITIZE MATCHES "address") # OpenCV's GStreamer plugins leak, and are unloaded before that can be told
        list(APPEND environment "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/asan/leaks.txt:print_suppressions=0"
            "ASAN_OPTIONS=allocator_may_return_null=1" "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1" "OPENCV_VIDEOIO_PRIORITY_GSTREAMER=0" "OPENCV_VIDEOIO_PRIORITY_GPHOTO2=0")
    endif()
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${ARG_TIMEOUT}
        LABELS "${ARG_LABELS}"
        SKIP_RETURN_CODE 77
        ENVIRONMENT "${environment}")
endfunction()
