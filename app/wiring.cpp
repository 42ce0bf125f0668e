// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring.h"

#include "app/hub_bridge.h"
#include "app/hub_host.h"
#include "app/training_controller.h"

namespace torchdeck::app {

namespace {

template <typename Event>
void route(TrainingController &controller, void (TrainingController::*from)(const Event &), HubBridge &bridge,
           void (HubBridge::*to)(const Event &), EventGate &gate)
{
    QObject::connect(&controller, from, &bridge, [&bridge, to, &gate](const Event &event) {
        gate.post([&bridge, to, event] { (bridge.*to)(event); });
    });
}

} // namespace

void connectRunToBridge(TrainingController &controller, HubBridge &bridge, EventGate &gate)
{
    using C = TrainingController;
    using B = HubBridge;
    route(controller, &C::pretrainRoutineStart, bridge, &B::onPretrainRoutineStart, gate);
    route(controller, &C::pretrainRoutineEnd, bridge, &B::onPretrainRoutineEnd, gate);
    route(controller, &C::trainStart, bridge, &B::onTrainStart, gate);
    route(controller, &C::valStart, bridge, &B::onValStart, gate);
    route(controller, &C::predictStart, bridge, &B::onPredictStart, gate);
    route(controller, &C::exportStart, bridge, &B::onExportStart, gate);
    route(controller, &C::fitEpochEnd, bridge, &B::onFitEpochEnd, gate);
    route(controller, &C::modelSave, bridge, &B::onModelSave, gate);
    route(controller, &C::trainEnd, bridge, &B::onTrainEnd, gate);
    route(controller, &C::stopped, bridge, &B::onStopped, gate);
    route(controller, &C::failed, bridge, &B::onFailed, gate);
}

void connectHubToBridge(HubHost &host, HubBridge &bridge, EventGate &gate)
{
    if (host.resolved())
        gate.open();
    QObject::connect(&host, &HubHost::ready, &bridge, [&bridge, &gate] {
        gate.open();
        bridge.onOptionsChanged();
    });
    QObject::connect(&host.service(), &hub::HubService::modelKnown, &bridge, &HubBridge::onModelKnown);
}

} // namespace torchdeck::app
