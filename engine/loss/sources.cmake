# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES "${CMAKE_CURRENT_LIST_DIR}/image_assigner.cpp")
list(APPEND TORCHDECK_ENGINE_TORCH_SOURCES
    "${CMAKE_CURRENT_LIST_DIR}/assigner.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/batch_assignment.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/dense_assigner.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/detection_loss.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/loss_terms.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/device_copy.cpp")
