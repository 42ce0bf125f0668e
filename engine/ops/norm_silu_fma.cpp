// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled with -mavx2 -mfma.
#include "engine/ops/norm_silu_loops.h"

namespace torchdeck::engine::ops {

extern const NormSiluKernels fmaKernels = kernelsOf<PlainSigmoids>;

} // namespace torchdeck::engine::ops
