// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"
#include "hub/request_log.h"

#include <QtCore/QObject>

#include <functional>
#include <memory>

class QNetworkAccessManager;

namespace torchdeck::hub {

class ModelFetch;

/// The whole HUB client behind one object: session, limiter, upload queue, journal, heartbeats. The app's
/// HubBridge translates the nine lifecycle callbacks into these calls; window and command line show its
/// values. Lives on the main thread; every call returns at once. Nothing here ever blocks or stops training.
class HubService : public QObject {
    Q_OBJECT
public:
    struct Config {
        QString journalFile; ///< SQLite, created when missing; snapshots of checkpoints live in a folder
                             ///< beside it
        std::shared_ptr<Clock> clock; ///< null = systemClock()
        QNetworkAccessManager *network = nullptr; ///< not owned; null = an own one
        QString agentName; ///< heartbeats: "torchdeck/0.1.0 (Linux)"; no host name, no user name
        /// Is there a network? Null = asks the system, or assumes so when `network` is a test's.
        std::function<bool()> networkThere;
    };
    explicit HubService(Config config, QObject *parent = nullptr);
    ~HubService() override; ///< journal closed cleanly; unsent items stay for the next start

    /// Empty when the journal works, else one sentence (then items are kept in memory only and the panel says
    /// so).
    [[nodiscard]] QString journalProblem() const;

    /// May be called at any time, also mid-run: enabling back-fills what the run's folder already holds.
    void setOptions(const HubOptions &options);
    [[nodiscard]] HubOptions options() const;

    // The run, as HubBridge reports it. Calls for a run that was never begun are ignored.
    /// Continues the model whose id the run folder keeps (hub.json), else creates one. Works offline: the
    /// creation is itself a queued item.
    void beginRun(const RunDescription &description);
    void startTimers(); ///< "metrics" and "ckpt" start counting now
    /// Metrics of one 0-based epoch; journaled at once, sent by the limiter; a second call for the same epoch
    /// replaces the values. Non-finite numbers are sent as null.
    void addMetrics(int epoch, const QJsonObject &metrics);
    /// last.pt was renamed into place. Sends it when the checkpoint window is open, else when it opens (a
    /// newer one replaces a waiting older one). The file is frozen (hard link or copy) before this returns.
    void modelSaved(int epoch, const QString &lastFile, bool isBest);
    /// Flushes metrics at once, sends best.pt as final, stops heartbeats; state goes to Done only when
    /// confirmed.
    void endRun(const QString &bestFile, double map);
    void abandonRun(const QString &reason); ///< the run failed: flush, stop heartbeats, no final model
    /// A run that ended long ago: its results.csv and `bestFile` become a model (or complete the one that the
    /// folder's hub.json names). Returns a sentence when it cannot: HUB is off, a run is live, nothing to send.
    [[nodiscard]] QString publishRun(const RunDescription &description, const QString &bestFile, double map);
    /// Exactly what a usage event would send, whether they are on or not.
    [[nodiscard]] QByteArray usagePreview(const QString &mode, const QJsonObject &params) const;
    /// Every request that such a run makes, as it would go out with the options of now. Usage events are the caller's
    /// (usagePreview()). Names only: nothing in it is a path.
    [[nodiscard]] QVector<SentExample> sentExamples(const RunDescription &run, int epoch,
                                                    const QJsonObject &metrics) const;
    void usageEvent(const QString &mode,
                    const QJsonObject &params); ///< dropped unless the user turned them on

    /// For going on with a model that exists, as the account of `options`. The caller owns it.
    [[nodiscard]] std::unique_ptr<ModelFetch> fetch(const HubOptions &options);

    // The queue
    [[nodiscard]] QVector<UploadItem> items() const;
    /// What lies in the queue files on disk, also that of a Torchdeck that is running now; sends and changes
    /// nothing.
    [[nodiscard]] static QVector<UploadItem> storedItems(const QString &journalFile);
    [[nodiscard]] SessionStatus status() const;
    /// The last requests of this process (RequestLog::most), oldest first; kept in memory only.
    [[nodiscard]] QVector<RequestRecord> requests() const;
    [[nodiscard]] bool paused() const;
    /// Nothing on the wire and nothing that goes on by itself: items that need the user (a new key, a retry,
    /// another server, "go on" after a pause) do not count.
    [[nodiscard]] bool idle() const;
    [[nodiscard]] bool stored() const; ///< everything given so far is on disk: a kill would lose nothing
    void retryNow(qint64 id);
    void retryAll();
    void discard(qint64 id);
    void setPaused(bool paused);

    /// Reaches `options.apiRoot` with its key (POST /v1/auth), 5 s limit; answers by testFinished().
    void testConnection(const HubOptions &options);

Q_SIGNALS:
    void statusChanged(const torchdeck::hub::SessionStatus &status);
    void itemsChanged(const QVector<torchdeck::hub::UploadItem> &items);
    /// `run` is 0 for a run of an earlier process.
    void modelKnown(quint64 run, const QString &modelId, const QUrl &modelUrl);
    void runConfirmed(quint64 run, const QString &modelId, const QUrl &modelUrl); ///< final model read back
    /// The server's answer to a heartbeat asks to end this run (once a run). Ending it is the app's to do.
    void stopRequested(quint64 run);
    void requestEnded(const torchdeck::hub::RequestRecord &record);
    void drained(); ///< idle() became true
    void testFinished(const torchdeck::hub::TestResult &result);
    void logMessage(const QString &text);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace torchdeck::hub
