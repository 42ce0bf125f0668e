// SPDX-License-Identifier: GPL-3.0-or-later
// Curves of any length: smoothing, search, and drawing at the cost of their width in pixels.
import { colour } from './theme.js';

/// Exponential moving average, free of the bias towards its start; NaN stays NaN and is not counted.
export function smoothed(values, weight) {
    const result = new Float64Array(values.length);
    let sum = 0, counted = 0;
    for (let i = 0; i < values.length; ++i) {
        if (!isFinite(values[i])) {
            result[i] = NaN;
            continue;
        }
        sum = sum * weight + (1 - weight) * values[i];
        result[i] = sum / (1 - Math.pow(weight, ++counted));
    }
    return result;
}

/// Index of the number next to `wanted` in an ascending list.
export function nearestIndex(ascending, wanted) {
    let low = 0, high = ascending.length - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((ascending[middle] + ascending[middle + 1]) / 2 < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/// The value at `index`, or the last one known before it.
export function valueAt(values, index) {
    while (index >= 0 && !isFinite(values[index]))
        --index;
    return index >= 0 ? values[index] : NaN;
}

/// plot: has X(epoch), Y(value), first, last; gaps interrupt the line, a point between two gaps is a dot.
export function drawCurve(context, plot, line, values, { alpha, width, dash, stroke }) {
    const { x } = line;
    context.globalAlpha = alpha;
    context.strokeStyle = context.fillStyle = stroke || colour('c' + line.color);
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    const dots = x.length > 2 * (plot.X(plot.last) - plot.X(plot.first)) ? traceColumns(context, plot, x, values)
        : tracePoints(context, plot, x, values);
    context.stroke();
    context.setLineDash([]);
    for (const [px, py] of dots) {
        context.beginPath();
        context.arc(px, py, width / 2 + 1.5, 0, 7);
        context.fill();
    }
    context.globalAlpha = 1;
}

function tracePoints(context, plot, x, values) {
    const dots = [];
    let pen = false;
    for (let i = 0; i < x.length; ++i) {
        const px = plot.X(x[i]), py = plot.Y(values[i]);
        if (!isFinite(py)) {
            pen = false;
            continue;
        }
        if (!pen && !isFinite(i + 1 < x.length ? plot.Y(values[i + 1]) : NaN))
            dots.push([px, py]);
        if (pen)
            context.lineTo(px, py);
        else
            context.moveTo(px, py);
        pen = true;
    }
    return dots;
}

/// Of each pixel column the first, least, greatest and last value: looks as if all were drawn.
function traceColumns(context, plot, x, values) {
    let column = null, pen = false;
    const flush = () => {
        if (!column)
            return;
        for (const py of [column.first, column.low, column.high, column.last]) {
            if (pen)
                context.lineTo(column.px, py);
            else
                context.moveTo(column.px, py);
            pen = true;
        }
    };
    for (let i = 0; i < x.length; ++i) {
        const px = Math.round(plot.X(x[i])), py = plot.Y(values[i]);
        if (!isFinite(py))
            continue;
        if (!column || column.px !== px) {
            flush();
            column = { px, first: py, low: py, high: py, last: py };
        }
        column.low = Math.min(column.low, py);
        column.high = Math.max(column.high, py);
        column.last = py;
    }
    flush();
    return [];
}
