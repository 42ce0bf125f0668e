// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "app/hub_dataset.h"
#include "hub/model_fetch.h"
#include "hub/model_identifier.h"
#include "torchdeck/engine/train_config.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QSet>

namespace torchdeck::app {

class HubHost;

/// `model=WEB/models/ID`: reads the model, takes its arguments, fetches its weights and data set, and makes the
/// configuration that goes on with it. The run folder is made here with the model's id in its hub.json, so that the run
/// syncs to that model. One object, one load; main thread, nothing blocks.
class HubModel : public QObject {
    Q_OBJECT
public:
    struct Wish {
        hub::ModelIdentifier model;
        engine::TrainConfig config; ///< what was asked for; `model` is replaced
        QSet<QString> given; ///< arguments said explicitly: the model's own do not replace them
        QString datasets; ///< folder for data sets
        QString weights; ///< folder for weights to start from
    };
    HubModel(HubHost &host, Wish wish, QObject *parent = nullptr);
    ~HubModel() override; ///< cancels; half a download leaves nothing

    void start(); ///< the host is resolved. Answered by ready() or failed(), never from inside
    void cancel(); ///< neither comes any more

    /// Text that is meant as a model's address: nothing for a file name; an identifier without id when it is no
    /// proper one.
    [[nodiscard]] static bool looksLikeAddress(const QString &model);

Q_SIGNALS:
    void progress(const QString &sentence); ///< a few times a second at most
    void note(const QString &sentence);
    void ready(const torchdeck::engine::TrainConfig &config);
    void failed(const QString &sentence, const QString &field);

private:
    void read(const hub::ModelFacts &facts);
    void takeArguments();
    void fetchDataset();
    void datasetHere(const HubDataset &dataset);
    void fetchWeights();
    void downloaded(const QString &file);
    void goOn();
    [[nodiscard]] bool makeRunFolder();
    void fail(const QString &sentence, const QString &field = QStringLiteral("model"));
    void tell(const QString &what, qint64 done, qint64 total);

    enum class Step { Model, Dataset, Weights } m_step = Step::Model;
    HubHost &m_host;
    Wish m_wish;
    hub::ModelFacts m_facts;
    std::unique_ptr<hub::ModelFetch> m_fetch;
    std::shared_ptr<std::stop_source> m_stop = std::make_shared<std::stop_source>();
    QString m_runFolder; ///< made by us, removed when the load fails
    QElapsedTimer m_lastTold;
    bool m_over = false;
    Background m_background; ///< last: its jobs end before the rest goes
};

} // namespace torchdeck::app
