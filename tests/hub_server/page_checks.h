// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// JavaScript that looks at a page from outside, as a reader would: no hook in the pages themselves.

namespace torchdeck::test::js {

/// What sticks out of the page to the side, outside boxes that scroll by themselves; "" when nothing does.
inline constexpr char kOverflow[] = R"((() => {
    const wide = document.documentElement.clientWidth, out = [];
    if (document.documentElement.scrollWidth > wide || innerWidth > wide + 20)
        out.push('page is ' + document.documentElement.scrollWidth + ' of ' + wide + ' wide');
    for (const element of document.querySelectorAll('body *')) {
        const box = element.getBoundingClientRect();
        const scrolls = ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
        if (scrolls && element.scrollWidth > element.clientWidth + 1 && !element.matches('.scroll'))
            out.push(element.tagName + '.' + element.className + '#' + element.id + ' scrolls sideways');
        if (!box.width || (box.right <= wide + 0.5 && box.left >= -0.5))
            continue;
        let parent = element.parentElement;
        while (parent && getComputedStyle(parent).overflowX === 'visible')
            parent = parent.parentElement;
        if (!parent || parent === document.body || parent === document.documentElement)
            out.push(element.tagName + '.' + element.className + '#' + element.id);
    }
    return out.join(', ');
})())";

/// How many line colours each chart has drawn: { title: count }, after bringing it into view.
inline constexpr char kDrawnColours[] = R"((async () => {
    const style = getComputedStyle(document.documentElement), result = {};
    const palette = [1, 2, 3, 4, 5, 6, 7, 8].map(i => style.getPropertyValue('--c' + i).trim())
        .map(hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)));
    for (const chart of document.querySelectorAll('.chart')) {
        chart.scrollIntoView({ block: 'center' });
        for (let i = 0; i < 3; ++i)
            await new Promise(done => requestAnimationFrame(done));
        const canvas = chart.querySelector('canvas');
        const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
        const context = copy.getContext('2d', { willReadFrequently: true }); // leaves the page's own canvas as fast as it is
        context.drawImage(canvas, 0, 0);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const counts = palette.map(() => 0);
        for (let at = 0; at < data.length; at += 4)
            if (data[at + 3] > 200)
                palette.forEach((c, i) => counts[i] += Math.abs(data[at] - c[0]) + Math.abs(data[at + 1] - c[1])
                    + Math.abs(data[at + 2] - c[2]) < 12);
        result[chart.dataset.chart] = counts.filter(count => count > 25).length;
    }
    scrollTo(0, 0);
    return result;
})())";

/// Where, in the view, the chart %1 has drawn the colour %2 in the middle of its width: [x, y] or null.
inline constexpr char kPointOfColour[] = R"((async () => {
    const chart = [...document.querySelectorAll('.chart')].find(one => one.dataset.chart === '%1');
    chart.scrollIntoView({ block: 'center' });
    for (let i = 0; i < 3; ++i)
        await new Promise(done => requestAnimationFrame(done));
    const hex = getComputedStyle(document.documentElement).getPropertyValue('--c%2').trim();
    const c = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    const canvas = chart.querySelector('canvas'), box = canvas.getBoundingClientRect();
    const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let x = Math.round(canvas.width * 0.6); x < canvas.width; ++x)
        for (let y = 0; y < canvas.height; ++y) {
            const at = 4 * (y * canvas.width + x);
            if (data[at + 3] > 200 && Math.abs(data[at] - c[0]) + Math.abs(data[at + 1] - c[1]) + Math.abs(data[at + 2] - c[2]) < 12)
                return [box.left + x / canvas.width * box.width, box.top + y / canvas.height * box.height];
        }
    return null;
})())";

/// Buttons, fields and boxes to tick that a finger cannot hit well; "" when there is none.
inline constexpr char kSmallTargets[] = R"([...document.querySelectorAll('button, select, input, .button')]
    .filter(e => e.offsetParent && !e.closest('.scroll') && e.type !== 'checkbox' && e.type !== 'range')
    .map(e => [e, e.getBoundingClientRect()]).filter(([, box]) => box.height < 24 || box.width < 24)
    .map(([e, box]) => e.tagName + ' ' + (e.textContent || e.id) + ' ' + box.width + 'x' + box.height).join(', '))";

/// SHA-256 and size of what %1 gives, as the page itself may load it.
inline constexpr char kDigest[] = R"((async () => {
    const bytes = await (await fetch('%1')).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [...hash].map(b => b.toString(16).padStart(2, '0')).join('') + ' ' + bytes.byteLength;
})())";

} // namespace torchdeck::test::js
