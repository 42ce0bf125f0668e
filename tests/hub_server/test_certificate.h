// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>

#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace torchdeck::test {

/// A throwaway certificate for 127.0.0.1 and localhost, which vouches for itself, in PEM files of its own.
class TestCertificate {
public:
    explicit TestCertificate(const char *passphrase = nullptr)
    {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), &X509_free);
        X509_set_version(cert.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86'400);
        X509_set_pubkey(cert.get(), key.get());
        X509_NAME *name = X509_get_subject_name(cert.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("a test"), -1, -1,
                                   0);
        X509_set_issuer_name(cert.get(), name);
        for (const auto &[id, value] : { std::pair(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"),
                                         std::pair(NID_basic_constraints, "critical,CA:TRUE") }) {
            X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
            X509_add_ext(cert.get(), extension, -1);
            X509_EXTENSION_free(extension);
        }
        X509_sign(cert.get(), key.get(), EVP_sha256());
        write(certificate(), [&](BIO *to) { return PEM_write_bio_X509(to, cert.get()); });
        write(keyFile(), [&](BIO *to) {
            return PEM_write_bio_PrivateKey(to, key.get(), passphrase ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                                            const_cast<char *>(passphrase));
        });
    }
    [[nodiscard]] QString certificate() const { return m_dir.filePath("cert.pem"); }
    [[nodiscard]] QString keyFile() const { return m_dir.filePath("key.pem"); }

private:
    template <class Write>
    static void write(const QString &path, const Write &what)
    {
        BIO *to = BIO_new_file(QFile::encodeName(path).constData(), "w");
        if (!to || what(to) != 1)
            qFatal("no certificate could be made");
        BIO_free(to);
    }

    QTemporaryDir m_dir;
};

} // namespace torchdeck::test
