# SPDX-License-Identifier: GPL-3.0-or-later
# The reader needs neither torch nor anything else: tests/fuzz builds it alone.
set(TORCHDECK_INTEROP_READER_SOURCES
    interop/data_tree.cpp
    interop/known_names.cpp
    interop/pickle_calls.cpp
    interop/pickle_reader.cpp
    interop/pt_file.cpp
    interop/safetensors.cpp
    interop/zip_reader.cpp)
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    ${TORCHDECK_INTEROP_READER_SOURCES}
    interop/model_yaml.cpp
    interop/pickle_writer.cpp)
list(APPEND TORCHDECK_ENGINE_TORCH_SOURCES
    interop/checkpoint_reader.cpp
    interop/checkpoint_writer.cpp
    interop/module_table.cpp
    interop/module_tree.cpp
    interop/optimizer_layout.cpp
    interop/python_args.cpp
    interop/tensor_io.cpp)
