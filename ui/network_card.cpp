// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/network_card.h"

#include "ui/form_field.h"
#include "ui/theme.h"

#include <QtCore/QFile>
#include <QtCore/QUrl>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr qint64 largestCaFile = 8 << 20;

QSpinBox *limitBox(const QString &name, const QString &unit, int most, int step)
{
    auto *box = new QSpinBox;
    box->setRange(0, most);
    box->setSingleStep(step);
    box->setGroupSeparatorShown(true);
    box->setSpecialValueText(NetworkCard::tr("no limit"));
    box->setSuffix(unit);
    box->setAccessibleName(name);
    return box;
}

bool isProxy(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    const bool form = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("socks5");
    return url.isValid() && form && !url.host().isEmpty() && (url.path().isEmpty() || url.path() == QLatin1String("/"));
}

bool holdsCertificate(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && file.size() <= largestCaFile
        && file.readAll().contains("-----BEGIN CERTIFICATE-----");
}

} // namespace

NetworkCard::NetworkCard(QWidget *parent)
    : Card(parent)
    , m_upload(limitBox(tr("Upload speed"), tr(" kB/s"), 10'000'000, 100))
    , m_queue(limitBox(tr("Size of the upload queue"), tr(" MB"), 100'000'000, 100))
    , m_ca(new QLineEdit)
    , m_proxy(new QLineEdit)
{
    body()->addWidget(makeLabel(tr("Network"), nullptr, 1.1, QFont::DemiBold));
    auto *limits = new QHBoxLayout;
    limits->setSpacing(space::m);
    auto *upload = new FormField(tr("Upload speed, at most"), m_upload);
    auto *queue = new FormField(tr("Waiting checkpoints, at most"), m_queue);
    upload->setNote(tr("Of weights; metrics are small."));
    queue->setNote(tr("Beyond it the oldest are dropped, and counted. Final models never are."));
    limits->addWidget(upload, 1, Qt::AlignTop);
    limits->addWidget(queue, 1, Qt::AlignTop);
    body()->addLayout(limits);

    auto *row = new QWidget;
    auto *rowLayout = new QHBoxLayout(row);
    rowLayout->setContentsMargins(0, 0, 0, 0);
    rowLayout->setSpacing(space::xs);
    auto *choose = new IconButton(QStringLiteral("folder"), tr("Choose the CA file"));
    rowLayout->addWidget(m_ca, 1);
    rowLayout->addWidget(choose);
    m_ca->setPlaceholderText(tr("none: only the system's certificates"));
    m_ca->setAccessibleName(tr("Own CA file"));
    m_caField = new FormField(tr("Own CA file (PEM), trusted besides the system's"), row);
    body()->addWidget(m_caField);
    m_proxy->setPlaceholderText(tr("none, or http://HOST:PORT, socks5://HOST:PORT"));
    m_proxy->setAccessibleName(tr("Proxy"));
    m_proxyField = new FormField(tr("Proxy"), m_proxy);
    body()->addWidget(m_proxyField);
    connect(choose, &QAbstractButton::clicked, this, &NetworkCard::browse);
    connect(m_ca, &QLineEdit::textChanged, this, [this] { m_caField->setProblem({}); });
    connect(m_proxy, &QLineEdit::textChanged, this, [this] { m_proxyField->setProblem({}); });
}

void NetworkCard::browse()
{
    auto *dialog = new QFileDialog(this, tr("Choose the CA file"), m_ca->text(),
                                   tr("Certificates (*.pem *.crt *.cer);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_ca, &QLineEdit::setText);
    dialog->open();
}

void NetworkCard::setValues(const SettingsValues &values)
{
    m_upload->setValue(values.uploadLimit);
    m_queue->setValue(values.queueLimit);
    m_ca->setText(values.caFile);
    m_proxy->setText(values.proxy);
}

void NetworkCard::readInto(SettingsValues &values) const
{
    values.uploadLimit = m_upload->value();
    values.queueLimit = m_queue->value();
    values.caFile = m_ca->text().trimmed();
    values.proxy = m_proxy->text().trimmed();
}

bool NetworkCard::check()
{
    const QString ca = m_ca->text().trimmed(), proxy = m_proxy->text().trimmed();
    m_caField->setProblem(ca.isEmpty() || holdsCertificate(ca)
                              ? QString()
                              : tr("No certificate can be read there: choose a PEM file"));
    m_proxyField->setProblem(proxy.isEmpty() || isProxy(proxy)
                                 ? QString()
                                 : tr("Type http://HOST:PORT or socks5://HOST:PORT"));
    return m_caField->problem().isEmpty() && m_proxyField->problem().isEmpty();
}

} // namespace torchdeck::ui
