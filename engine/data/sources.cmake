# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    data/augment.cpp
    data/contours.cpp
    data/data_yaml.cpp
    data/dataset.cpp
    data/disk_cache.cpp
    data/duplicate_check.cpp
    data/epoch_plan.cpp
    data/fingerprint.cpp
    data/geometry.cpp
    data/image_header.cpp
    data/image_maker.cpp
    data/image_recipe.cpp
    data/image_store.cpp
    data/inspect.cpp
    data/label_file.cpp
    data/leak_check.cpp
    data/loader.cpp
    data/mixing.cpp
    data/problem.cpp
    data/sample_dataset.cpp
    data/sample_scene.cpp
    data/scan.cpp)
