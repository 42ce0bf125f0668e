// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/pickle_reader.h"

#include "engine/interop/known_names.h"
#include "engine/interop/pickle_calls.h"

#include <algorithm>
#include <bit>

namespace torchdeck::engine::interop {

namespace {

/// Opcodes by Python's names, https://github.com/python/cpython/blob/main/Lib/pickletools.py
enum Op : std::uint8_t {
    Mark = '(',
    Stop = '.',
    Pop = '0',
    PopMark = '1',
    Dup = '2',
    BinBytes = 'B',
    ShortBinBytes = 'C',
    BinFloat = 'G',
    BinInt = 'J',
    BinInt1 = 'K',
    BinInt2 = 'M',
    None = 'N',
    BinPersId = 'Q',
    Reduce = 'R',
    BinString = 'T',
    ShortBinString = 'U',
    BinUnicode = 'X',
    EmptyList = ']',
    Append = 'a',
    Build = 'b',
    Global = 'c',
    Dict = 'd',
    Appends = 'e',
    BinGet = 'h',
    LongBinGet = 'j',
    List = 'l',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    Tuple = 't',
    SetItems = 'u',
    EmptyDict = '}',
    EmptyTuple = ')',
    Proto = 0x80,
    NewObj = 0x81,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8a,
    Long4 = 0x8b,
    ShortBinUnicode = 0x8c,
    BinUnicode8 = 0x8d,
    BinBytes8 = 0x8e,
    EmptySet = 0x8f,
    AddItems = 0x90,
    FrozenSet = 0x91,
    NewObjEx = 0x92,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
    ByteArray8 = 0x96,
};

constexpr std::size_t longestName = 200;

std::string hex(std::uint8_t byte)
{
    constexpr char digits[] = "0123456789abcdef";
    return { '0', 'x', digits[byte >> 4], digits[byte & 15] };
}

/// A name from a file, fit to be shown.
std::string shown(std::string_view text)
{
    std::string out(text.substr(0, longestName));
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
    return out;
}

class Unpickler {
public:
    Unpickler(std::span<const std::uint8_t> bytes, Document &document, const PickleLimits &limits)
        : m_bytes(bytes)
        , m_document(document)
        , m_limits(limits)
        , m_none(document.add(Kind::None))
    {
    }

    Value *run()
    {
        while (true) {
            const std::uint8_t op = number(1) & 0xff;
            if (op == Stop)
                return pop();
            if (!constant(op) && !container(op) && !reference(op))
                fail("the opcode " + hex(op) + " is not allowed");
            if (m_document.size() > m_limits.values)
                fail("it holds more than " + std::to_string(m_limits.values) + " values");
            if (m_document.tensors.size() > m_limits.tensors)
                fail("it holds more than " + std::to_string(m_limits.tensors) + " tensors");
            if (m_references + m_stack.size() + m_memo.size() > m_limits.references)
                fail("it holds more than " + std::to_string(m_limits.references) + " references");
        }
    }

private:
    [[noreturn]] void fail(const std::string &what) const
    {
        throw FormatError(what + " (byte " + std::to_string(m_position) + " of its pickle)");
    }

    std::string_view take(std::uint64_t count)
    {
        if (count > m_bytes.size() - m_position)
            fail("it ends in the middle");
        const auto *begin = reinterpret_cast<const char *>(m_bytes.data() + m_position);
        m_position += static_cast<std::size_t>(count);
        return { begin, static_cast<std::size_t>(count) };
    }

    std::uint64_t number(int width)
    {
        const std::string_view raw = take(static_cast<std::uint64_t>(width));
        std::uint64_t value = 0;
        for (int i = width; i-- > 0;)
            value = value << 8 | static_cast<std::uint8_t>(raw[static_cast<std::size_t>(i)]);
        return value;
    }

    std::string_view line()
    {
        const std::string_view rest(reinterpret_cast<const char *>(m_bytes.data() + m_position),
                                    m_bytes.size() - m_position);
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos)
            fail("it ends in the middle");
        m_position += end + 1;
        return rest.substr(0, end);
    }

    void push(Value *value) { m_stack.push_back(value); }

    Value *pop()
    {
        if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back()))
            fail("its stack runs empty");
        Value *value = m_stack.back();
        m_stack.pop_back();
        return value;
    }

    Value *top()
    {
        Value *value = pop();
        push(value);
        return value;
    }

    /// Everything above the last mark.
    std::vector<Value *> popToMark()
    {
        if (m_marks.empty())
            fail("a mark is missing");
        const std::size_t mark = m_marks.back();
        m_marks.pop_back();
        std::vector<Value *> items(m_stack.begin() + static_cast<std::ptrdiff_t>(mark), m_stack.end());
        m_stack.resize(mark);
        return items;
    }

    void pushInt(std::int64_t value)
    {
        Value *v = m_document.add(Kind::Int);
        v->integer = value;
        push(v);
    }

    void pushBool(bool value)
    {
        Value *v = m_document.add(Kind::Bool);
        v->integer = value;
        push(v);
    }

    void pushText(Kind kind, std::uint64_t length)
    {
        Value *v = m_document.add(kind);
        v->text = take(length);
        push(v);
    }

    void pushItems(Kind kind, std::vector<Value *> items)
    {
        m_references += items.size();
        Value *v = m_document.add(kind);
        v->items = std::move(items);
        push(v);
    }

    void pushLong(std::uint64_t width)
    {
        if (width > 8)
            fail("a whole number is larger than 64 bits");
        std::uint64_t value = width == 0 ? 0 : number(static_cast<int>(width));
        if (width > 0 && width < 8 && (value >> (8 * width - 1)) != 0)
            value |= ~std::uint64_t(0) << (8 * width); // negative
        pushInt(static_cast<std::int64_t>(value));
    }

    void pushFloat()
    {
        std::uint64_t bits = 0;
        for (const char c : take(8)) // big-endian
            bits = bits << 8 | static_cast<std::uint8_t>(c);
        Value *v = m_document.add(Kind::Float);
        v->real = std::bit_cast<double>(bits);
        push(v);
    }

    void pushName(std::string_view module, std::string_view name)
    {
        const std::optional<KnownName> known = findKnownName(module, name);
        if (!known)
            fail("the name " + shown(module) + "." + shown(name)
                 + " is not allowed in a checkpoint and was not run");
        Value *v = m_document.add(Kind::Name);
        v->text = std::string(module) + '.' + std::string(name);
        v->role = static_cast<std::uint32_t>(known->role);
        v->type = known->storage;
        push(v);
    }

    bool constant(std::uint8_t op);
    bool container(std::uint8_t op);
    bool reference(std::uint8_t op);
    void extend(Kind kind, const std::vector<Value *> &items);
    void memoize(std::uint64_t index);
    void build();
    void call(Value *arguments);

    std::span<const std::uint8_t> m_bytes;
    Document &m_document;
    PickleLimits m_limits;
    Value *m_none;
    std::size_t m_position = 0;
    std::vector<Value *> m_stack, m_memo;
    std::vector<std::size_t> m_marks;
    std::size_t m_references = 0;
};

bool Unpickler::constant(std::uint8_t op)
{
    switch (op) {
    case Proto:
        if (number(1) > 5)
            fail("its pickle protocol is newer than 5");
        return true;
    case Frame:
        (void)number(8);
        return true;
    case None:
        push(m_none);
        return true;
    case NewTrue:
    case NewFalse:
        pushBool(op == NewTrue);
        return true;
    case BinInt:
        pushInt(static_cast<std::int32_t>(number(4)));
        return true;
    case BinInt1:
        pushInt(static_cast<std::int64_t>(number(1)));
        return true;
    case BinInt2:
        pushInt(static_cast<std::int64_t>(number(2)));
        return true;
    case Long1:
        pushLong(number(1));
        return true;
    case Long4:
        pushLong(number(4));
        return true;
    case BinFloat:
        pushFloat();
        return true;
    case ShortBinUnicode:
    case ShortBinString:
        pushText(Kind::Text, number(1));
        return true;
    case BinUnicode:
    case BinString:
        pushText(Kind::Text, number(4));
        return true;
    case BinUnicode8:
        pushText(Kind::Text, number(8));
        return true;
    case ShortBinBytes:
        pushText(Kind::Bytes, number(1));
        return true;
    case BinBytes:
        pushText(Kind::Bytes, number(4));
        return true;
    case BinBytes8:
    case ByteArray8:
        pushText(Kind::Bytes, number(8));
        return true;
    default:
        return false;
    }
}

bool Unpickler::container(std::uint8_t op)
{
    const auto take = [this](int count) {
        std::vector<Value *> items(static_cast<std::size_t>(count));
        for (std::size_t i = items.size(); i-- > 0;)
            items[i] = pop();
        return items;
    };
    switch (op) {
    case EmptyList:
        pushItems(Kind::List, {});
        return true;
    case EmptyTuple:
        pushItems(Kind::Tuple, {});
        return true;
    case EmptyDict:
        pushItems(Kind::Dict, {});
        return true;
    case EmptySet:
        pushItems(Kind::Set, {});
        return true;
    case Tuple1:
    case Tuple2:
    case Tuple3:
        pushItems(Kind::Tuple, take(op - Tuple1 + 1));
        return true;
    case Tuple:
        pushItems(Kind::Tuple, popToMark());
        return true;
    case List:
        pushItems(Kind::List, popToMark());
        return true;
    case FrozenSet:
        pushItems(Kind::Set, popToMark());
        return true;
    case Dict: {
        const std::vector<Value *> items = popToMark();
        pushItems(Kind::Dict, {});
        extend(Kind::Dict, items);
        return true;
    }
    case Append:
        extend(Kind::List, take(1));
        return true;
    case SetItem:
        extend(Kind::Dict, take(2));
        return true;
    case Appends:
        extend(Kind::List, popToMark());
        return true;
    case SetItems:
        extend(Kind::Dict, popToMark());
        return true;
    case AddItems:
        extend(Kind::Set, popToMark());
        return true;
    default:
        return false;
    }
}

bool Unpickler::reference(std::uint8_t op)
{
    switch (op) {
    case Mark:
        m_marks.push_back(m_stack.size());
        m_references += 1;
        return true;
    case Pop:
        (void)pop();
        return true;
    case PopMark:
        (void)popToMark();
        return true;
    case Dup:
        push(top());
        return true;
    case BinPut:
        memoize(number(1));
        return true;
    case LongBinPut:
        memoize(number(4));
        return true;
    case Memoize:
        memoize(m_memo.size());
        return true;
    case BinGet:
    case LongBinGet: {
        const std::uint64_t index = number(op == BinGet ? 1 : 4);
        if (index >= m_memo.size())
            fail("it refers to something that is not there");
        push(m_memo[index]);
        return true;
    }
    case Global: {
        const std::string_view module = line();
        pushName(module, line());
        return true;
    }
    case StackGlobal: {
        const Value *name = pop();
        const Value *module = pop();
        if (!name->is(Kind::Text) || !module->is(Kind::Text))
            fail("a class has no name");
        pushName(module->text, name->text);
        return true;
    }
    case NewObjEx: {
        (void)pop(); // keyword arguments: none of the known classes has any that matter
        call(pop());
        return true;
    }
    case Reduce:
    case NewObj:
        call(pop());
        return true;
    case BinPersId:
        push(readStorage(m_document, *pop()));
        return true;
    case Build:
        build();
        return true;
    default:
        return false;
    }
}

void Unpickler::extend(Kind kind, const std::vector<Value *> &items)
{
    Value *target = top();
    if (!target->is(kind))
        fail(std::string("it adds to ") + kindName(target->kind) + " as if it were " + kindName(kind));
    if (kind == Kind::Dict && items.size() % 2 != 0)
        fail("a dict's key has no value");
    m_references += items.size();
    target->items.insert(target->items.end(), items.begin(), items.end());
}

void Unpickler::memoize(std::uint64_t index)
{
    // Every pickler numbers its memo upwards; anything else is not worth the memory it would cost.
    if (index > m_memo.size())
        fail("its memo is out of order");
    if (index == m_memo.size())
        m_memo.push_back(top());
    else
        m_memo[index] = top();
}

void Unpickler::call(Value *arguments)
{
    const Value *callable = pop();
    Value *result = readCall(m_document, *callable, *arguments, m_limits);
    m_references += result->items.size() + result->text.size() / sizeof(Value *); // copies cost as well
    push(result);
}

void Unpickler::build()
{
    Value *state = pop();
    Value *target = top();
    switch (target->kind) {
    case Kind::Object:
        target->state = state;
        return;
    case Kind::Dict: // a state_dict carries its `_metadata` like this
    case Kind::Set:
    case Kind::Tensor:
        return;
    case Kind::None:
    case Kind::Bool:
    case Kind::Int:
    case Kind::Float:
    case Kind::Text:
    case Kind::Bytes:
    case Kind::List:
    case Kind::Tuple:
    case Kind::Name:
    case Kind::Storage:
        break;
    }
    fail(std::string("it gives attributes to ") + kindName(target->kind));
}

} // namespace

Value *readPickle(std::span<const std::uint8_t> bytes, Document &document, const PickleLimits &limits)
{
    if (bytes.size() > limits.bytes)
        throw FormatError("its pickle is larger than " + std::to_string(limits.bytes >> 20) + " MiB");
    return Unpickler(bytes, document, limits).run();
}

} // namespace torchdeck::engine::interop
