// SPDX-License-Identifier: GPL-3.0-or-later
import { argumentsOf } from './arguments.js';
import { LineChart } from './chart.js';
import { ChartGroup } from './chart_group.js';
import { ago, bytes, duration, joined, make, makeBar, number, poll, setBadge, setBar, smoothingSlider } from './common.js';
import { baseLabel, longLabel, metricKeys, parse, severalKinds } from './metrics.js';

const id = location.pathname.split('/')[2];
const byId = name => document.getElementById(name);
const values = new Map(); // epoch -> { metric: value }
const charts = new Map();
let rev = 0, model = null, keys = [], showAll = false;

const metricColor = { 'precision': 2, 'recall': 3, 'mAP50': 4, 'mAP50-95': 1 };
const smoothing = smoothingSlider(weight => charts.forEach(chart => chart.setSmoothing(weight)));
const group = new ChartGroup(() => charts.values());
byId('charttools').append(group.button, smoothing.label);

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
    const oneRate = sameRates(names), several = severalKinds(names);
    for (const key of names) {
        const { family, base, kind, rest } = parse(key);
        if (family === 'lr' && oneRate && groups.has('2lr'))
            continue;
        if (family === 'metrics')
            put('0' + kind, several && kind ? kind + ' metrics' : 'Metrics',
                { key, label: baseLabel(key), color: metricColor[base] || 1 + names.indexOf(key) % 4 }, true);
        else if (family === 'train' || family === 'val')
            put('1' + rest, baseLabel(key), { key, label: family === 'train' ? 'Train' : 'Val', color: family === 'train' ? 1 : 2 }, false);
        else if (family === 'lr')
            put('2lr', 'Learning rate', { key, label: oneRate ? 'all groups' : rest, color: 1 + (parseInt(rest.replace(/\D/g, ''), 10) || 0) % 4 }, false);
        else
            put('3' + key, key, { key, label: baseLabel(key), color: 1 }, false);
    }
    return [...groups.entries()].sort((a, b) => a[0] < b[0] ? -1 : 1);
}

function makeChart(place, title, unit, lines) {
    const chart = new LineChart({ title, unit, log: !unit, exact: place === '2lr' });
    chart.box.classList.toggle('full', place[0] === '0');
    chart.box.dataset.chart = place;
    chart.weight = smoothing.weight();
    chart.lines = lines.map(line => ({ ...line, id: line.key, hidden: false }));
    group.add(chart);
    return chart;
}

function drawCharts(epochs) {
    keys = metricKeys(values.values());
    const wanted = plan(keys);
    const shape = JSON.stringify(wanted);
    if (shape !== charts.shape) {
        charts.shape = shape;
        charts.forEach(chart => chart.dispose());
        charts.clear();
        for (const [place, { title, unit, lines }] of wanted) {
            const chart = makeChart(place, title, unit, lines);
            charts.set(place, chart);
            byId('charts').append(chart.box);
        }
    }
    byId('charttools').hidden = !charts.size;
    const x = Float64Array.from(epochs);
    for (const chart of charts.values()) {
        for (const line of chart.lines) {
            line.x = x;
            line.y = Float64Array.from(epochs, epoch => {
                const value = values.get(epoch)[line.key];
                return typeof value === 'number' ? value : NaN;
            });
        }
        const fresh = !chart.series.length;
        chart.setSeries(chart.lines);
        if (fresh)
            chart.showLegend();
    }
}

function drawTable(epochs) {
    const box = byId('epochs');
    box.hidden = epochs.length === 0;
    const several = severalKinds(keys);
    const shown = showAll ? epochs : epochs.slice(-30);
    byId('allrows').hidden = epochs.length <= 30;
    byId('allrows').textContent = showAll ? 'Show the last 30' : 'Show all ' + epochs.length;
    const head = make('tr');
    head.append(make('th', '', 'Epoch'), ...keys.map(key => make('th', '', longLabel(key, several))));
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

function fillList(box, entries) {
    const list = box.querySelector('dl');
    list.replaceChildren(...[...entries].flatMap(([label, text]) => [make('dt', '', label), make('dd', '', text)]));
    box.hidden = !list.children.length;
}

/// What the final model was measured at: sent beside the last epoch, which keeps its own values.
function drawFinal(epochs) {
    const last = epochs.length ? values.get(epochs[epochs.length - 1]) : {};
    const found = Object.keys(last).filter(key => key.startsWith('best/') && parse(key).base !== 'fitness' && typeof last[key] === 'number');
    const several = severalKinds(found);
    fillList(byId('final'), found.map(key => [longLabel(key, several).replace(/^final /, ''), number(last[key])]));
}

function draw() {
    const epochs = [...values.keys()].sort((a, b) => a - b);
    document.title = (model.name || 'Unnamed model') + ' · Torchdeck HUB';
    byId('name').textContent = model.name || 'Unnamed model';
    setBadge(byId('state'), model.state);
    byId('origin').textContent = joined([model.owner, model.architecture, model.dataset && 'on ' + model.dataset,
        'created ' + new Date(model.created).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })]);
    byId('waiting').hidden = epochs.length > 0;
    drawTiles();
    drawFiles();
    fillList(byId('params'), argumentsOf(model, values.get(0)));
    drawFinal(epochs);
    return epochs;
}

poll(async ask => {
    const answer = await ask('/web/api/models/' + encodeURIComponent(id) + '?after=' + rev);
    if (!answer)
        return;
    document.querySelector('.signout').hidden = !answer.signed_in;
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
