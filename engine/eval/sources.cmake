# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    "${CMAKE_CURRENT_LIST_DIR}/average_precision.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/detection_metrics.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/matching.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/../ops/boxes.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/../ops/nms.cpp")
