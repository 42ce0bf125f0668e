// SPDX-License-Identifier: GPL-3.0-or-later
// Colours for canvases, from the style sheet, in the scheme that the reader's system asks for.

const known = new Map();
const listeners = [];

export function colour(name) {
    if (!known.has(name))
        known.set(name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
    return known.get(name);
}

export function onThemeChange(listener) {
    listeners.push(listener);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    known.clear();
    listeners.forEach(listener => listener());
});

/// Lines beyond the eighth colour come back dashed.
export const COLOURS = 8;
const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

export function lineStyle(index) {
    return { color: 1 + index % COLOURS, dash: dashes[Math.floor(index / COLOURS) % dashes.length] };
}
