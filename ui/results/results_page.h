// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/results/export_format.h"
#include "ui/results/run_results.h"

#include <QtWidgets/QWidget>

#include <array>

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTabWidget;

namespace torchdeck::ui {

class ElidedLabel;
class EpochView;
class FactTile;
class ImageBrowser;
class PinnedView;
class RunCharts;
class StateBadge;
class TryModel;

/// What a run came to: its numbers, curves of every epoch, the images it does worst on, and the model to try.
/// Shows any run folder; files are read on another thread.
class ResultsPage : public QWidget {
    Q_OBJECT
public:
    enum Tab { CurvesTab, PinnedTab, WorstTab, TryTab };
    enum Tile { Map5095, Map50, Precision, Recall, Best, Time, TileCount };

    explicit ResultsPage(QWidget *parent = nullptr);
    /// Reads it anew. `justEnded`: this window's own run; a folder that is gone is no news.
    void showRun(const QString &folder, bool justEnded = false);
    void setModelUrl(const QString &folder, const QUrl &url); ///< of the run shown, once HUB has it
    void writeReport(const QString &file); ///< told by notice() when done
    void showTab(Tab tab);
    void setExportEnded(const ExportWish &wish, const QString &problem); ///< told by notice()

    [[nodiscard]] QString folder() const { return m_folder; }
    [[nodiscard]] bool hasRun() const { return m_results.found; }
    [[nodiscard]] const RunResults &results() const { return m_results; }
    [[nodiscard]] TryModel *tryModel() const { return m_try; }
    [[nodiscard]] EpochView *epochs() const { return m_epochs; }
    [[nodiscard]] PinnedView *pinned() const { return m_pinned; }
    [[nodiscard]] ImageBrowser *worst() const { return m_worst; }
    [[nodiscard]] FactTile *tile(Tile which) const { return m_tiles[which]; }
    [[nodiscard]] QPushButton *viewButton() const { return m_view; }
    [[nodiscard]] QPushButton *exportButton() const { return m_export; }
    [[nodiscard]] QPushButton *reportButton() const { return m_report; }

Q_SIGNALS:
    void loaded(const QString &folder);
    void openFolderRequested(const QString &folder);
    void openUrlRequested(const QUrl &url);
    void notice(const QString &sentence, bool error);
    void exportRequested(const torchdeck::ui::ExportWish &wish); ///< the app answers with setExportEnded()

private:
    [[nodiscard]] QWidget *buildHead();
    [[nodiscard]] QWidget *buildEmptyState();
    void fill();
    void askReport();
    void buildExport();
    void askExport(const ExportFormat &format);
    void updateExport();

    QString m_folder;
    int m_reading = 0; ///< number of the newest folder asked for
    RunResults m_results;
    QStackedWidget *m_pages;
    QLabel *m_empty;
    ElidedLabel *m_title;
    ElidedLabel *m_subtitle;
    StateBadge *m_state;
    QPushButton *m_view;
    QPushButton *m_copy;
    QPushButton *m_open;
    QPushButton *m_report;
    QPushButton *m_export;
    QProgressBar *m_exporting; ///< its length is not known beforehand
    int m_exports = 0; ///< under way
    std::array<FactTile *, TileCount> m_tiles {};
    QTabWidget *m_tabs;
    EpochView *m_epochs;
    PinnedView *m_pinned;
    ImageBrowser *m_worst;
    QLabel *m_worstWords;
    TryModel *m_try;
};

} // namespace torchdeck::ui
