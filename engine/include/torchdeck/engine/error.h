// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace torchdeck::engine {

/// What kind of trouble an EngineError reports; decides exit codes and where the window shows the sentence.
enum class ErrorKind {
    Argument, ///< a value the user typed (model, epochs, device ...); `field` names the argument
    Dataset, ///< data.yaml, images or labels
    Storage, ///< run folder, disk full, unreadable checkpoint
    Resources, ///< out of memory
    Internal, ///< a bug or a library failure
};

/// Thrown inside the engine and by its synchronous entry points; Trainer::run() never lets it out.
/// what() is one sentence for the user: what, where, what to do.
class EngineError : public std::runtime_error {
public:
    EngineError(ErrorKind kind, std::string sentence, std::string field = {})
        : std::runtime_error(std::move(sentence))
        , m_kind(kind)
        , m_field(std::move(field))
    {
    }

    [[nodiscard]] ErrorKind kind() const noexcept { return m_kind; }
    /// The training argument to blame ("data", "epochs", ...), or empty.
    [[nodiscard]] const std::string &field() const noexcept { return m_field; }

private:
    ErrorKind m_kind;
    std::string m_field;
};

} // namespace torchdeck::engine
