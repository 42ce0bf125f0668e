// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Values that the HUB side hands to the window and the command line. Copy them freely between threads.

#include <QtCore/QDateTime>
#include <QtCore/QJsonObject>
#include <QtCore/QMetaType>
#include <QtCore/QString>
#include <QtCore/QUrl>
#include <QtCore/QVector>

#include <chrono>
#include <optional>

namespace torchdeck::hub {

/// Monotonic time point of the injected Clock; deadlines are stored as these, never as counters.
using TimePoint = std::chrono::steady_clock::time_point;

/// Where to sync and how often. The key travels only in memory and in the request header.
struct HubOptions {
    bool enabled = true;
    QUrl apiRoot; ///< ULTRALYTICS_HUB_API
    QUrl webRoot; ///< ULTRALYTICS_HUB_WEB
    QString apiKey; ///< HUB_API_KEY; header x-api-key
    bool usageEvents = false;
    qint64 bytesPerSecond = 0; ///< limit for uploads of files; 0 = none
    QString caFile; ///< PEM with certificates trusted besides the system's; empty = none
    QUrl proxy; ///< http://HOST:PORT or socks5://HOST:PORT, with a user where it asks for one; empty = none
    qint64 queueBytes = 0; ///< waiting checkpoints beyond this are dropped, oldest first; 0 = no limit
    std::chrono::milliseconds metricsInterval { 3'000 }; ///< at most one metrics request in this time
    std::chrono::milliseconds checkpointInterval { 900'000 };
    std::chrono::milliseconds heartbeatInterval { 300'000 };
};

/// What HUB's model creation needs to know of a run. Names only: no path ever leaves the machine.
struct RunDescription {
    quint64 run = 0;
    QString runFolder; ///< local, keeps the model id for resume; never sent
    QString modelName; ///< meta.name, e.g. "train3"
    QString architecture; ///< "yolov8n"
    QString parent; ///< checkpoint's file name when fine-tuning, else empty
    QString datasetName;
    int epochs = 0, batch = 0, imgsz = 0, patience = 0;
    QString device, cache;
};

/// State of the HUB session as a whole, worded in the panel.
enum class SessionState {
    Off, ///< the toggle is off
    Idle, ///< on, nothing trains, queue empty
    Connecting, ///< checking the key or creating the model
    Syncing, ///< a run is live and the server answers
    Finishing, ///< run ended, the rest is being sent
    Done, ///< everything confirmed on the server
    WaitingForServer, ///< unreachable or 5xx: retrying
    RateLimited, ///< 429: waiting for the server's own time
    Offline, ///< this machine has no network: nothing is tried until it is back
    BadKey, ///< 401/403: paused until the key changes
};

/// One of the three visible countdowns.
struct Countdown {
    std::optional<TimePoint> deadline; ///< nothing = not running
    std::chrono::milliseconds interval { 0 }; ///< the ring's full circle
    int waiting = 0; ///< things that will go out then (epochs, checkpoints)
    QString cause; ///< words when the server set the time ("HUB asked to wait"), else empty
};

struct SessionStatus {
    SessionState state = SessionState::Off;
    QString message; ///< one sentence for people
    QString modelId;
    QUrl modelUrl; ///< WEB/models/ID
    Countdown metrics, checkpoint, heartbeat;
    int epochsSynced = 0; ///< of the live run, confirmed by the server
    int pending = 0; ///< items in the upload queue
    int failed = 0; ///< of them, with an error
    int dropped = 0; ///< checkpoints that HubOptions::queueBytes cost since the start
    qint64 queueBytes = 0; ///< that limit
    QUrl apiRoot;
};

enum class UploadKind { CreateModel, Metrics, Checkpoint, FinalModel, UsageEvent };

enum class UploadState {
    Waiting, ///< for its turn or its interval
    Sending,
    Retrying, ///< failed, will be tried again at nextTry
    NeedsKey, ///< 401/403
    Failed, ///< permanent: only "Retry now" sends it again
    Paused,
    Offline, ///< waits for the network
};

enum class ErrorCategory { None, Auth, Limited, Transient, Permanent, Local };

/// One row of the upload queue.
struct UploadItem {
    qint64 id = 0; ///< journal key
    UploadKind kind = UploadKind::Metrics;
    UploadState state = UploadState::Waiting;
    QString title; ///< "Metrics, epochs 12-14", "Best model", "Checkpoint, epoch 20"
    QString runName; ///< which run it belongs to
    QString modelId; ///< empty while the model is not created yet
    int attempts = 0;
    ErrorCategory category = ErrorCategory::None;
    int httpStatus = 0; ///< 0 = no answer
    QString error; ///< in words: what happened and what will happen next
    QDateTime lastTry; ///< local time; invalid = never
    std::optional<TimePoint> nextTry;
    qint64 bytesSent = 0, bytesTotal = 0; ///< of the current attempt
    double bytesPerSecond = 0; ///< over the last seconds; 0 = not known yet
    std::optional<std::chrono::seconds> timeLeft; ///< at that speed
    QDateTime created;
    bool uploaded = false; ///< FinalModel: the server took it; reading it back is what is left
};

/// Answer of the settings dialog's Test button.
struct TestResult {
    bool reachable = false;
    bool keyAccepted = false;
    int httpStatus = 0;
    QString message; ///< one sentence
};

/// One request as it goes over the wire, for the "What is sent" page; without the key's value.
struct SentExample {
    QString title; ///< when it is sent
    QString request; ///< method, address and headers
    QString body;
    bool usage = false; ///< a usage event: only where the user turned them on
};

} // namespace torchdeck::hub

Q_DECLARE_METATYPE(torchdeck::hub::SessionStatus)
Q_DECLARE_METATYPE(torchdeck::hub::UploadItem)
Q_DECLARE_METATYPE(torchdeck::hub::TestResult)
