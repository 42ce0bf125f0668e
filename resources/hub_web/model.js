// SPDX-License-Identifier: GPL-3.0-or-later
import { LineChart } from './chart.js';
import { ago, bytes, duration, make, makeBar, number, poll, setBadge, setBar } from './common.js';

const id = location.pathname.split('/')[2];
const byId = name => document.getElementById(name);
const values = new Map(); // epoch -> { metric: value }
const charts = new Map();
let rev = 0, model = null, keys = [], showAll = false;

const nice = {
    'precision': 'Precision', 'recall': 'Recall', 'mAP50': 'mAP50', 'mAP50-95': 'mAP50-95',
    'accuracy_top1': 'Top-1', 'accuracy_top5': 'Top-5', 'box_loss': 'Box loss', 'cls_loss': 'Class loss',
    'dfl_loss': 'DFL loss', 'seg_loss': 'Mask loss', 'pose_loss': 'Pose loss', 'kobj_loss': 'Key-point loss',
};
const kinds = { B: 'Box', M: 'Mask', P: 'Pose', '': '' };
const metricColor = { 'precision': 2, 'recall': 3, 'mAP50': 4, 'mAP50-95': 1 };
const paramNames = {
    batchSize: 'Batch', batch: 'Batch', epochs: 'Epochs', imageSize: 'Image size', imgsz: 'Image size', patience: 'Patience',
    device: 'Device', cache: 'Cache', architecture: 'Architecture', parent: 'Started from',
    'model/parameters': 'Parameters', 'model/GFLOPs': 'GFLOPs', 'model/speed_PyTorch(ms)': 'Speed (ms)',
};

const scoreOrder = ['precision', 'recall', 'mAP50', 'mAP50-95'];

/// One learning rate for all parameter groups needs one line.
function sameRates(names) {
    const rates = names.filter(n => n.startsWith('lr/'));
    return rates.length > 1 && [...values.values()].every(entry => rates.every(n => entry[n] === entry[rates[0]]));
}

/// Which charts these metrics make: scores per kind, one for each loss (train and val together), learning rates.
function plan(names) {
    const groups = new Map();
    const put = (group, title, line, unit) => {
        if (!groups.has(group))
            groups.set(group, { title, unit, lines: [] });
        groups.get(group).lines.push(line);
    };
    const oneRate = sameRates(names);
    for (const key of names) {
        const [family, rest] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
        const [, base, kind] = rest.match(/^(.*?)(?:\(([A-Z])\))?$/);
        if (family === 'lr' && oneRate && groups.has('2lr'))
            continue;
        if (family === 'metrics')
            put('0' + (kind || ''), [kinds[kind || ''], 'Metrics'].filter(Boolean).join(' '),
                { key, label: nice[base] || base, color: metricColor[base] || 1 + names.indexOf(key) % 4 }, true);
        else if (family === 'train' || family === 'val')
            put('1' + rest, nice[rest] || rest, { key, label: family === 'train' ? 'Train' : 'Val', color: family === 'train' ? 1 : 2 }, false);
        else if (family === 'lr')
            put('2lr', 'Learning rate', { key, label: oneRate ? 'all groups' : rest, color: 1 + (parseInt(rest.replace(/\D/g, ''), 10) || 0) % 4 }, false);
    }
    if ([...groups.keys()].filter(g => g[0] === '0').length === 1)
        [...groups.values()].find(g => g.unit).title = 'Metrics';
    return [...groups.entries()].sort((a, b) => a[0] < b[0] ? -1 : 1);
}

function drawCharts(epochs) {
    const names = new Set();
    for (const entry of values.values())
        for (const key in entry)
            if (typeof entry[key] === 'number' && key.includes('/') && !key.startsWith('model/'))
                names.add(key);
    const order = ['train', 'val', 'metrics', 'lr'];
    const place = key => order.indexOf(key.split('/')[0]) * 100 + scoreOrder.indexOf(key.replace(/^metrics\/|\([A-Z]\)$/g, ''));
    keys = [...names].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    const wanted = plan(keys);
    const shape = JSON.stringify(wanted);
    if (shape !== charts.shape) {
        charts.shape = shape;
        charts.clear();
        byId('charts').replaceChildren();
        for (const [group, { title, unit, lines }] of wanted) {
            const chart = new LineChart(title, lines, unit);
            chart.box.classList.toggle('full', group[0] === '0');
            charts.set(group, chart);
            byId('charts').append(chart.box);
        }
    }
    for (const chart of charts.values())
        chart.update(epochs, values);
}

function heading(key) {
    const [family, rest] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
    const [, base, kind] = rest.match(/^(.*?)(?:\(([A-Z])\))?$/);
    const several = new Set(keys.filter(k => k.startsWith('metrics/')).map(k => k.slice(-3))).size > 1 && kind && keys.some(k => k.endsWith('(M)') || k.endsWith('(P)'));
    if (family === 'train' || family === 'val')
        return family + ' ' + (nice[rest] || rest).toLowerCase().replace(' loss', '').replace('dfl', 'DFL');
    return family === 'lr' ? 'lr ' + rest : (nice[base] || base) + (several ? ' ' + kinds[kind].toLowerCase() : '');
}

function drawTable(epochs) {
    const box = byId('epochs');
    box.hidden = epochs.length === 0;
    const shown = showAll ? epochs : epochs.slice(-30);
    byId('allrows').hidden = epochs.length <= 30;
    byId('allrows').textContent = showAll ? 'Show the last 30' : 'Show all ' + epochs.length;
    const head = make('tr');
    head.append(make('th', '', 'Epoch'), ...keys.map(key => make('th', '', heading(key))));
    box.querySelector('thead').replaceChildren(head);
    const rows = shown.slice().reverse().map(epoch => {
        const row = make('tr', epoch === model.best_epoch ? 'best' : '');
        row.append(make('th', '', epoch + 1), ...keys.map(key => make('td', '', number(values.get(epoch)[key]))));
        return row;
    });
    box.querySelector('tbody').replaceChildren(...rows);
}

function tile(label, value, note, bar) {
    const box = make('div', 'card tile');
    box.append(make('span', 'muted', label), make('strong', '', value));
    if (bar)
        box.append(bar);
    box.append(make('small', 'muted', note || '\u00a0'));
    return box;
}

function pace() {
    return model.ms_per_epoch / 1000; // of the latest epochs, as the server received them
}

function drawTiles() {
    const bar = makeBar();
    const finished = model.state === 'finished';
    setBar(bar, finished ? 1 : model.epochs / (model.planned || model.epochs || 1));
    bar.classList.toggle('done', finished);
    const left = Math.max(0, model.planned - model.epochs) * pace();
    const stoppedEarly = finished && model.planned && model.epochs < model.planned;
    const tiles = [
        tile('Best mAP50-95', number(model.best_map), model.files.best?.final && model.best_map === model.files.best.map ? 'final model' : model.best_epoch !== null ? 'epoch ' + (model.best_epoch + 1) : 'no epoch yet'),
        tile('Epochs', model.epochs + (model.planned ? ' / ' + model.planned : ''), stoppedEarly ? 'stopped early' : model.planned ? Math.round(100 * Math.min(1, model.epochs / model.planned)) + ' %' : '', bar),
        tile(finished ? 'Time per epoch' : 'Time left', finished ? (pace() ? duration(pace()) : '–')
            : model.state === 'live' && left ? (left < 1 ? '' : '≈ ') + duration(left) : '–',
            finished ? 'total ' + duration((model.last_metrics - model.first_metrics) / 1000 || 0) : pace() ? duration(pace()) + ' per epoch' : ''),
        tile('Last update', ago(model.updated), new Date(model.updated).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })),
    ];
    byId('tiles').replaceChildren(...tiles);
}

function drawFiles() {
    const cards = [];
    for (const [role, text] of [['best', 'Best'], ['last', 'Last']]) {
        const file = model.files[role];
        if (!file)
            continue;
        const box = make('div', 'file');
        const head = make('div', 'filehead');
        const link = make('a', 'button' + (role === 'best' ? ' primary' : ''), 'Download');
        link.href = file.url;
        link.setAttribute('download', file.name);
        link.setAttribute('aria-label', 'Download ' + file.name);
        const name = make('div');
        name.append(make('b', '', file.name), make('small', 'muted',
            [bytes(file.size), file.final ? 'final' : file.epoch !== null ? 'epoch ' + (file.epoch + 1) : text].join(' · ')));
        head.append(name, link);
        const sum = make('code', 'sum', file.sha256);
        sum.title = 'SHA-256, click to select';
        box.append(head, make('small', 'muted', 'SHA-256'), sum);
        cards.push(box);
    }
    if (!cards.length)
        cards.push(make('p', 'muted', 'None yet. Checkpoints come with the first upload.'));
    byId('filelist').replaceChildren(...cards);
}

function drawParams() {
    const all = new Map();
    const lineage = model.lineage || {};
    all.set('architecture', lineage.architecture?.name);
    all.set('parent', lineage.parent?.name);
    for (const source of [model.config, model.train_args])
        for (const key in source || {})
            if (![...all.keys()].some(k => (paramNames[k] || k) === (paramNames[key] || key)))
                all.set(key, source[key]);
    for (const key in values.get(0) || {})
        if (key.startsWith('model/'))
            all.set(key, values.get(0)[key]);
    const list = byId('params').querySelector('dl');
    list.replaceChildren();
    for (const [key, value] of all) {
        if (value === undefined || value === null || value === '')
            continue;
        const text = typeof value === 'object' ? JSON.stringify(value)
            : typeof value === 'number' && Number.isInteger(value) && value > 99999 ? value.toLocaleString() : typeof value === 'number' ? String(parseFloat(value.toPrecision(5))) : String(value);
        list.append(make('dt', '', paramNames[key] || key), make('dd', '', text));
    }
    byId('params').hidden = !list.children.length;
}

function draw() {
    const epochs = [...values.keys()].sort((a, b) => a - b);
    document.title = (model.name || 'Unnamed model') + ' · Torchdeck HUB';
    byId('name').textContent = model.name || 'Unnamed model';
    setBadge(byId('state'), model.state);
    byId('origin').textContent = [model.architecture, model.dataset && 'on ' + model.dataset,
        'created ' + new Date(model.created).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })].filter(Boolean).join(' · ');
    byId('waiting').hidden = epochs.length > 0;
    drawTiles();
    drawFiles();
    drawParams();
    return epochs;
}

poll(() => '/web/api/models/' + encodeURIComponent(id) + '?after=' + rev, answer => {
    model = answer.model;
    if (answer.after === 0)
        values.clear();
    for (const [epoch, entry] of answer.epochs)
        values.set(epoch, entry);
    rev = answer.rev;
    const epochs = draw();
    if (answer.epochs.length || answer.after === 0) {
        drawCharts(epochs);
        drawTable(epochs);
    }
});

byId('allrows').addEventListener('click', () => {
    showAll = !showAll;
    drawTable([...values.keys()].sort((a, b) => a - b));
});
byId('filelist').addEventListener('click', event => {
    if (event.target.classList.contains('sum'))
        getSelection().selectAllChildren(event.target);
});
setInterval(() => model && !document.hidden && drawTiles(), 5000);
