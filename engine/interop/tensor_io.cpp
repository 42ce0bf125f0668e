// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/tensor_io.h"

#include <ATen/ops/empty.h>

namespace torchdeck::engine::interop {

namespace {

at::ScalarType scalarType(DataType type)
{
    switch (type) {
    case DataType::Float64:
        return at::kDouble;
    case DataType::Float32:
        return at::kFloat;
    case DataType::Float16:
        return at::kHalf;
    case DataType::BFloat16:
        return at::kBFloat16;
    case DataType::Int64:
        return at::kLong;
    case DataType::Int32:
        return at::kInt;
    case DataType::Int16:
        return at::kShort;
    case DataType::Int8:
        return at::kChar;
    case DataType::UInt8:
        return at::kByte;
    case DataType::Bool:
        return at::kBool;
    }
    return at::kFloat;
}

const char *storageName(at::ScalarType type)
{
    switch (type) {
    case at::kDouble:
        return "DoubleStorage";
    case at::kFloat:
        return "FloatStorage";
    case at::kHalf:
        return "HalfStorage";
    case at::kBFloat16:
        return "BFloat16Storage";
    case at::kLong:
        return "LongStorage";
    case at::kInt:
        return "IntStorage";
    case at::kByte:
        return "ByteStorage";
    case at::kBool:
        return "BoolStorage";
    default:
        throw std::logic_error("a tensor of a type that no checkpoint holds");
    }
}

} // namespace

at::Tensor TensorReader::read(const Value &value)
{
    if (!value.is(Kind::Tensor))
        throw FormatError(std::string("expected a tensor, found ") + kindName(value.kind));
    const TensorInfo &info = m_file.document().tensor(value);
    const at::ScalarType type = scalarType(info.type);
    at::Tensor &storage = m_storages[info.storage];
    if (!storage.defined()) {
        const std::uint64_t bytes = m_file.storageBytes(info);
        const at::Tensor fresh =
            at::empty({ static_cast<std::int64_t>(bytes / sizeOf(info.type)) }, at::TensorOptions(type));
        m_file.readStorage(info, { static_cast<std::uint8_t *>(fresh.mutable_data_ptr()), bytes });
        storage = fresh;
    }
    if (storage.scalar_type() != type || storage.numel() < info.storageSize)
        throw FormatError("the storage '" + info.storage + "' is used in two ways");
    return storage.as_strided(info.shape, info.strides, info.offset);
}

void TensorWriter::tensor(const at::Tensor &tensor)
{
    const auto [it, fresh] = m_places.try_emplace(tensor.unsafeGetTensorImpl(), m_storages.size());
    if (fresh) {
        m_kept.push_back(tensor); // no other tensor may get its address
        m_storages.push_back(tensor.detach().to(at::kCPU).contiguous());
    }
    const at::Tensor &storage = m_storages[it->second];
    m_out.name("torch._utils", "_rebuild_tensor_v2");
    m_out.mark();
    m_out.mark();
    m_out.text("storage");
    m_out.name("torch", storageName(storage.scalar_type()));
    m_out.text(std::to_string(it->second));
    m_out.text("cpu");
    m_out.integer(storage.numel());
    m_out.tuple();
    m_out.persistentId();
    m_out.integer(0);
    for (const at::IntArrayRef list : { storage.sizes(), storage.strides() }) {
        m_out.mark();
        for (const std::int64_t value : list)
            m_out.integer(value);
        m_out.tuple();
    }
    m_out.boolean(false);
    m_out.orderedDict();
    m_out.tuple();
    m_out.reduce();
}

void TensorWriter::parameter(const at::Tensor &value)
{
    m_out.name("torch._utils", "_rebuild_parameter");
    m_out.mark();
    tensor(value);
    m_out.boolean(false);
    m_out.orderedDict();
    m_out.tuple();
    m_out.reduce();
}

} // namespace torchdeck::engine::interop
