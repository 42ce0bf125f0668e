# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    dist/ranks.cpp)
list(APPEND TORCHDECK_ENGINE_TORCH_SOURCES
    cuda/module.cpp
    dist/data_parallel.cpp
    dist/process_group.cpp)
