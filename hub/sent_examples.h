// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/hub_protocol.h"

namespace torchdeck::hub {

/// Every kind of request that a run makes, as the protocol adapter builds it: what "What is sent" shows. The key's
/// value is left out. Pure.
[[nodiscard]] QVector<SentExample> sentExamples(const HubProtocol &protocol, const Account &account,
                                                const RunDescription &run, int epoch, const QJsonObject &metrics,
                                                const QString &agent);
[[nodiscard]] SentExample sentExample(const QString &title, const WireRequest &request);

} // namespace torchdeck::hub
