// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/router.h"

namespace torchdeck::hub::server {

/// Answers with `body`, or 304 when the browser has just that.
void sendTagged(Call &call, const QByteArray &type, const QByteArray &body);

/// JSON that the pages ask for: the list, one model, several models to compare.
void addWebDataRoutes(Router &router, const Api &api);

} // namespace torchdeck::hub::server
