// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace torchdeck::engine::interop {

/// Emits a pickle of protocol 2, what torch.save writes. A stack machine's program: values are pushed one
/// after the other, and containers take what was pushed since mark(). Torch-free.
class PickleWriter {
public:
    PickleWriter();

    void none();
    void boolean(bool value);
    void integer(std::int64_t value);
    void real(double value);
    void text(std::string_view value); ///< the same text again costs a reference
    void name(std::string_view module, std::string_view name); ///< a class or function

    void mark();
    void tuple(); ///< of everything since the mark
    void emptyTuple();
    void emptyList();
    void appends(); ///< into the list below the mark
    void emptyDict();
    void setItems(); ///< key, value, key, value ... into the dict below the mark

    void reduce(); ///< callable, arguments -> the call
    void newObject(); ///< class, arguments -> an object
    void build(); ///< object, state -> the object with its attributes
    void persistentId();

    /// Remembers what lies on top of the stack; get() pushes it again, the same object to Python.
    [[nodiscard]] std::uint32_t put();
    void get(std::uint32_t place);

    // Often needed
    void key(std::string_view name) { text(name); }
    void orderedDict(); ///< empty
    void emptySet();

    /// Ends the program.
    [[nodiscard]] std::string take();

private:
    void op(char code) { m_out += code; }
    void number(std::uint64_t value, int width);

    std::string m_out;
    std::unordered_map<std::string, std::uint32_t> m_texts, m_names;
    std::uint32_t m_memo = 0;
};

} // namespace torchdeck::engine::interop
