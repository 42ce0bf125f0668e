// SPDX-License-Identifier: GPL-3.0-or-later
// Where an axis has its ticks, and what stands beside them.

/// Round steps (1, 2, 2.5, 5 times a power of ten) that cut low..high into about `count` parts.
export function ticks(low, high, count) {
    const raw = (high - low) / count;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = power * [1, 2, 2.5, 5, 10].find(f => f * power >= raw * 0.999);
    const all = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
        all.push(i * step);
    return { all, texts: all.map(value => tickText(value, step)) };
}

/// Powers of ten, or 1-2-5 steps where few of them fit; plain steps where the values span less than that.
export function logTicks(low, high, count) {
    const decades = Math.log10(high / low);
    if (decades < 0.7)
        return ticks(low, high, count);
    const every = Math.max(1, Math.ceil(decades / count));
    const factors = decades < 2 ? [1, 2, 5] : [1];
    const all = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every)
        for (const factor of factors) {
            const value = factor * Math.pow(10, power);
            if (value >= low * 0.999 && value <= high * 1.001)
                all.push(value);
        }
    return { all, texts: all.map(value => value >= 1e-3 && value < 1e5 ? String(Number(value.toPrecision(3))) : exponent(value)) };
}

/// Whole epochs, counted from one; the first is named when there is room for it.
export function epochTicks(first, last, count) {
    if (last <= first)
        return [first + 1];
    const whole = [...new Set(ticks(first + 1, last + 1, count).all.filter(Number.isInteger))];
    if (!whole.includes(first + 1) && whole.length && whole[0] - first - 1 > (last - first) / count * 0.5)
        whole.unshift(first + 1);
    return whole.length ? whole : [first + 1];
}

function exponent(value) {
    return value.toExponential(1).replace('.0e', 'e').replace('e-', 'e−').replace('e+', 'e');
}

function tickText(value, step) {
    if (Math.abs(value) < step * 1e-6)
        return '0';
    if (step < 1e-3 || step >= 1e5)
        return exponent(value);
    const power = Math.floor(Math.log10(step) + 1e-9);
    const half = Math.round(step / Math.pow(10, power) * 10) === 25 ? 1 : 0; // steps of 2.5 need a digit more
    return value.toFixed(Math.min(4, Math.max(0, half - power)));
}
