// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"
#include "torchdeck/engine/run_event.h"
#include "ui/charts/chart_card.h"

#include <QtCore/QTimer>

#include <array>

class QGridLayout;

namespace torchdeck::ui {

/// The four live charts of a run on axes of their own: losses per batch, losses per epoch, metrics, learning
/// rate. Events only fill fixed-size buffers; a chart that changed is redrawn ten times a second at most, and
/// only one in a turn of the event loop, so that no turn is long.
class RunCharts : public QWidget {
    Q_OBJECT
public:
    enum Chart { BatchLoss, EpochLoss, Metrics, LearningRate, ChartCount };
    static constexpr std::chrono::milliseconds refreshInterval { 100 };

    explicit RunCharts(QWidget *parent = nullptr);

    void startRun(); ///< empties everything
    void addBatch(const engine::BatchEnd &event);
    void addEpoch(const engine::FitEpochEnd &event);
    void addEvent(const engine::RunEvent &event); ///< a labelled vertical line in every chart
    void setSmoothing(double weight); ///< of the batch losses, in [0, 1); 0 = raw values only
    [[nodiscard]] double smoothing() const { return m_smoothing; }
    void refreshNow(); ///< draws all that is pending without waiting for the timer

    [[nodiscard]] LineChart *chart(Chart which) const { return m_cards[which]->chart(); }
    [[nodiscard]] ChartCard *card(Chart which) const { return m_cards[which]; }
    [[nodiscard]] LegendRow *legend(Chart which) const { return m_cards[which]->legend(); }
    [[nodiscard]] quint64 refreshes() const { return m_refreshes; } ///< redraws of single charts so far
    [[nodiscard]] std::size_t batchPoints() const { return m_raw[0].count(); }
    [[nodiscard]] int columns() const { return m_columns; }

Q_SIGNALS:
    void notice(const QString &sentence, bool error);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    static constexpr std::size_t buckets = 512;
    static constexpr std::size_t batchBuckets = 8192; ///< detail that zooming shows; under 1 MiB a line
    void buildBatchLoss();
    void buildEpochLoss();
    void buildMetrics();
    void buildLearningRate();
    void linkCharts();
    void arrange(int columns);
    void markDirty(Chart which);
    void markAllDirty();
    void refreshNext();
    void draw(Chart which);
    void drawBatchLoss();
    void drawEpochs(Chart which);

    std::array<ChartCard *, ChartCount> m_cards {};
    std::array<bool, ChartCount> m_dirty {};
    QGridLayout *m_grid;
    int m_columns = 0;
    QTimer m_timer;
    int m_slot = 0; ///< whose turn it is
    quint64 m_refreshes = 0;

    std::vector<ChartMarker> m_markers;
    double m_smoothing = 0.92;
    std::array<SeriesBuffer, 3> m_raw { SeriesBuffer(batchBuckets), SeriesBuffer(batchBuckets),
                                        SeriesBuffer(batchBuckets) }; ///< box, cls, dfl of each batch
    SeriesBuffer m_batchRate { batchBuckets };
    std::array<SeriesBuffer, 6> m_epochLoss; ///< train box, cls, dfl, then val
    std::array<SeriesBuffer, 4> m_metrics; ///< P, R, mAP50, mAP50-95
    std::array<SeriesBuffer, 3> m_rates; ///< pg0..2
};

} // namespace torchdeck::ui
