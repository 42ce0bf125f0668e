// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer target over the torch-free reader. The first byte chooses what the rest is: a whole file, or the
// pickle inside one, which a file's checksum would otherwise keep the fuzzer away from.
#include "engine/interop/pt_file.h"

#include <cstddef>
#include <cstdint>

using namespace torchdeck::engine::interop;

namespace {

void readFile(std::span<const std::uint8_t> bytes)
{
    PtFile file(bytes);
    for (const TensorInfo &tensor : file.document().tensors) {
        std::vector<std::uint8_t> storage(file.storageBytes(tensor));
        file.readStorage(tensor, storage);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::span<const std::uint8_t> rest(data + 1, size - 1);
    try {
        if (data[0] % 2 == 0) {
            readFile(rest);
        } else {
            Document document;
            (void)readPickle(rest, document);
        }
    } catch (const FormatError &) {
        // The one answer to bad input.
    }
    return 0;
}
