// SPDX-License-Identifier: GPL-3.0-or-later
// Any number of models over each other. The address names them (/compare#ID,ID,...), in the order of their colours.
import { argumentsOf, differences } from './arguments.js';
import { LineChart } from './chart.js';
import { ChartGroup } from './chart_group.js';
import { make, number, poll, setBadge, smoothingSlider, states } from './common.js';
import { baseLabel, direction, isCurve, longLabel, parse, severalKinds, sorted } from './metrics.js';
import { lineStyle } from './theme.js';

const PIECE = 50; // models asked for in one request
const ROWS = 100; // of a table, until all are asked for: a thousand would take the page half a second at every epoch
const byId = name => document.getElementById(name);
const runs = new Map(); // id -> Run, in the order of the address
const charts = new Map(); // metric -> chart
const groups = { metrics: 'Metrics', val: 'Losses', train: 'Losses', lr: 'Learning rate' };
const FINAL = 'best/metrics/mAP50-95(B)'; // in the table of best values: of the final model, which has no epoch
let kept = null; // the run that was clicked
let given = 0; // colours given so far
let sortKey = '', allRows = false;
let waiting = 0, drawn = 0, pause = 0;
let meant = null; // the run under the pointer

const smoothing = smoothingSlider(weight => charts.forEach(chart => chart.setSmoothing(weight)));
const group = new ChartGroup(() => charts.values(), { kept: () => kept, onCurve: mean });
byId('charttools').append(group.button, smoothing.label);

class Run {
    constructor(id) {
        Object.assign(this, { id, rev: 0, model: null, missing: false, hidden: false, ...lineStyle(given++) });
        this.entries = new Map(); // epoch -> values
        this.curves = new Map(); // metric -> { x, y }
        this.makeRow();
    }

    get name() {
        return this.missing ? 'Not on this HUB' : this.model?.name || 'Unnamed model';
    }

    makeRow() {
        this.row = make('li', 'run c' + this.color);
        this.toggle = make('button', 'swatch');
        this.toggle.type = 'button';
        this.toggle.append(make('i', ['', 'dashed', 'dotted', 'dashdot'][Math.floor((given - 1) / 8) % 4]));
        this.toggle.addEventListener('click', () => {
            this.hidden = !this.hidden;
            redraw();
        });
        this.link = make('a', 'runname');
        this.link.href = '/models/' + encodeURIComponent(this.id);
        this.note = make('small', 'muted');
        const words = make('div', 'words');
        words.append(this.link, this.note);
        this.away = make('button', 'quiet', '×');
        this.away.type = 'button';
        this.away.addEventListener('click', () => remove(this.id));
        this.row.append(this.toggle, words, this.away);
        this.row.addEventListener('pointerenter', () => highlight(this.id));
        this.row.addEventListener('pointerleave', () => highlight(null));
    }

    showRow() {
        const { model } = this;
        this.link.textContent = this.link.title = this.label;
        this.note.textContent = this.missing ? 'It was deleted, or the address is wrong.' : !model ? 'Loading…'
            : [typeof model.best_map === 'number' ? 'mAP ' + number(model.best_map) : '',
                model.epochs + (model.planned ? '/' + model.planned : ''), states[model.state] || model.state].filter(Boolean).join(' · ');
        this.toggle.setAttribute('aria-pressed', String(!this.hidden));
        this.toggle.setAttribute('aria-label', 'Show ' + this.label);
        this.toggle.title = this.hidden ? 'Show its curves' : 'Hide its curves';
        this.away.setAttribute('aria-label', 'Remove ' + this.label);
        this.row.classList.toggle('off', this.hidden);
        this.row.classList.toggle('kept', kept === this.id);
    }

    take(answer) {
        this.missing = 'missing' in answer;
        if (this.missing) {
            this.curves.clear();
            return;
        }
        this.model = answer.model;
        if (answer.after === 0)
            this.entries.clear();
        for (const [epoch, entry] of answer.epochs)
            this.entries.set(epoch, entry);
        this.rev = answer.rev;
        if (answer.epochs.length || answer.after === 0)
            this.makeCurves();
    }

    makeCurves() {
        const epochs = [...this.entries.keys()].sort((a, b) => a - b);
        const keys = new Set();
        for (const entry of this.entries.values())
            for (const key in entry)
                if (isCurve(key, entry[key]))
                    keys.add(key);
        const x = Float64Array.from(epochs);
        this.curves.clear();
        for (const key of keys)
            this.curves.set(key, { x, y: Float64Array.from(epochs, epoch => {
                const value = this.entries.get(epoch)[key];
                return typeof value === 'number' ? value : NaN;
            }) });
    }

    /// { value, epoch } of the best epoch, or null.
    best(key) {
        if (key === FINAL) {
            const file = this.model?.files.best;
            return file?.final && file.map > 0 ? { value: file.map, epoch: null } : null;
        }
        const curve = this.curves.get(key), sign = direction(key);
        let best = null;
        if (curve && sign)
            for (let i = 0; i < curve.y.length; ++i)
                if (isFinite(curve.y[i]) && (!best || sign * curve.y[i] > sign * best.value))
                    best = { value: curve.y[i], epoch: curve.x[i] };
        return best;
    }
}

function wantedIds() {
    return [...new Set(decodeURIComponent(location.hash.slice(1)).split(',').filter(id => /^[A-Za-z0-9]{1,64}$/.test(id)))];
}

/// Makes `runs` what the address says.
function follow() {
    const ids = wantedIds();
    const old = new Map(runs);
    runs.clear();
    for (const id of ids)
        runs.set(id, old.get(id) || new Run(id));
    if (!runs.has(kept))
        kept = null;
    byId('none').hidden = ids.length > 0;
    byId('all').hidden = byId('charttools').hidden = ids.length === 0;
    byId('choose').href = document.querySelector('.back').href = '/#' + ids.join(',');
    highlight(null);
    redraw();
}

function remove(id) {
    history.replaceState(null, '', '#' + [...runs.keys()].filter(other => other !== id).join(','));
    follow();
}

/// Shows the curve of this run above the others, in every chart.
function highlight(id) {
    for (const chart of charts.values())
        chart.point(null, id ?? kept, false);
}

function mean(id) {
    runs.get(meant)?.row.classList.remove('meant');
    runs.get(id)?.row.classList.add('meant');
    meant = id;
}

function choose(id) {
    kept = id === kept ? null : id;
    for (const chart of charts.values())
        chart.point(chart.at, id ?? kept, chart.tipped);
    runs.forEach(run => run.showRow());
    runs.get(kept)?.row.scrollIntoView({ block: 'nearest' });
}

function section(title) {
    const place = byId(title === 'Metrics' ? 'first' : 'rest');
    const known = [...place.children].find(box => box.firstChild.textContent === title);
    if (known)
        return known.lastChild;
    const box = make('section', 'family');
    const grid = make('div', title === 'Metrics' ? 'charts' : 'charts three');
    box.append(make('h2', '', title), grid);
    place.append(box);
    return grid;
}

/// All metrics of all runs; one learning rate where the parameter groups never differ.
function chartKeys() {
    const keys = sorted([...new Set([...runs.values()].flatMap(run => [...run.curves.keys()]))]);
    const rates = keys.filter(key => key.startsWith('lr/'));
    const same = rates.length > 1 && [...runs.values()].every(({ curves }) => rates.every(key =>
        String(curves.get(key)?.y) === String(curves.get(rates[0])?.y)));
    return same ? keys.filter(key => !rates.includes(key) || key === rates[0]) : keys;
}

function chartTitle(key, keys) {
    const { family, kind } = parse(key);
    if (family === 'lr' && keys.filter(other => other.startsWith('lr/')).length === 1)
        return 'Learning rate';
    const name = baseLabel(key);
    return (family === 'val' ? 'Validation ' + name.replace(/^(Box|Class|Mask|Pose|Key)/, word => word.toLowerCase())
        : family === 'train' ? 'Training ' + name.replace(/^(Box|Class|Mask|Pose|Key)/, word => word.toLowerCase()) : name)
        + (kind && severalKinds(keys) ? ' · ' + kind : '');
}

function makeChart(key, keys) {
    const { family } = parse(key);
    const chart = new LineChart({ title: chartTitle(key, keys), pick: true, log: family !== 'metrics', exact: family === 'lr', height: family === 'metrics' ? 240 : 190 });
    chart.box.dataset.chart = key;
    chart.weight = smoothing.weight();
    chart.chosen = kept;
    group.add(chart);
    chart.onChoose = choose;
    section(groups[family] || 'Other values').append(chart.box);
    return chart;
}

function drawCharts() {
    const keys = chartKeys();
    const shape = JSON.stringify(keys);
    if (shape !== charts.shape) {
        charts.shape = shape;
        charts.forEach(chart => chart.dispose());
        charts.clear();
        byId('first').replaceChildren();
        byId('rest').replaceChildren();
        for (const key of keys)
            charts.set(key, makeChart(key, keys));
        for (const box of document.querySelectorAll('.family')) // a heading over a chart of the same name says nothing
            box.firstChild.hidden = box.lastChild.querySelector('h2').textContent === box.firstChild.textContent;
    }
    for (const [key, chart] of charts)
        chart.setSeries([...runs.values()].filter(run => run.curves.has(key)).map(run => ({
            id: run.id, label: run.label, color: run.color, dash: run.dash, hidden: run.hidden, ...run.curves.get(key),
        })));
}

function nameCell(run) {
    const cell = make('th', 'who c' + run.color);
    cell.append(make('i'), make('span', '', run.label));
    cell.title = run.label;
    return cell;
}

function rank(row, key) {
    const best = row.cells.get(key);
    return best ? direction(key) * best.value : -Infinity;
}

function drawBest(loaded) {
    const keys = sorted([...new Set(loaded.flatMap(run => [...run.curves.keys()]))]).filter(direction);
    if (loaded.some(run => run.best(FINAL)))
        keys.unshift(FINAL);
    byId('best').hidden = !keys.length;
    const several = severalKinds(keys);
    const table = loaded.map(run => ({ run, cells: new Map(keys.map(key => [key, run.best(key)])) }));
    if (keys.includes(sortKey))
        table.sort((a, b) => rank(b, sortKey) - rank(a, sortKey) || 0);
    const head = make('tr');
    head.append(make('th', '', 'Model'), ...keys.map(key => {
        const cell = make('th'), button = make('button', 'quiet', longLabel(key, several));
        button.type = 'button';
        button.dataset.key = key;
        button.title = direction(key) > 0 ? 'Greatest first' : 'Smallest first';
        cell.setAttribute('aria-sort', key !== sortKey ? 'none' : direction(key) > 0 ? 'descending' : 'ascending');
        cell.append(button);
        return cell;
    }));
    const winners = new Map(keys.map(key => {
        const found = table.map(row => row.cells.get(key)?.value).filter(value => value !== undefined);
        return [key, new Set(found).size < 2 ? NaN : direction(key) > 0 ? Math.max(...found) : Math.min(...found)];
    }));
    byId('best').querySelector('thead').replaceChildren(head);
    byId('allrows').hidden = table.length <= ROWS;
    byId('allrows').textContent = allRows ? 'Show the first ' + ROWS : 'Show all ' + table.length;
    byId('best').querySelector('tbody').replaceChildren(...table.slice(0, allRows ? Infinity : ROWS).map(({ run, cells }) => {
        const row = make('tr');
        row.append(nameCell(run), ...keys.map(key => {
            const best = cells.get(key);
            const cell = make('td', best && best.value === winners.get(key) ? 'winner' : '', number(best?.value));
            if (best && best.epoch !== null)
                cell.append(make('small', 'muted', ' @ ' + (best.epoch + 1)));
            return cell;
        }));
        return row;
    }));
}

function drawDifferences(loaded) {
    byId('differ').hidden = loaded.length < 2;
    const all = loaded.map(run => argumentsOf(run.model, run.entries.get(0), true));
    const rows = differences(all);
    const equal = new Set(all.flatMap(one => [...one.keys()])).size - rows.length;
    byId('same').textContent = rows.length ? equal + ' more ' + (equal === 1 ? 'is' : 'are') + ' the same'
        : 'None: all ' + equal + ' arguments that the models told are the same.';
    byId('differ').querySelector('.scroll').hidden = !rows.length;
    const cell = text => {
        const box = make('td', text ? '' : 'muted', text || 'not told');
        box.title = text;
        return box;
    };
    const line = (first, others) => {
        const row = make('tr');
        row.append(first, ...others);
        return row;
    };
    const names = rows.map(([label]) => make('th', '', label));
    const wide = loaded.length > 6; // then the runs stand below each other
    byId('differ').querySelector('thead').replaceChildren(wide ? line(make('th', '', 'Model'), names)
        : line(make('th', '', 'Argument'), loaded.map(nameCell)));
    byId('differ').querySelector('tbody').replaceChildren(...wide
        ? loaded.slice(0, allRows ? Infinity : ROWS).map((run, i) => line(nameCell(run), rows.map(([, texts]) => cell(texts[i]))))
        : rows.map(([, texts], i) => line(names[i], texts.map(cell))));
}

/// Names that several runs share get a part of the id.
function nameRuns() {
    const count = new Map();
    for (const run of runs.values())
        count.set(run.name, (count.get(run.name) || 0) + 1);
    for (const run of runs.values())
        run.label = count.get(run.name) > 1 || run.missing ? run.name + ' · ' + run.id.slice(0, 4) : run.name;
}

function drawNow() {
    const list = byId('runlist');
    nameRuns();
    [...runs.values()].forEach((run, i) => {
        run.showRow();
        if (list.children[i] !== run.row)
            list.insertBefore(run.row, list.children[i] || null);
    });
    while (list.children.length > runs.size)
        list.lastChild.remove();
    const loaded = [...runs.values()].filter(run => run.model && !run.missing);
    const live = loaded.filter(run => run.model.state === 'live').length;
    byId('count').textContent = runs.size === 0 ? '' : runs.size + (runs.size === 1 ? ' model' : ' models')
        + (live ? ', ' + live + ' training now' : '') + (loaded.length ? '' : ' …');
    document.title = (loaded.length && loaded.length < 4 ? loaded.map(run => run.label).join(', ') : 'Comparison') + ' · Torchdeck HUB';
    drawCharts();
    drawBest(loaded);
    drawDifferences(loaded);
}

/// Soon, and seldom enough that a thousand runs that come piece by piece are not drawn a hundred times.
function redraw() {
    waiting ||= setTimeout(() => requestAnimationFrame(() => {
        const start = performance.now();
        waiting = 0;
        drawNow();
        drawn = performance.now();
        pause = 4 * (drawn - start);
    }), Math.max(0, drawn + pause - performance.now()));
}

follow();
const now = poll(async ask => {
    const ids = [...runs.keys()];
    for (let at = 0; at < ids.length; at += PIECE) {
        const piece = ids.slice(at, at + PIECE).filter(id => runs.has(id));
        const wanted = piece.map(id => id + ':' + runs.get(id).rev).join(',');
        const answer = piece.length && await ask('/web/api/compare?models=' + wanted, at);
        if (!answer)
            continue;
        answer.models.forEach((one, i) => runs.get(piece[i])?.take(one));
        document.querySelector('.signout').hidden = !answer.models.some(one => one.signed_in);
        redraw();
    }
});

byId('best').addEventListener('click', event => {
    const { key } = event.target.dataset;
    if (key) {
        sortKey = key === sortKey ? '' : key;
        redraw();
    }
});
byId('allrows').addEventListener('click', () => {
    allRows = !allRows;
    redraw();
});
addEventListener('hashchange', () => {
    follow();
    now();
});
