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

/// Asks `url()` every two seconds while the page is seen; `use(json)` gets what is new (never a 304).
export function poll(url, use) {
    const offline = document.querySelector('.offline');
    let tag = '', asked = '', timer = 0, failures = 0, busy = false, again = false;
    async function once() {
        clearTimeout(timer);
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        try {
            const address = url();
            const headers = address === asked && tag ? { 'If-None-Match': tag } : {};
            const answer = await fetch(address, { headers, cache: 'no-store', credentials: 'same-origin' });
            if (answer.status === 401) {
                location.href = '/login?next=' + encodeURIComponent(location.pathname);
                return;
            }
            if (answer.status === 404) {
                location.reload();
                return;
            }
            if (answer.status === 200) {
                const json = await answer.json();
                tag = answer.headers.get('ETag') || '';
                asked = address;
                if (address === url())
                    use(json);
            } else if (answer.status !== 304) {
                throw new Error('HTTP ' + answer.status);
            }
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
