// SPDX-License-Identifier: GPL-3.0-or-later
// A line chart on a canvas: values per epoch, for one run (all values at the pointer) or many (the curve at the pointer).
// A second canvas above it carries what follows the pointer, so that moving it draws no line anew.
import { epochTicks, logTicks, ticks } from './axis.js';
import { make, number } from './common.js';
import { drawCurve, nearestIndex, smoothed, valueAt } from './curve.js';
import { colour, onThemeChange } from './theme.js';

const HEIGHT = 224, TOP = 10, BOTTOM = 26, RIGHT = 12;
const FONT = '11px system-ui, -apple-system, "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans", sans-serif';
const REACH = { mouse: 28, pen: 36, touch: 56 }; // how far from a curve a pointer still means it, in pixels

const all = new Set();
onThemeChange(() => all.forEach(chart => chart.refresh()));

export class LineChart {
    /// unit: fixed range 0..1; pick: the pointer chooses one curve instead of an epoch of all; log: offers a logarithmic axis;
    /// exact: values that nobody measured, such as a learning rate, are never smoothed
    constructor({ title, unit = false, pick = false, log = false, exact = false, height = HEIGHT }) {
        Object.assign(this, { title, unit, pick, exact, height, log: false, weight: 0, series: [], at: null, chosen: null, part: null, drag: null });
        this.onPoint = () => {}; // (epoch or null, id or null): the pointer is there
        this.onChoose = () => {}; // id or null: a curve was clicked
        this.onPart = () => {}; // [first, last] epoch or null: show that part of the run, or all
        this.box = make('section', 'card chart');
        const head = make('div', 'cardhead');
        this.keys = make('div', 'legend');
        this.logButton = make('button', 'quiet toggle', 'log');
        this.logButton.type = 'button';
        this.logButton.title = 'Logarithmic axis';
        this.logButton.hidden = !log;
        this.logButton.setAttribute('aria-pressed', 'false');
        this.logButton.addEventListener('click', () => this.setLog(!this.log));
        const tools = make('div', 'tools');
        tools.append(this.keys, this.logButton);
        head.append(make('h2', '', title), tools);
        this.stage = make('div', 'stage');
        this.stage.tabIndex = 0;
        this.stage.setAttribute('role', 'img');
        this.base = make('canvas');
        this.over = make('canvas', 'over');
        this.tip = make('div', 'tip');
        this.tip.hidden = true;
        this.tip.setAttribute('role', 'status'); // read aloud while the keyboard moves it
        this.note = make('small', 'muted note');
        this.note.hidden = true;
        this.stage.append(this.base, this.over, this.tip);
        this.stage.style.height = height + 'px';
        this.box.append(head, this.stage, this.note);
        this.listen();
        all.add(this);
    }

    listen() {
        this.stage.addEventListener('pointermove', event => this.hover(event));
        this.stage.addEventListener('pointerdown', event => {
            this.hover(event);
            if (event.pointerType === 'mouse' && event.button === 0)
                this.drag = { from: this.within(event)[0] };
        });
        this.stage.addEventListener('pointerup', () => this.endDrag());
        this.stage.addEventListener('pointercancel', () => this.drag = null);
        this.stage.addEventListener('dblclick', () => this.onPart(null));
        this.stage.addEventListener('pointerleave', event => event.pointerType !== 'touch' && this.onPoint(null, null));
        this.stage.addEventListener('click', () => {
            if (this.pick && !this.dragged)
                this.onChoose(this.pointed ?? null);
            this.dragged = false;
        });
        this.stage.addEventListener('keydown', event => this.key(event));
        this.stage.addEventListener('blur', () => this.onPoint(null, null));
        new ResizeObserver(() => this.refresh()).observe(this.stage);
        this.seen = false;
        this.watcher = new IntersectionObserver(entries => {
            this.seen = entries[entries.length - 1].isIntersecting;
            if (this.seen && this.stale)
                this.draw();
        }, { rootMargin: '200px' });
        this.watcher.observe(this.stage);
    }

    dispose() {
        this.watcher.disconnect();
        all.delete(this);
        this.box.remove();
    }

    /// series: [{ id, label, color (1..8), dash, hidden, x: epochs from 0, y: values, NaN where there is none }]
    setSeries(series) {
        this.series = series;
        this.smoothAll();
        this.refresh();
    }

    setSmoothing(weight) {
        this.weight = weight;
        this.smoothAll();
        this.refresh();
    }

    smoothAll() {
        for (const line of this.series)
            line.smooth = this.weight > 0 && !this.exact ? smoothed(line.y, this.weight) : line.y;
    }

    setLog(on) {
        this.log = on;
        this.logButton.setAttribute('aria-pressed', String(on));
        this.refresh();
    }

    /// One entry a line; a click hides it.
    showLegend() {
        this.keys.replaceChildren(...this.series.map(line => {
            const entry = make('button', 'key c' + line.color);
            entry.type = 'button';
            entry.append(make('i'), make('span', '', line.label));
            entry.setAttribute('aria-pressed', String(!line.hidden));
            entry.disabled = this.series.length < 2;
            entry.addEventListener('click', () => {
                line.hidden = !line.hidden;
                entry.setAttribute('aria-pressed', String(!line.hidden));
                this.refresh();
            });
            return entry;
        }));
    }

    shown() {
        return this.series.filter(line => !line.hidden && line.x.length);
    }

    /// Draws at the next frame, or when it comes into view.
    refresh() {
        this.stale = true;
        if (!this.waiting && this.seen)
            this.waiting = requestAnimationFrame(() => this.draw());
    }

    range() {
        if (this.unit)
            return [0, 1];
        let low = Infinity, high = -Infinity;
        const [from, to] = this.part || [-Infinity, Infinity];
        for (const { x, y } of this.shown())
            for (let i = 0; i < y.length; ++i)
                if (y[i] > (this.log ? 0 : -Infinity) && y[i] < Infinity && x[i] >= from && x[i] <= to) {
                    low = Math.min(low, y[i]);
                    high = Math.max(high, y[i]);
                }
        if (low > high)
            return this.log ? [0.1, 1] : [0, 1];
        if (this.log)
            return low === high ? [low / 2, high * 2] : [low / Math.pow(high / low, 0.05), high * Math.pow(high / low, 0.05)];
        if (low >= 0 && low < high * 0.25)
            low = 0;
        const pad = (high - low || Math.abs(high) || 1) * 0.06;
        return [low === 0 ? 0 : low - pad, high + pad];
    }

    prepare(canvas, width) {
        const ratio = window.devicePixelRatio || 1;
        const [w, h] = [Math.round(width * ratio), Math.round(this.height * ratio)];
        if (canvas.width !== w || canvas.height !== h) {
            canvas.width = w;
            canvas.height = h;
            canvas.style.width = width + 'px';
            canvas.style.height = this.height + 'px';
        }
        const context = canvas.getContext('2d');
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        context.clearRect(0, 0, width, this.height);
        context.font = FONT;
        context.lineJoin = context.lineCap = 'round';
        return context;
    }

    draw() {
        cancelAnimationFrame(this.waiting);
        this.waiting = 0;
        const width = this.stage.clientWidth;
        if (!width)
            return;
        this.stale = false;
        const context = this.prepare(this.base, width);
        this.place(context, width);
        this.drawAxes(context, width);
        this.clip(context, width);
        const shown = this.shown();
        const thin = shown.length > 12 ? 1.25 : 2;
        for (const line of shown)
            if (line.smooth !== line.y)
                drawCurve(context, this, line, line.y, { alpha: 0.28, width: 1.25, dash: [] });
        for (const line of shown)
            drawCurve(context, this, line, line.smooth, { alpha: 1, width: thin, dash: line.dash || [] });
        context.restore();
        this.describe(shown);
        this.drawPointer();
    }

    /// Until restore(), nothing is drawn outside the plot.
    clip(context, width) {
        context.save();
        context.beginPath();
        context.rect(this.left - 4, TOP - 5, width - this.left - RIGHT + 8, this.height - TOP - BOTTOM + 10);
        context.clip();
    }

    /// Decides where epochs and values lie.
    place(context, width) {
        const shown = this.shown();
        const first = this.part ? this.part[0] : shown.length ? Math.min(...shown.map(line => line.x[0])) : 0;
        const last = this.part ? this.part[1] : shown.length ? Math.max(...shown.map(line => line.x[line.x.length - 1])) : 1;
        const [low, high] = this.range();
        this.marks = (this.log ? logTicks : ticks)(low, high, this.unit ? 4 : 5);
        this.left = Math.ceil(18 + Math.max(24, ...this.marks.texts.map(text => context.measureText(text).width)));
        const wide = width - this.left - RIGHT, tall = this.height - TOP - BOTTOM;
        const scale = this.log ? Math.log : v => v;
        const [from, to] = [scale(low), scale(high)];
        this.first = first;
        this.last = last;
        this.X = epoch => this.left + (epoch - first) / Math.max(1, last - first) * wide;
        this.Y = value => this.log && value <= 0 ? NaN : TOP + (to - scale(value)) / (to - from) * tall;
        this.epochAt = x => Math.max(first, Math.min(last, first + (x - this.left) / wide * Math.max(1, last - first)));
    }

    drawAxes(context, width) {
        context.strokeStyle = colour('line');
        context.fillStyle = colour('muted');
        context.lineWidth = 1;
        context.textAlign = 'right';
        context.textBaseline = 'middle';
        this.marks.all.forEach((value, i) => {
            const y = Math.round(this.Y(value)) + 0.5;
            context.beginPath();
            context.moveTo(this.left, y);
            context.lineTo(width - RIGHT, y);
            context.stroke();
            context.fillText(this.marks.texts[i], this.left - 8, y);
        });
        context.textBaseline = 'alphabetic';
        context.fillText('epoch', this.left - 8, this.height - 7);
        const whole = epochTicks(this.first, this.last, Math.max(2, Math.floor((width - this.left) / 70)));
        for (const shown of whole) {
            const x = this.X(shown - 1), half = context.measureText(String(shown)).width / 2;
            context.textAlign = x + half > width - 2 ? 'right' : 'center';
            context.fillText(String(shown), Math.min(x, width - 2), this.height - 7);
        }
    }

    describe(shown) {
        const parts = shown.slice(0, 12).map(line => line.label + ' ' + number(valueAt(line.y, line.y.length - 1)));
        this.stage.setAttribute('aria-label', this.title + ' by epoch' + (parts.length ? ', last: ' + parts.join(', ') : '')
            + (shown.length > 12 ? ' and ' + (shown.length - 12) + ' more' : ''));
        let left = 0;
        if (this.log)
            for (const { y } of shown)
                for (let i = 0; i < y.length; ++i)
                    left += y[i] <= 0;
        this.note.hidden = !left;
        this.note.textContent = left === 1 ? 'One value is not above zero and has no place on this axis.'
            : left + ' values are not above zero and have no place on this axis.';
    }

    within(event) {
        const box = this.stage.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    }

    hover(event) {
        if (!this.X || !this.shown().length)
            return;
        const [x, y] = this.within(event);
        if (this.drag && event.buttons === 1) {
            if (!this.drag.wide && Math.abs(x - this.drag.from) < 6)
                return;
            if (!this.drag.wide)
                this.stage.setPointerCapture(event.pointerId);
            Object.assign(this.drag, { to: x, wide: true });
            return this.drawPointer();
        }
        if (!this.pick)
            return this.onPoint(this.snap(this.epochAt(x)), null);
        const near = this.nearest(x, y, REACH[event.pointerType] || REACH.mouse);
        this.pointed = near ? near.id : null;
        this.onPoint(near ? near.x[nearestIndex(near.x, this.epochAt(x))] : null, this.pointed);
    }

    /// What was dragged over becomes what is shown.
    endDrag() {
        const { drag } = this;
        this.drag = null;
        if (!drag?.wide)
            return;
        this.dragged = true; // the click that follows is none
        const [from, to] = [drag.from, drag.to].sort((a, b) => a - b).map(x => this.epochAt(x));
        const part = [Math.max(this.first, Math.round(from)), Math.min(this.last, Math.round(to))];
        if (part[1] > part[0])
            this.onPart(part);
        else
            this.drawPointer();
    }

    /// Half of what is shown, or twice as much, around the pointer.
    zoom(factor) {
        const span = (this.last - this.first) * factor, middle = this.at ?? (this.first + this.last) / 2;
        const ends = this.shown().flatMap(({ x }) => [x[0], x[x.length - 1]]);
        const part = [Math.max(Math.min(...ends), Math.round(middle - span / 2)), Math.min(Math.max(...ends), Math.round(middle + span / 2))];
        if (part[1] > part[0])
            this.onPart(part[0] === Math.min(...ends) && part[1] === Math.max(...ends) ? null : part);
    }

    /// The known epoch next to `wanted`.
    snap(wanted) {
        let best = null;
        for (const line of this.shown()) {
            const epoch = line.x[nearestIndex(line.x, wanted)];
            if (best === null || Math.abs(epoch - wanted) < Math.abs(best - wanted))
                best = epoch;
        }
        return best;
    }

    nearest(x, y, reach) {
        let best = null, distance = reach;
        for (const line of this.shown()) {
            const i = nearestIndex(line.x, this.epochAt(x));
            for (const [a, b] of [[i - 1, i], [i, i + 1], [i, i]]) {
                if (!(line.x[a] >= 0) || !(line.x[b] >= 0))
                    continue;
                const d = segmentDistance(x, y, this.X(line.x[a]), this.Y(line.smooth[a]), this.X(line.x[b]), this.Y(line.smooth[b]));
                if (d < distance)
                    [best, distance] = [line, d];
            }
        }
        return best;
    }

    key(event) {
        const shown = this.shown();
        const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key], turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (event.key === 'Escape')
            return this.onPoint(null, null);
        if (event.key === 'Enter' && this.pick && this.chosen)
            return this.onChoose(this.chosen);
        if (event.key === '+' || event.key === '-')
            return this.zoom(event.key === '+' ? 0.5 : 2);
        if (event.key === '0')
            return this.onPart(null);
        if (!shown.length || (!side && !(turn && this.pick)))
            return;
        event.preventDefault();
        let line = shown.find(one => one.id === this.chosen) || shown[0];
        if (turn)
            line = shown[(shown.indexOf(line) + turn + shown.length) % shown.length];
        const xs = this.pick ? line.x : shown.reduce((a, b) => a.x.length >= b.x.length ? a : b).x;
        const now = this.at === null ? xs.length - 1 : nearestIndex(xs, this.at) + (side || 0);
        this.pointed = this.pick ? line.id : null;
        this.onPoint(xs[Math.max(0, Math.min(xs.length - 1, now))], this.pointed);
    }

    /// Shows an epoch, and one curve above the others; null: nothing. `tip`: with the values beside it.
    point(epoch, chosen, tip) {
        if (epoch === this.at && chosen === this.chosen && tip === this.tipped)
            return;
        Object.assign(this, { at: epoch, chosen, tipped: tip });
        if (this.seen && this.X)
            this.drawPointer();
    }

    drawPointer() {
        const width = this.stage.clientWidth;
        const context = this.prepare(this.over, width);
        this.tip.hidden = true;
        const lines = this.shown().filter(line => !this.pick || line.id === this.chosen);
        if (this.pick) {
            this.clip(context, width);
            for (const line of lines) {
                drawCurve(context, this, line, line.smooth, { alpha: 1, width: 5.5, dash: [], stroke: colour('card') });
                drawCurve(context, this, line, line.smooth, { alpha: 1, width: 3, dash: line.dash || [] });
            }
            context.restore();
        }
        if (this.drag?.wide) {
            context.globalAlpha = 0.18;
            context.fillStyle = colour('c2');
            context.fillRect(Math.min(this.drag.from, this.drag.to), TOP, Math.abs(this.drag.to - this.drag.from), this.height - TOP - BOTTOM);
            context.globalAlpha = 1;
            return;
        }
        if (this.at === null || !lines.length || this.at < this.first || this.at > this.last)
            return;
        const x = this.X(this.at);
        context.strokeStyle = colour('muted');
        context.lineWidth = 1;
        context.setLineDash([3, 3]);
        context.beginPath();
        context.moveTo(x, TOP);
        context.lineTo(x, this.height - BOTTOM);
        context.stroke();
        context.setLineDash([]);
        for (const line of lines) {
            const i = line.x.indexOf(this.at), y = i < 0 ? NaN : this.Y(line.smooth[i]);
            if (!isFinite(y))
                continue;
            context.fillStyle = colour('c' + line.color);
            context.strokeStyle = colour('card');
            context.lineWidth = 2;
            context.beginPath();
            context.arc(x, y, 4.5, 0, 7);
            context.fill();
            context.stroke();
        }
        if (this.tipped)
            this.showTip(lines, x, width);
    }

    showTip(lines, x, width) {
        const epoch = make('b', '', 'Epoch ' + (this.at + 1));
        const rows = lines.map(line => {
            const i = line.x.indexOf(this.at);
            const row = make('span', 'key c' + line.color);
            row.append(make('i'), make('span', 'who', line.label), make('em', '', number(i < 0 ? NaN : line.smooth[i])));
            if (line.smooth !== line.y)
                row.append(make('small', 'muted', 'raw ' + number(i < 0 ? NaN : line.y[i])));
            return row;
        });
        this.tip.replaceChildren(epoch, ...rows);
        this.tip.hidden = false;
        const wide = this.tip.offsetWidth;
        const beside = x + 14 + wide > width ? x - 14 - wide : x + 14;
        this.tip.style.left = Math.max(0, Math.min(width - wide, beside)) + 'px';
    }
}

function segmentDistance(x, y, x1, y1, x2, y2) {
    if (!isFinite(y1) || !isFinite(y2))
        return Infinity;
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length)) : 0;
    return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

// A finger leaves no pointer behind: values stay until it touches something else.
document.addEventListener('pointerdown', event => {
    const held = [...all].find(chart => chart.at !== null);
    if (held && !event.target.closest('.stage'))
        held.onPoint(null, null);
});
