# SPDX-License-Identifier: GPL-3.0-or-later
# Finds a LibTorch without its own TorchConfig.cmake, which asks for a CUDA toolkit at configure time.
# Looks at TORCHDECK_TORCH_DIR, the project's .venv, then CMAKE_PREFIX_PATH (the official zip).
# Defines LibTorch_FOUND, LibTorch_LIB_DIR, LibTorch_CUDA_INCLUDE_DIR and
# LibTorch_NCCL_INCLUDE_DIR (where there are such) and the target LibTorch::LibTorch (CPU libraries; CUDA is loaded at run time).
set(_hints)
if(TORCHDECK_TORCH_DIR)
    list(APPEND _hints "${TORCHDECK_TORCH_DIR}")
endif()
file(GLOB _venv "${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
list(APPEND _hints ${_venv} ${CMAKE_PREFIX_PATH})

set(LibTorch_ROOT_DIR "LibTorch_ROOT_DIR-NOTFOUND")
foreach(_dir IN LISTS _hints)
    if(EXISTS "${_dir}/include/ATen/ATen.h" AND EXISTS "${_dir}/lib/libtorch_cpu.so")
        set(LibTorch_ROOT_DIR "${_dir}")
        break()
    endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_ROOT_DIR
    REASON_FAILURE_MESSAGE "run ./run or ./test once, or pass -DTORCHDECK_TORCH_DIR=FOLDER")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
    set(LibTorch_LIB_DIR "${LibTorch_ROOT_DIR}/lib")
    add_library(LibTorch::LibTorch INTERFACE IMPORTED)
    set(_abi 1)
    if(EXISTS "${LibTorch_ROOT_DIR}/share/cmake/Torch/TorchConfig.cmake")
        file(STRINGS "${LibTorch_ROOT_DIR}/share/cmake/Torch/TorchConfig.cmake" _line REGEX "_GLIBCXX_USE_CXX11_ABI=0")
        if(_line)
            set(_abi 0)
        endif()
    endif()
    # -iwlibs of the wheel: cudart and cupti, wanted by libtorch_cpu.so, lie in the nvidia wheels beside torch.
    get_filename_component(_site "${LibTorch_ROOT_DIR}" DIRECTORY)
    file(GLOB _nvidia "${_site}/nvidia/*/lib")
    # For engine/cuda alone: the CUDA run-time's headers come with its wheel or stand in a toolkit that CUDA_HOME names.
    file(GLOB _cuda_include "${_site}/nvidia/*/include")
    find_path(LibTorch_CUDA_INCLUDE_DIR cuda_runtime_api.h HINTS ${_cuda_include} ENV CUDA_HOME PATH_SUFFIXES include)
    find_path(LibTorch_NCCL_INCLUDE_DIR nccl.h HINTS ${_cuda_include} ENV CUDA_HOME PATH_SUFFIXES include)
    target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
        "${LibTorch_ROOT_DIR}/include" "${LibTorch_ROOT_DIR}/include/torch/csrc/api/include")
    target_compile_definitions(LibTorch::LibTorch INTERFACE _GLIBCXX_USE_CXX11_ABI=${_abi})
    target_link_libraries(LibTorch::LibTorch INTERFACE
        "${LibTorch_LIB_DIR}/libtorch_cpu.so" "${LibTorch_LIB_DIR}/libc10.so")
    # at::parallel_for() is a header: without OpenMP switched on it silently runs on one thread. LibTorch's own copy of the
    # run-time library is the one to link, for two of them would not know of each other's threads.
    target_compile_options(LibTorch::LibTorch INTERFACE -fopenmp)
    file(GLOB _gomp "${LibTorch_LIB_DIR}/libgomp*.so*")
    if(_gomp)
        list(GET _gomp 0 _gomp)
        target_link_libraries(LibTorch::LibTorch INTERFACE "${_gomp}")
    else()
        target_link_options(LibTorch::LibTorch INTERFACE -fopenmp)
    endif()
    target_link_options(LibTorch::LibTorch INTERFACE -Wl,--disable-new-dtags)
    foreach(_dir IN LISTS LibTorch_LIB_DIR _nvidia)
        target_link_options(LibTorch::LibTorch INTERFACE "-Wl,-rpath,${_dir}" "-Wl,-rpath-link,${_dir}")
    endforeach()
endif()
