// SPDX-License-Identifier: GPL-3.0-or-later
import { ago, make, makeBar, number, poll, setBadge, setBar } from './common.js';

const list = document.getElementById('list');
const search = document.getElementById('search');
const rows = new Map();
let older = []; // pages after the first, fetched on demand
let first = { models: [], total: 0, more: false };

function makeRow(id) {
    const row = make('a', 'row');
    row.href = '/models/' + encodeURIComponent(id);
    const name = make('span', 'name');
    row.title1 = make('b');
    row.sub = make('small', 'muted');
    name.append(row.title1, row.sub);
    row.dataset1 = make('span', 'dataset');
    const state = make('span', 'state');
    row.badge = make('span', 'badge');
    state.append(row.badge);
    row.map = make('span', 'num map');
    const epochs = make('span', 'epochs');
    row.count = make('span', 'count');
    row.bar = makeBar();
    epochs.append(row.count, row.bar);
    row.when = make('time', 'num muted');
    row.append(name, row.dataset1, state, row.map, epochs, row.when);
    return row;
}

function fill(row, model) {
    row.title1.textContent = model.name || 'Unnamed model';
    row.sub.textContent = model.architecture || '';
    row.dataset1.textContent = model.dataset || '–';
    setBadge(row.badge, model.state);
    row.map.textContent = number(model.best_map);
    row.count.textContent = model.planned ? model.epochs + ' / ' + model.planned : String(model.epochs);
    row.bar.hidden = !model.planned;
    row.bar.classList.toggle('done', model.state === 'finished');
    setBar(row.bar, model.state === 'finished' ? 1 : model.epochs / (model.planned || 1));
    row.updated = model.updated;
    row.when.textContent = ago(model.updated);
    row.when.title = new Date(model.updated).toLocaleString();
}

function show() {
    const known = new Set(first.models.map(m => m.id));
    const models = first.models.concat(older.flatMap(p => p.models).filter(m => !known.has(m.id)));
    const last = older.length ? older[older.length - 1] : first;
    models.forEach((model, i) => {
        let row = rows.get(model.id);
        if (!row)
            rows.set(model.id, row = makeRow(model.id));
        fill(row, model);
        if (list.children[i] !== row)
            list.insertBefore(row, list.children[i] || null);
    });
    while (list.children.length > models.length)
        list.lastChild.remove();
    const live = models.filter(m => m.state === 'live').length;
    document.getElementById('count').textContent = first.total === 1 ? '1 model' + (live ? ', training now' : '')
        : first.total + ' models' + (live ? ', ' + live + ' training now' : '');
    const none = models.length === 0;
    document.getElementById('models').hidden = none;
    document.getElementById('empty').hidden = !none || search.value.trim() !== '';
    document.getElementById('nothing').hidden = !none || search.value.trim() === '';
    document.querySelector('.more').hidden = !last.more;
}

function address(after) {
    const query = new URLSearchParams();
    if (search.value.trim())
        query.set('query', search.value.trim());
    if (after)
        query.set('after', after);
    const text = query.toString();
    return '/web/api/models' + (text ? '?' + text : '');
}

const now = poll(() => address(''), page => {
    first = page;
    document.querySelector('.signout').hidden = !page.signed_in;
    show();
});

document.getElementById('more').addEventListener('click', async () => {
    const last = older.length ? older[older.length - 1] : first;
    const answer = await fetch(address(last.models[last.models.length - 1].id), { cache: 'no-store' });
    if (answer.ok)
        older.push(await answer.json());
    show();
});

let typing = 0;
search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
        older = [];
        now();
    }, 150);
});

setInterval(() => rows.forEach(row => row.when.textContent = ago(row.updated)), 5000);
