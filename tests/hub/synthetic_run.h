// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/hub_service.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>
#include <QtCore/QFile>

#include <cstdio>

/// A training run without training: results.csv, last.pt and best.pt appear in a folder as the trainer writes them, and
/// it can be resumed from what lies there. Everything follows from the epoch's number, so that a reader can check it.
class SyntheticRun {
public:
    SyntheticRun(QString folder, int epochs)
        : m_folder(std::move(folder))
        , m_epochs(epochs)
    {
        QDir().mkpath(m_folder + "/weights");
    }
    [[nodiscard]] static double value(int epoch) { return (epoch * 37 % 101) / 128.0; } ///< exact in binary and text
    /// A file that carries its own check sum: torn or mixed content is found out.
    [[nodiscard]] static QByteArray weights(int epoch)
    {
        const QByteArray content = QByteArray::number(epoch).rightJustified(16, '0').repeated(6000 + epoch);
        return QCryptographicHash::hash(content, QCryptographicHash::Sha256) + content;
    }
    [[nodiscard]] static bool whole(const QByteArray &file)
    {
        return QCryptographicHash::hash(file.mid(32), QCryptographicHash::Sha256) == file.left(32);
    }
    [[nodiscard]] int done() const
    {
        QFile csv(m_folder + "/results.csv");
        return csv.open(QIODevice::ReadOnly) ? std::max(0, int(csv.readAll().count('\n')) - 1) : 0;
    }
    [[nodiscard]] bool finished() const { return done() >= m_epochs; }
    [[nodiscard]] QString best() const { return m_folder + "/weights/best.pt"; }
    [[nodiscard]] QString last() const { return m_folder + "/weights/last.pt"; }

    [[nodiscard]] torchdeck::hub::RunDescription description() const
    {
        torchdeck::hub::RunDescription d;
        d.run = 1;
        d.runFolder = m_folder;
        d.modelName = QFileInfo(m_folder).fileName();
        d.architecture = "yolov8n";
        d.datasetName = "sample";
        d.epochs = m_epochs;
        d.batch = 16;
        d.imgsz = 320;
        d.patience = 100;
        d.device = "cpu";
        d.cache = "False";
        return d;
    }
    /// One epoch on disk, in the trainer's order: weights, then the row.
    int writeEpoch() const
    {
        const int epoch = done();
        write(last(), weights(epoch));
        write(best(), weights(epoch));
        QFile csv(m_folder + "/results.csv");
        if (csv.open(QIODevice::Append)) {
            QByteArray text = epoch == 0 ? "epoch,time,metrics/mAP50(B)\n" : "";
            text += QByteArray::number(epoch + 1) + ",1.0," + QByteArray::number(value(epoch), 'g', 17) + '\n';
            csv.write(text);
        }
        return epoch;
    }
    [[nodiscard]] static QJsonObject metrics(int epoch) { return { { "metrics/mAP50(B)", value(epoch) } }; }

private:
    static void write(const QString &path, const QByteArray &content)
    {
        QFile file(path + ".tmp");
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        file.close();
        std::rename(QFile::encodeName(path + ".tmp").constData(), QFile::encodeName(path).constData());
    }
    QString m_folder;
    int m_epochs;
};
