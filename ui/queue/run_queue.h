// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QThreadPool>

#include <optional>

namespace torchdeck::ui {

enum class QueueState { Waiting, Running, Done, Failed };

struct QueuedRun {
    QString title; ///< "yolov8n, shapes, 30 epochs"
    engine::TrainConfig config;
    QueueState state = QueueState::Waiting;
    QString message; ///< how it ended
};

/// Runs to train one after the other. The order is changed by moving rows; every change is written to a file (by
/// rename, off the main thread), and what waits is there again at the next start. A run started directly stands in
/// the list as well. Main thread.
class RunQueue : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { StateRole = Qt::UserRole + 1, DetailRole, MessageRole };

    explicit RunQueue(QObject *parent = nullptr);
    ~RunQueue() override; ///< waits until the file is written

    /// Reads the file and keeps to it. A problem sentence, or empty; a file that cannot be understood is kept aside.
    [[nodiscard]] QString open(const QString &file);

    void add(const engine::TrainConfig &config);
    void remove(int row); ///< not the running one
    [[nodiscard]] bool replace(int row, const engine::TrainConfig &config); ///< false: it waits no longer
    void move(int from, int to); ///< waiting ones only
    void clearEnded();
    [[nodiscard]] const QueuedRun &item(int row) const { return m_items[row]; }
    [[nodiscard]] int waiting() const;
    [[nodiscard]] bool running() const;

    /// The first waiting run becomes the running one; nothing when none waits or one runs.
    [[nodiscard]] std::optional<engine::TrainConfig> takeNext();
    void startedDirectly(const engine::TrainConfig &config); ///< the form's Start
    void ended(bool good, const QString &message);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData *mimeData(const QModelIndexList &indexes) const override;
    bool dropMimeData(const QMimeData *data, Qt::DropAction action, int row, int column,
                      const QModelIndex &parent) override;

    void flush() { m_writer.waitForDone(); }

Q_SIGNALS:
    void changed();
    void problem(const QString &sentence);

private:
    void store();
    [[nodiscard]] int firstWaiting() const;

    QVector<QueuedRun> m_items;
    QString m_file;
    QThreadPool m_writer; ///< one thread: writes stay in order
};

} // namespace torchdeck::ui
