// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/safetensors.h"

#include <algorithm>

namespace torchdeck::engine::interop {

namespace {

constexpr std::uint64_t largestHeader = std::uint64_t(16) << 20;
constexpr std::size_t mostDimensions = 8;
constexpr std::size_t mostTensors = 200'000;

/// The small part of JSON that a header is made of: objects, texts, lists of whole numbers.
class Json {
public:
    explicit Json(std::string_view text)
        : m_text(text)
    {
    }

    [[noreturn]] void fail() const
    {
        throw FormatError("its header is damaged (byte " + std::to_string(m_position) + ")");
    }

    bool take(char wanted)
    {
        while (m_position < m_text.size()
               && std::string_view(" \t\r\n").find(m_text[m_position]) != std::string_view::npos)
            ++m_position;
        if (m_position >= m_text.size() || m_text[m_position] != wanted)
            return false;
        ++m_position;
        return true;
    }

    void expect(char wanted)
    {
        if (!take(wanted))
            fail();
    }

    std::string text()
    {
        expect('"');
        std::string result;
        while (m_position < m_text.size()) {
            const char c = m_text[m_position++];
            if (c == '"')
                return result;
            if (c != '\\') {
                result += c;
                continue;
            }
            const char escaped = m_position < m_text.size() ? m_text[m_position++] : '\0';
            if (escaped != '"' && escaped != '\\' && escaped != '/')
                fail(); // names and types need no other
            result += escaped;
        }
        fail();
    }

    std::vector<std::int64_t> numbers()
    {
        std::vector<std::int64_t> result;
        expect('[');
        while (!take(']')) {
            if (!result.empty())
                expect(',');
            (void)take(' ');
            std::int64_t value = 0;
            const std::size_t begin = m_position;
            for (; m_position < m_text.size() && m_text[m_position] >= '0' && m_text[m_position] <= '9';
                 ++m_position) {
                if (value > (std::int64_t(1) << 55))
                    fail();
                value = value * 10 + (m_text[m_position] - '0');
            }
            if (m_position == begin || result.size() > mostDimensions)
                fail();
            result.push_back(value);
        }
        return result;
    }

    /// An object of texts, which is all that `__metadata__` may be.
    void skipTexts()
    {
        expect('{');
        for (bool first = true; !take('}'); first = false) {
            if (!first)
                expect(',');
            (void)text();
            expect(':');
            (void)text();
        }
    }

private:
    std::string_view m_text;
    std::size_t m_position = 0;
};

DataType typeOf(const std::string &name)
{
    constexpr std::pair<std::string_view, DataType> types[] = {
        { "F64", DataType::Float64 },   { "F32", DataType::Float32 }, { "F16", DataType::Float16 },
        { "BF16", DataType::BFloat16 }, { "I64", DataType::Int64 },   { "I32", DataType::Int32 },
        { "I16", DataType::Int16 },     { "I8", DataType::Int8 },     { "U8", DataType::UInt8 },
        { "BOOL", DataType::Bool },
    };
    for (const auto &[known, type] : types) {
        if (name == known)
            return type;
    }
    throw FormatError("tensors of type '" + name.substr(0, 20) + "' are not known");
}

TensorInfo readTensor(Json &json, std::uint64_t dataBegin, std::uint64_t fileSize)
{
    TensorInfo tensor;
    std::vector<std::int64_t> range;
    json.expect('{');
    for (bool first = true; !json.take('}'); first = false) {
        if (!first)
            json.expect(',');
        const std::string key = json.text();
        json.expect(':');
        if (key == "dtype")
            tensor.type = typeOf(json.text());
        else if (key == "shape")
            tensor.shape = json.numbers();
        else if (key == "data_offsets")
            range = json.numbers();
        else
            json.fail();
    }
    std::int64_t count = 1;
    bool overflow = false;
    for (const std::int64_t size : tensor.shape)
        overflow |= __builtin_mul_overflow(count, size, &count);
    const auto room = static_cast<std::int64_t>(fileSize - dataBegin);
    const auto width = static_cast<std::int64_t>(sizeOf(tensor.type));
    if (overflow || range.size() != 2 || range[0] > range[1] || range[1] > room
        || count != (range[1] - range[0]) / width || (range[1] - range[0]) % width != 0)
        json.fail();
    tensor.storageSize = count;
    tensor.strides.resize(tensor.shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0; stride *= std::max<std::int64_t>(1, tensor.shape[i]))
        tensor.strides[i] = stride;
    const auto base = static_cast<std::int64_t>(dataBegin);
    tensor.storage = std::to_string(base + range[0]) + ":" + std::to_string(base + range[1]);
    return tensor;
}

} // namespace

bool looksLikeSafetensors(ByteSource &source)
{
    if (source.size() < 10)
        return false;
    const std::vector<std::uint8_t> start = source.bytes(0, 10);
    return start[8] == '{' && (start[9] == '"' || start[9] == '}' || start[9] == ' ') && start[6] == 0
        && start[7] == 0;
}

Value *readSafetensors(ByteSource &source, Document &document)
{
    const std::vector<std::uint8_t> lengthBytes = source.bytes(0, 8);
    std::uint64_t length = 0;
    for (std::size_t i = 8; i-- > 0;)
        length = length << 8 | lengthBytes[i];
    if (length > largestHeader || length > source.size() - 8)
        throw FormatError("its header is damaged");
    const std::vector<std::uint8_t> header = source.bytes(8, length);
    Json json(std::string_view(reinterpret_cast<const char *>(header.data()), header.size()));
    Value *root = document.add(Kind::Dict);
    json.expect('{');
    for (bool first = true; !json.take('}'); first = false) {
        if (!first)
            json.expect(',');
        const std::string name = json.text();
        json.expect(':');
        if (name == "__metadata__") {
            json.skipTexts();
            continue;
        }
        if (document.tensors.size() >= mostTensors)
            throw FormatError("it holds too many tensors");
        Value *key = document.add(Kind::Text);
        key->text = name;
        Value *value = document.add(Kind::Tensor);
        value->integer = static_cast<std::int64_t>(document.tensors.size());
        document.tensors.push_back(readTensor(json, 8 + length, source.size()));
        root->items.push_back(key);
        root->items.push_back(value);
    }
    return root;
}

} // namespace torchdeck::engine::interop
