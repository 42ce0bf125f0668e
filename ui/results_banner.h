// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"
#include "torchdeck/engine/lifecycle.h"
#include "ui/widgets/basics.h"

class QGridLayout;

namespace torchdeck::ui {

/// How the last run ended, in one sentence, with what can be done next. "View model" appears only once the
/// server has confirmed the final model.
class ResultsBanner : public QFrame {
    Q_OBJECT
public:
    explicit ResultsBanner(QWidget *parent = nullptr);

    void hideForNewRun(quint64 run, const QString &folder);
    void showFinished(const engine::Finished &event);
    void showStopped(const engine::Stopped &event);
    void showFailed(const engine::Failed &event);
    void setHub(const hub::SessionStatus &status); ///< decides the words about the upload
    void setUploads(const QVector<hub::UploadItem> &items); ///< finds this run's final model among them
    void setUploadsPaused(bool paused);
    /// Ignored for another run than the one shown.
    void setConfirmed(quint64 run, const QUrl &modelUrl);

    [[nodiscard]] QString headline() const { return m_headline->text(); }
    [[nodiscard]] QString detail() const { return m_detail->text(); }
    [[nodiscard]] bool confirmed() const { return m_confirmed; }
    [[nodiscard]] QPushButton *viewButton() const { return m_view; }

Q_SIGNALS:
    void openUrlRequested(const QUrl &url);
    void openFolderRequested(const QString &folder);
    void resultsRequested(const QString &folder);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    enum class Kind { None, Finished, Stopped, Failed };
    void show(Kind kind, quint64 run, const engine::TrainEnd &end, const QString &headline);
    void updateWords();
    [[nodiscard]] QString uploadWords() const;
    void placeButtons(bool below);

    Kind m_kind = Kind::None;
    quint64 m_run = 0;
    bool m_confirmed = false;
    bool m_hasModel = false;
    bool m_paused = false;
    QString m_advice; ///< what to do, before any word about the upload
    QString m_technical;
    QString m_folder;
    QUrl m_url;
    hub::SessionStatus m_status;
    std::optional<hub::UploadItem> m_final; ///< this run's final model while it waits
    IconLabel *m_icon;
    QLabel *m_headline;
    QLabel *m_detail;
    QPushButton *m_view;
    QPushButton *m_copyLink;
    QPushButton *m_results;
    QPushButton *m_openFolder;
    QPushButton *m_copyDetail;
    IconButton *m_close;
    QWidget *m_buttons;
    QGridLayout *m_grid;
    bool m_buttonsBelow = true;
};

} // namespace torchdeck::ui
