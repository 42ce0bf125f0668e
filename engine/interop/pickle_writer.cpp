// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/pickle_writer.h"

#include <bit>
#include <limits>

namespace torchdeck::engine::interop {

PickleWriter::PickleWriter()
{
    op('\x80');
    op(2);
}

void PickleWriter::number(std::uint64_t value, int width)
{
    for (int i = 0; i < width; ++i)
        m_out += static_cast<char>(value >> (8 * i) & 0xff);
}

void PickleWriter::none() { op('N'); }

void PickleWriter::boolean(bool value) { op(value ? '\x88' : '\x89'); }

void PickleWriter::integer(std::int64_t value)
{
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= 0 && value < 256) {
        op('K');
        number(bits, 1);
    } else if (value >= 0 && value < 65536) {
        op('M');
        number(bits, 2);
    } else if (value >= std::numeric_limits<std::int32_t>::min()
               && value <= std::numeric_limits<std::int32_t>::max()) {
        op('J');
        number(bits, 4);
    } else {
        op('\x8a');
        op(8);
        number(bits, 8);
    }
}

void PickleWriter::real(double value)
{
    const auto bits = std::bit_cast<std::uint64_t>(value);
    op('G');
    for (int i = 8; i-- > 0;) // big-endian
        m_out += static_cast<char>(bits >> (8 * i) & 0xff);
}

void PickleWriter::text(std::string_view value)
{
    const auto [it, fresh] = m_texts.try_emplace(std::string(value), m_memo);
    if (!fresh) {
        get(it->second);
        return;
    }
    op('X');
    number(value.size(), 4);
    m_out += value;
    (void)put();
}

void PickleWriter::name(std::string_view module, std::string_view name)
{
    const std::string line = std::string(module) + '\n' + std::string(name) + '\n';
    const auto [it, fresh] = m_names.try_emplace(line, m_memo);
    if (!fresh) {
        get(it->second);
        return;
    }
    op('c');
    m_out += line;
    (void)put();
}

void PickleWriter::mark() { op('('); }
void PickleWriter::tuple() { op('t'); }
void PickleWriter::emptyTuple() { op(')'); }
void PickleWriter::emptyList() { op(']'); }
void PickleWriter::appends() { op('e'); }
void PickleWriter::emptyDict() { op('}'); }
void PickleWriter::setItems() { op('u'); }
void PickleWriter::reduce() { op('R'); }
void PickleWriter::newObject() { op('\x81'); }
void PickleWriter::build() { op('b'); }
void PickleWriter::persistentId() { op('Q'); }

std::uint32_t PickleWriter::put()
{
    op(m_memo < 256 ? 'q' : 'r');
    number(m_memo, m_memo < 256 ? 1 : 4);
    return m_memo++;
}

void PickleWriter::get(std::uint32_t place)
{
    op(place < 256 ? 'h' : 'j');
    number(place, place < 256 ? 1 : 4);
}

void PickleWriter::orderedDict()
{
    name("collections", "OrderedDict");
    emptyTuple();
    reduce();
}

void PickleWriter::emptySet()
{
    name("__builtin__", "set");
    mark();
    emptyList();
    tuple();
    reduce();
}

std::string PickleWriter::take()
{
    op('.');
    return std::move(m_out);
}

} // namespace torchdeck::engine::interop
