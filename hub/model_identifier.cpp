// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/model_identifier.h"

#include "hub/hub_protocol.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QUrlQuery>

namespace torchdeck::hub {

std::optional<ModelIdentifier> parseModelIdentifier(const QString &text, const QUrl &webRoot)
{
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    if (!url.isValid() || !web || url.host().isEmpty() || !url.userInfo().isEmpty())
        return std::nullopt;
    static const QRegularExpression form(QStringLiteral("^(.*)/models/([A-Za-z0-9_-]{1,128})/?$"));
    const auto match = form.match(url.path());
    if (!match.hasMatch())
        return std::nullopt;
    ModelIdentifier id;
    id.model = match.captured(2);
    id.webRoot = url.adjusted(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment);
    id.webRoot.setPath(match.captured(1));
    if (!webRoot.isEmpty()) {
        auto base = webRoot.path();
        if (base.endsWith(QLatin1Char('/')))
            base.chop(1);
        if (!sameServer(id.webRoot, webRoot) || id.webRoot.path() != base)
            return std::nullopt;
    }
    id.key = QUrlQuery(url).queryItemValue(QStringLiteral("api_key"), QUrl::FullyDecoded);
    return id;
}

} // namespace torchdeck::hub
