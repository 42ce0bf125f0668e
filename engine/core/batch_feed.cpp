// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/batch_feed.h"

#include "engine/core/evaluation.h"

#include <utility>

namespace torchdeck::engine {

BatchFeed::BatchFeed(Loader &loader, const c10::Device &device, bool ahead)
    : m_loader(loader)
    , m_device(device)
    , m_ahead(ahead)
    , m_side(device)
{
}

void BatchFeed::restart()
{
    m_staged.reset();
    m_ended = false;
}

std::optional<FedBatch> BatchFeed::fetch()
{
    auto batch = m_ended ? std::nullopt : m_loader.next();
    if (!batch) {
        m_ended = true;
        return std::nullopt;
    }
    FedBatch fed { std::move(*batch), {} };
    if (m_ahead)
        m_side.run([&] { fed.images = imagesToTensor(fed.batch, m_device); });
    return fed;
}

std::optional<FedBatch> BatchFeed::next()
{
    std::optional<FedBatch> fed = m_staged ? std::exchange(m_staged, std::nullopt) : fetch();
    if (fed && fed->images.defined())
        m_side.join({ fed->images });
    return fed;
}

void BatchFeed::stage()
{
    if (m_ahead && !m_staged)
        m_staged = fetch();
}

} // namespace torchdeck::engine
