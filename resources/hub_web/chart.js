// SPDX-License-Identifier: GPL-3.0-or-later
// A line chart in SVG: values per epoch, hover or touch for the numbers, click a legend entry to hide a line.
import { make, number } from './common.js';

const NS = 'http://www.w3.org/2000/svg';
const HEIGHT = 224, TOP = 10, BOTTOM = 26, RIGHT = 12;

function svg(tag, attributes, parent) {
    const element = document.createElementNS(NS, tag);
    for (const name in attributes)
        element.setAttribute(name, attributes[name]);
    if (parent)
        parent.append(element);
    return element;
}

/// Round steps (1, 2, 2.5, 5 times a power of ten) that cut low..high into about `count` parts.
export function ticks(low, high, count) {
    const raw = (high - low) / count;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = power * [1, 2, 2.5, 5, 10].find(f => f * power >= raw * 0.999);
    const all = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
        all.push(i * step);
    return { all, step };
}

function tickText(value, step) {
    if (Math.abs(value) < step * 1e-6)
        return '0';
    if (step < 1e-3)
        return value.toExponential(1).replace('.0e', 'e').replace('e-', 'e−');
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return value.toFixed(Math.min(4, digits + (step / Math.pow(10, Math.floor(Math.log10(step) + 1e-9)) === 2.5 ? 1 : 0)));
}

export class LineChart {
    /// series: [{ key, label, color }], color 1..4; unit: fixed range 0..1
    constructor(title, series, unit) {
        this.series = series.map(s => ({ ...s, hidden: false }));
        this.unit = unit;
        this.points = [];
        this.epochs = [];
        this.at = -1;
        this.box = make('section', 'card chart');
        const head = make('div', 'cardhead');
        head.append(make('h2', '', title), this.legend());
        this.stage = make('div', 'stage');
        this.tip = make('div', 'tip');
        this.tip.hidden = true;
        this.svg = svg('svg', { role: 'img', 'aria-label': title + ' by epoch' }, this.stage);
        this.stage.append(this.tip);
        this.box.append(head, this.stage);
        this.stage.addEventListener('pointermove', event => this.hover(event));
        this.stage.addEventListener('pointerdown', event => this.hover(event));
        this.stage.addEventListener('pointerleave', () => this.unhover());
        new ResizeObserver(() => this.draw()).observe(this.stage);
    }

    legend() {
        const legend = make('div', 'legend');
        for (const line of this.series) {
            const entry = make('button', 'key c' + line.color);
            entry.type = 'button';
            entry.append(make('i'), make('span', '', line.label));
            entry.setAttribute('aria-pressed', 'true');
            entry.disabled = this.series.length < 2;
            entry.addEventListener('click', () => {
                line.hidden = !line.hidden;
                entry.setAttribute('aria-pressed', String(!line.hidden));
                this.draw();
            });
            legend.append(entry);
        }
        return legend;
    }

    /// epochs: ascending numbers; values: Map epoch -> object
    update(epochs, values) {
        this.epochs = epochs;
        for (const line of this.series)
            line.values = epochs.map(epoch => {
                const v = values.get(epoch)[line.key];
                return typeof v === 'number' && isFinite(v) ? v : null;
            });
        this.draw();
    }

    range() {
        if (this.unit)
            return [0, 1];
        let low = Infinity, high = -Infinity;
        for (const line of this.series)
            if (!line.hidden)
                for (const v of line.values || [])
                    if (v !== null) {
                        low = Math.min(low, v);
                        high = Math.max(high, v);
                    }
        if (low > high)
            return [0, 1];
        if (low >= 0 && low < high * 0.5)
            low = 0;
        const pad = (high - low || Math.abs(high) || 1) * 0.06;
        return [low === 0 ? 0 : low - pad, high + pad];
    }

    draw() {
        const width = this.stage.clientWidth;
        if (!width || !this.epochs.length)
            return;
        const [low, high] = this.range();
        const yTicks = ticks(low, high, this.unit ? 4 : 5);
        const texts = yTicks.all.map(v => tickText(v, yTicks.step));
        const left = 14 + Math.max(...texts.map(t => t.length)) * 6.6;
        const first = this.epochs[0], last = this.epochs[this.epochs.length - 1];
        const span = Math.max(1, last - first);
        this.x = epoch => left + (epoch - first) / span * (width - left - RIGHT);
        this.y = v => TOP + (high - v) / (high - low) * (HEIGHT - TOP - BOTTOM);
        this.svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
        this.svg.setAttribute('height', HEIGHT);
        this.svg.replaceChildren();
        yTicks.all.forEach((v, i) => {
            const y = Math.round(this.y(v)) + 0.5;
            svg('line', { class: 'grid', x1: left, x2: width - RIGHT, y1: y, y2: y }, this.svg);
            svg('text', { class: 'tick', x: left - 8, y: y + 4, 'text-anchor': 'end' }, this.svg).textContent = texts[i];
        });
        this.drawEpochAxis(first, last, width, left);
        this.cross = svg('line', { class: 'cross', y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' }, this.svg);
        for (const line of this.series)
            if (!line.hidden)
                this.drawLine(line);
        if (this.at >= 0)
            this.mark(Math.min(this.at, this.epochs.length - 1));
    }

    drawEpochAxis(first, last, width, left) {
        const fits = Math.max(2, Math.floor((width - left - RIGHT) / 70));
        const { all } = last > first ? ticks(first + 1, last + 1, fits) : { all: [first + 1] };
        const whole = [...new Set(all.filter(Number.isInteger))];
        if (!whole.includes(first + 1) && this.x(whole[0] - 1) - this.x(first) > 28)
            whole.unshift(first + 1);
        for (const shown of whole)
            svg('text', { class: 'tick', x: this.x(shown - 1), y: HEIGHT - 7, 'text-anchor': 'middle' }, this.svg).textContent = shown;
    }

    drawLine(line) {
        let path = '', pen = false;
        const known = [];
        line.values.forEach((v, i) => {
            if (v === null) {
                pen = false;
                return;
            }
            known.push(i);
            const y = Math.max(TOP - 4, Math.min(HEIGHT - BOTTOM + 4, this.y(v)));
            path += (pen ? 'L' : 'M') + this.x(this.epochs[i]).toFixed(1) + ' ' + y.toFixed(1);
            pen = true;
        });
        const group = svg('g', { class: 'line c' + line.color }, this.svg);
        svg('path', { d: path }, group);
        const lonely = known.filter(i => (line.values[i - 1] ?? null) === null && (line.values[i + 1] ?? null) === null);
        for (const i of lonely.slice(0, 200)) // a point between two gaps draws no line
            svg('circle', { cx: this.x(this.epochs[i]), cy: this.y(line.values[i]), r: 2.5 }, group);
        line.dot = svg('circle', { r: 4, class: 'dot', visibility: 'hidden' }, group);
    }

    hover(event) {
        if (!this.x || !this.epochs.length)
            return;
        const x = event.clientX - this.stage.getBoundingClientRect().left;
        let low = 0, high = this.epochs.length - 1;
        while (low < high) { // the epoch nearest to the pointer
            const middle = (low + high) >> 1;
            if (this.x((this.epochs[middle] + this.epochs[middle + 1]) / 2) < x)
                low = middle + 1;
            else
                high = middle;
        }
        this.mark(low);
    }

    unhover() {
        this.at = -1;
        this.tip.hidden = true;
        this.cross?.setAttribute('visibility', 'hidden');
        for (const line of this.series)
            line.dot?.setAttribute('visibility', 'hidden');
    }

    mark(index) {
        this.at = index;
        const x = this.x(this.epochs[index]);
        this.cross.setAttribute('visibility', 'visible');
        this.cross.setAttribute('x1', x);
        this.cross.setAttribute('x2', x);
        this.tip.replaceChildren(make('b', '', 'Epoch ' + (this.epochs[index] + 1)));
        for (const line of this.series) {
            const v = line.values[index];
            line.dot?.setAttribute('visibility', line.hidden || v === null ? 'hidden' : 'visible');
            if (line.hidden)
                continue;
            const row = make('span', 'key c' + line.color);
            row.append(make('i'), make('span', '', line.label), make('em', '', number(v)));
            this.tip.append(row);
            if (v !== null) {
                line.dot.setAttribute('cx', x);
                line.dot.setAttribute('cy', this.y(v));
            }
        }
        this.tip.hidden = false;
        const width = this.tip.offsetWidth, room = this.stage.clientWidth;
        this.tip.style.left = Math.max(0, x + 14 + width > room ? x - 14 - width : x + 14) + 'px';
    }
}
