// SPDX-License-Identifier: GPL-3.0-or-later
// The names of Ultralytics' metrics: how to read them, sort them, and which way is better.

const nice = {
    'precision': 'Precision', 'recall': 'Recall', 'mAP50': 'mAP50', 'mAP50-95': 'mAP50-95',
    'accuracy_top1': 'Top-1', 'accuracy_top5': 'Top-5', 'box_loss': 'Box loss', 'cls_loss': 'Class loss',
    'dfl_loss': 'DFL loss', 'seg_loss': 'Mask loss', 'pose_loss': 'Pose loss', 'kobj_loss': 'Key-point loss',
};
const kinds = { B: 'Box', M: 'Mask', P: 'Pose' };
const families = ['metrics', 'best', 'val', 'train', 'lr'];
const scores = ['mAP50-95', 'mAP50', 'precision', 'recall'];

/// "metrics/mAP50(B)" -> family "metrics", base "mAP50", kind "Box". Family "best": of the final model, beside the last epoch.
export function parse(key) {
    const slash = key.indexOf('/');
    const family = key.slice(0, Math.max(0, slash));
    const rest = family === 'best' ? key.slice(slash + 1).replace(/^(metrics|val)\//, '') : key.slice(slash + 1);
    const [, base, kind] = rest.match(/^(.*?)(?:\(([A-Z])\))?$/s);
    return { family, base, kind: kinds[kind] || kind || '', rest };
}

export function baseLabel(key) {
    const { base } = parse(key);
    return nice[base] || base;
}

/// True when `keys` have scores of more than one kind (boxes and masks), so that labels must tell them apart.
export function severalKinds(keys) {
    return new Set(keys.map(key => parse(key).kind).filter(Boolean)).size > 1;
}

export function longLabel(key, several) {
    const { family, kind, rest } = parse(key);
    if (family === 'train' || family === 'val')
        return family + ' ' + baseLabel(key).toLowerCase().replace(' loss', '').replace('dfl', 'DFL');
    if (family === 'lr')
        return 'lr ' + rest;
    return (family === 'best' ? 'final ' : '') + baseLabel(key) + (several && kind ? ' ' + kind.toLowerCase() : '');
}

/// Numbers that a run repeats every epoch: neither "model/...", which describe the network, nor those of the final model.
export function isCurve(key, value) {
    return typeof value === 'number' && key.includes('/') && !key.startsWith('model/') && !key.startsWith('best/');
}

export function metricKeys(entries) {
    const names = new Set();
    for (const entry of entries)
        for (const key in entry)
            if (isCurve(key, entry[key]))
                names.add(key);
    return sorted([...names]);
}

export function sorted(keys) {
    const place = key => {
        const { family, base } = parse(key);
        const at = families.indexOf(family), score = scores.indexOf(base);
        return (at < 0 ? 9 : at) * 100 + (score < 0 ? 50 : score);
    };
    return keys.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/// 1: greater is better, -1: smaller, 0: neither (a learning rate).
export function direction(key) {
    const { family, base } = parse(key);
    return /loss/.test(base) ? -1 : family === 'metrics' || family === 'best' ? 1 : 0;
}
