# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    core/annotate.cpp
    core/argument_values.cpp
    core/atomic_file.cpp
    core/detection_files.cpp
    core/foreign_arguments.cpp
    core/frame_source.cpp
    core/lifecycle.cpp
    core/predict_outputs.cpp
    core/run_folder.cpp
    core/schedule.cpp
    core/train_arguments.cpp
    core/train_config.cpp
    core/training_loaders.cpp
    core/validation_outputs.cpp)
list(APPEND TORCHDECK_ENGINE_TORCH_SOURCES
    core/auto_batch.cpp
    core/checkpoint.cpp
    core/devices.cpp
    core/ema.cpp
    core/evaluation.cpp
    core/inference.cpp
    core/layer_freeze.cpp
    core/muon.cpp
    core/optimizer.cpp
    core/optimizer_rules.cpp
    core/predict.cpp
    core/run_inputs.cpp
    core/trainer.cpp
    core/training_recovery.cpp
    core/training_ranks.cpp
    core/training_report.cpp
    core/training_session.cpp
    core/validate.cpp
    core/weight_transfer.cpp)
