// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/digest/sha256.h"

#include <openssl/evp.h>

namespace torchdeck::hub {

void Sha256::Free::operator()(evp_md_ctx_st *context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256()
    : m_context(EVP_MD_CTX_new())
{
    if (m_context && EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) != 1)
        m_context.reset();
}

Sha256::~Sha256() = default;

void Sha256::add(QByteArrayView bytes)
{
    if (m_context) // cannot fail once it is set up
        EVP_DigestUpdate(m_context.get(), bytes.data(), size_t(bytes.size()));
    else
        m_plain.addData(bytes);
}

QByteArray Sha256::takeHex()
{
    if (!m_context) {
        const QByteArray hex = m_plain.result().toHex();
        m_plain.reset();
        return hex;
    }
    QByteArray digest(EVP_MAX_MD_SIZE, Qt::Uninitialized);
    unsigned int size = 0;
    EVP_DigestFinal_ex(m_context.get(), reinterpret_cast<unsigned char *>(digest.data()), &size);
    EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr);
    return digest.left(qsizetype(size)).toHex();
}

} // namespace torchdeck::hub
