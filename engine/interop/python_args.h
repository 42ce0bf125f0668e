// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"
#include "engine/interop/data_tree.h"
#include "engine/interop/pickle_writer.h"

namespace torchdeck::engine::interop {

/// Pushes Ultralytics' `train_args` dict: the arguments that both 8.3.200 and the newest version know, with
/// the types they check, an automatic optimizer resolved as they do.
void writeTrainArgs(PickleWriter &out, const Checkpoint &checkpoint);

/// The arguments we know out of such a dict; the others are left out.
[[nodiscard]] TrainConfig readTrainArgs(const Value &args);

} // namespace torchdeck::engine::interop
