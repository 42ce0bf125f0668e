// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/app/instance.h"

#include <QtCore/QMap>
#include <QtCore/QUrl>

/// `torchdeck hub serve` of an instance, in the folder "store" of its work folder.
class HubProcess {
public:
    explicit HubProcess(const Instance &instance, int port = 0);
    ~HubProcess() { stop(); }
    void stop();
    void kill(); ///< as a crash or a pulled plug would
    /// Makes the instance's commands use this server.
    void use(Instance &instance) const;
    [[nodiscard]] QByteArray get(const QString &path) const;
    /// Epochs that the server has for a model, with their values.
    [[nodiscard]] QMap<int, QJsonObject> epochs(const QString &model) const;

    QUrl root;
    QString key;

private:
    std::unique_ptr<QProcess> m_process;
};
