// SPDX-License-Identifier: GPL-3.0-or-later
// What both pages need. Text from the server goes into the page by textContent only.

export function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className)
        element.className = className;
    if (text !== undefined && text !== null)
        element.textContent = text;
    return element;
}

/// Texts of others on one line, each in isolates of its own: none turns the direction of the rest.
export function joined(texts) {
    return texts.filter(Boolean).map(text => '\u2068' + text + '\u2069').join(' · ');
}

export const states = {
    live: 'Live', finished: 'Finished', disconnected: 'Disconnected', waiting: 'Waiting', failed: 'Failed', stopped: 'Stopped',
};

export function setBadge(badge, state) {
    badge.className = 'badge ' + (states[state] ? state : 'other');
    badge.textContent = states[state] || state;
    badge.hidden = false;
}

export function ago(ms) {
    const s = Math.max(0, Math.round((Date.now() - ms) / 1000));
    if (s < 5)
        return 'just now';
    if (s < 60)
        return s + ' s ago';
    if (s < 3600)
        return Math.floor(s / 60) + ' min ago';
    if (s < 86400)
        return Math.floor(s / 3600) + ' h ago';
    if (s < 86400 * 14)
        return Math.floor(s / 86400) + ' d ago';
    return new Date(ms).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
}

export function duration(seconds) {
    if (seconds < 1)
        return 'under 1 s';
    if (seconds < 60)
        return Math.round(seconds) + ' s';
    if (seconds < 3600)
        return Math.round(seconds / 60) + ' min';
    const minutes = Math.round(seconds / 60);
    return Math.floor(minutes / 60) + ' h ' + (minutes % 60) + ' min';
}

export function bytes(n) {
    const units = ['bytes', 'KB', 'MB', 'GB'];
    let i = 0;
    while (n >= 1000 && i < units.length - 1) {
        n /= 1000;
        ++i;
    }
    return (i === 0 ? n : n.toFixed(n < 100 ? 1 : 0)) + ' ' + units[i];
}

export function number(v) {
    if (typeof v !== 'number' || !isFinite(v))
        return '–';
    if (v === 0)
        return '0';
    const size = Math.abs(v);
    if (size >= 1e5 || size < 1e-3)
        return v.toExponential(2).replace('e-', 'e−').replace('e+', 'e');
    return Number.isInteger(v) ? String(v) : v.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.01 ? 3 : 4);
}

export function setBar(bar, part) {
    bar.firstChild.style.width = Math.max(0, Math.min(1, part)) * 100 + '%';
}

export function makeBar() {
    const bar = make('span', 'progress');
    bar.append(make('i'));
    return bar;
}

/// Runs `step(ask)` every two seconds while the page is seen. `ask(url, slot)` gives the JSON at `url`, or null when it is what
/// this slot got last time (and `fresh` is not set). Returns a function that runs the next step at once.
export function poll(step) {
    const offline = document.querySelector('.offline');
    const known = new Map();
    let timer = 0, failures = 0, busy = false, again = false;
    async function ask(url, slot = 0, fresh = false) {
        const last = known.get(slot);
        const headers = !fresh && last && last.url === url && last.tag ? { 'If-None-Match': last.tag } : {};
        const answer = await fetch(url, { headers, cache: 'no-store', credentials: 'same-origin' });
        if (answer.status === 304)
            return null;
        if (answer.status === 401)
            location.href = '/login?next=' + encodeURIComponent(location.pathname + location.search + location.hash);
        else if (answer.status === 404)
            location.reload(); // the page itself says what is not there
        if (answer.status !== 200)
            throw new Error('HTTP ' + answer.status);
        const json = await answer.json();
        known.set(slot, { url, tag: answer.headers.get('ETag') });
        return json;
    }
    async function once() {
        clearTimeout(timer);
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        try {
            await step(ask);
            failures = 0;
        } catch (error) {
            ++failures;
        }
        offline.hidden = failures < 2;
        busy = false;
        if (!document.hidden)
            timer = setTimeout(once, again ? 0 : Math.min(2000 * Math.max(1, failures), 15000));
        again = false;
    }
    document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(timer) : once());
    once();
    return once;
}

/// A slider for the smoothing of all charts of a page; the browser remembers it.
export function smoothingSlider(onChange) {
    const kept = 'torchdeck.smoothing';
    const label = make('label', 'slider');
    const input = make('input');
    const output = make('output');
    Object.assign(input, { type: 'range', min: 0, max: 0.98, step: 0.02 });
    try {
        input.value = Number(localStorage.getItem(kept)) || 0;
    } catch (error) {
        input.value = 0; // storage is switched off
    }
    const show = () => output.textContent = Number(input.value) === 0 ? 'off' : Number(input.value).toFixed(2);
    input.addEventListener('input', () => {
        show();
        onChange(Number(input.value));
        try {
            localStorage.setItem(kept, input.value);
        } catch (error) {
            // not remembered, then
        }
    });
    show();
    label.append(make('span', '', 'Smoothing'), input, output);
    return { label, weight: () => Number(input.value) };
}
