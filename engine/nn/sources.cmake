# SPDX-License-Identifier: GPL-3.0-or-later
# The built-in model specs travel inside the binary: no file to find, no Qt resource in the engine.
file(GLOB _specs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/resources/models/*.yaml")
list(SORT _specs)
set(TORCHDECK_BUILTIN_SPECS "")
foreach(_file IN LISTS _specs)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_file}")
    get_filename_component(_stem "${_file}" NAME_WE)
    file(READ "${_file}" _text)
    string(APPEND TORCHDECK_BUILTIN_SPECS "        { \"${_stem}\", R\"spec(${_text})spec\" },\n")
endforeach()
configure_file("${CMAKE_CURRENT_LIST_DIR}/builtin_specs.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/builtin_specs.cpp" @ONLY)

list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    "${CMAKE_CURRENT_BINARY_DIR}/builtin_specs.cpp"
    nn/layer_plan.cpp
    nn/layer_rules.cpp
    nn/model_spec.cpp
    nn/rule_context.cpp
    ops/norm_silu_kernels.cpp)
# Neither the error number nor floating-point traps matter to loops that only compute.
set(_silu_flags "-O3;-fno-math-errno;-fno-trapping-math")
set_source_files_properties(ops/norm_silu_kernels.cpp PROPERTIES COMPILE_OPTIONS "${_silu_flags}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64") # one file an instruction set; the program chooses when it runs
    list(APPEND TORCHDECK_ENGINE_BASE_SOURCES ops/norm_silu_fma.cpp ops/norm_silu_avx512.cpp)
    set_source_files_properties(ops/norm_silu_fma.cpp PROPERTIES COMPILE_OPTIONS "${_silu_flags};-mavx2;-mfma")
    set_source_files_properties(ops/norm_silu_avx512.cpp PROPERTIES COMPILE_OPTIONS "${_silu_flags};-mavx512f")
    set_source_files_properties(ops/norm_silu_kernels.cpp ops/norm_silu_fma.cpp ops/norm_silu_avx512.cpp
        PROPERTIES COMPILE_DEFINITIONS TORCHDECK_X86_KERNELS)
endif()
list(APPEND TORCHDECK_ENGINE_TORCH_SOURCES
    nn/attention.cpp
    nn/block_builders.cpp
    nn/blocks.cpp
    nn/csp_blocks.cpp
    nn/detect_head.cpp
    nn/model.cpp
    nn/model_state.cpp
    nn/norm_silu.cpp
    nn/start_weights.cpp)
