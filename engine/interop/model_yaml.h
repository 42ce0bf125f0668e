// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/data_tree.h"
#include "engine/interop/pickle_writer.h"

namespace torchdeck::engine::interop {

/// A model description (Ultralytics' `model.yaml` dict) as YAML text in the field's grammar, which
/// nn::parseModelSpec reads. Throws FormatError.
[[nodiscard]] std::string modelYamlText(const Value &description);

/// The other way: pushes the dict of `yaml`, with `nc`, `scale` and `yaml_file` set as Ultralytics has them.
void writeModelYaml(PickleWriter &out, const std::string &yaml, std::int64_t nc, const std::string &scale,
                    const std::string &fileName);

} // namespace torchdeck::engine::interop
