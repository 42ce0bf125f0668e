// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/hub_service.h"

namespace torchdeck::app {

/// What HubBridge says to the HUB client; HubService behind it, or a recorder in tests.
class HubSink {
public:
    virtual ~HubSink() = default;
    [[nodiscard]] virtual bool enabled() const = 0; ///< the toggle
    [[nodiscard]] virtual bool hasKey() const = 0;
    virtual void beginRun(const hub::RunDescription &description) = 0;
    virtual void startTimers() = 0;
    virtual void addMetrics(int epoch, const QJsonObject &metrics) = 0;
    virtual void modelSaved(int epoch, const QString &lastFile, bool isBest) = 0;
    virtual void endRun(const QString &bestFile, double map) = 0;
    virtual void abandonRun(const QString &reason) = 0;
    virtual void usageEvent(const QString &mode, const QJsonObject &params) = 0;
};

/// HubService as a HubSink.
class HubServiceSink : public HubSink {
public:
    explicit HubServiceSink(hub::HubService &service)
        : m_service(service)
    {
    }
    [[nodiscard]] bool enabled() const override { return m_service.options().enabled; }
    [[nodiscard]] bool hasKey() const override { return !m_service.options().apiKey.isEmpty(); }
    void beginRun(const hub::RunDescription &description) override { m_service.beginRun(description); }
    void startTimers() override { m_service.startTimers(); }
    void addMetrics(int epoch, const QJsonObject &metrics) override { m_service.addMetrics(epoch, metrics); }
    void modelSaved(int epoch, const QString &file, bool best) override
    {
        m_service.modelSaved(epoch, file, best);
    }
    void endRun(const QString &bestFile, double map) override { m_service.endRun(bestFile, map); }
    void abandonRun(const QString &reason) override { m_service.abandonRun(reason); }
    void usageEvent(const QString &mode, const QJsonObject &params) override
    {
        m_service.usageEvent(mode, params);
    }

private:
    hub::HubService &m_service;
};

} // namespace torchdeck::app
