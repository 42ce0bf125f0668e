// SPDX-License-Identifier: GPL-3.0-or-later
// What a run was trained with, as it told the HUB.

export const argumentLabels = {
    batchSize: 'Batch', batch: 'Batch', epochs: 'Epochs', imageSize: 'Image size', imgsz: 'Image size', patience: 'Patience',
    device: 'Device', cache: 'Cache', architecture: 'Architecture', parent: 'Started from', dataset: 'Dataset',
    'model/parameters': 'Parameters', 'model/GFLOPs': 'GFLOPs', 'model/speed_PyTorch(ms)': 'Speed (ms)',
};

function text(value) {
    if (value === undefined || value === null || value === '')
        return '';
    if (typeof value === 'object')
        return JSON.stringify(value);
    if (typeof value !== 'number')
        return String(value);
    return Number.isInteger(value) ? (value > 99999 ? value.toLocaleString() : String(value)) : String(parseFloat(value.toPrecision(5)));
}

/// label -> text, in the order in which people ask; each label once, what is empty left out. `first`: the values of epoch 0.
export function argumentsOf(model, first, withDataset) {
    const lineage = model.lineage || {};
    const sources = [{ architecture: lineage.architecture?.name, parent: lineage.parent?.name,
        dataset: withDataset ? model.dataset : undefined }, model.config, model.train_args];
    const facts = {};
    for (const key in first || {})
        if (key.startsWith('model/'))
            facts[key] = first[key];
    const all = new Map();
    for (const source of [...sources, facts])
        for (const [key, value] of Object.entries(source && typeof source === 'object' ? source : {})) {
            const label = argumentLabels[key] || key;
            if (!all.get(label) && text(value) !== '')
                all.set(label, text(value));
        }
    return all;
}

/// Rows of [label, texts] for the arguments that are not the same in all of `models`; '' where one did not tell.
export function differences(all) {
    const labels = new Set(all.flatMap(one => [...one.keys()]));
    return [...labels].map(label => [label, all.map(one => one.get(label) || '')])
        .filter(([, texts]) => new Set(texts).size > 1);
}
