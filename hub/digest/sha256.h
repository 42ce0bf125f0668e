// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QCryptographicHash>

#include <memory>

struct evp_md_ctx_st;

namespace torchdeck::hub {

/// SHA-256 (FIPS 180-4) of whole weight files, for client and server alike: OpenSSL's, which uses the processor's own
/// instructions and is ten times as fast as Qt's. Where OpenSSL's settings leave it none, Qt's. Any thread, one at a time; fails never.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256 &) = delete;
    Sha256 &operator=(const Sha256 &) = delete;

    void add(QByteArrayView bytes);
    /// Lower-case hex of all that was added; the next add() begins anew.
    [[nodiscard]] QByteArray takeHex();

private:
    struct Free {
        void operator()(evp_md_ctx_st *context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> m_context; ///< null: m_plain counts
    QCryptographicHash m_plain { QCryptographicHash::Sha256 };
};

} // namespace torchdeck::hub
