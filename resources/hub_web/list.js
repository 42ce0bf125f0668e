// SPDX-License-Identifier: GPL-3.0-or-later
// The model list: the server sorts, filters and cuts into pages; the address keeps all of it, and after the # what is chosen.
import { ago, joined, make, makeBar, number, poll, setBadge, setBar, states } from './common.js';

const PAGE = 50;
const byId = id => document.getElementById(id);
const list = byId('list'), search = byId('search'), owner = byId('owner'), project = byId('project'), state = byId('state'), sort = byId('sort');
const rows = new Map(); // of the page that is shown
const chosen = new Set(location.hash.slice(1).split(',').filter(id => /^[A-Za-z0-9]{1,64}$/.test(id)));
const NO_PROJECT = '\n'; // no project is called so
const textual = ['name', 'dataset', 'state']; // sorted from A to Z at first, all else from the greatest
const sorts = [
    ['', 'desc', 'Newest first'], ['', 'asc', 'Oldest first'], ['updated', 'desc', 'Latest activity'], ['map', 'desc', 'Best mAP50-95'],
    ['map', 'asc', 'Lowest mAP50-95'], ['name', 'asc', 'Name A–Z'], ['name', 'desc', 'Name Z–A'], ['epochs', 'desc', 'Most epochs'],
    ['epochs', 'asc', 'Fewest epochs'], ['dataset', 'asc', 'Dataset A–Z'], ['dataset', 'desc', 'Dataset Z–A'], ['state', 'asc', 'Status A–Z'],
    ['state', 'desc', 'Status Z–A'], ['updated', 'asc', 'Longest silent'],
];
let view = readAddress(), page = null;

function readAddress() {
    const query = new URLSearchParams(location.search);
    const whose = query.get('owner') || ''; // '' = one's own, 'all', or 'user:NAME'
    const key = [...textual, 'map', 'epochs', 'updated'].includes(query.get('sort')) ? query.get('sort') : '';
    return {
        query: query.get('query') || '', state: query.get('state') || '', project: query.has('project') ? query.get('project') : null,
        owner: whose === 'all' || whose.startsWith('user:') ? whose : '', sort: key, order: query.get('order') === 'asc' ? 'asc' : 'desc',
        page: Math.max(0, (parseInt(query.get('page'), 10) || 1) - 1),
    };
}

function parameters() {
    const query = new URLSearchParams();
    if (view.query.trim())
        query.set('query', view.query.trim());
    if (view.project !== null)
        query.set('project', view.project);
    for (const name of ['owner', 'state', 'sort'])
        if (view[name])
            query.set(name, view[name]);
    if (view.order === 'asc')
        query.set('order', 'asc');
    return query;
}

function writeAddress() {
    const query = parameters();
    if (view.page)
        query.set('page', view.page + 1);
    const text = query.toString();
    history.replaceState(null, '', location.pathname + (text ? '?' + text : '') + (chosen.size ? '#' + [...chosen].join(',') : ''));
}

/// Looks at the list in another way; all but the page begins on the first page.
function change(what) {
    view = { ...view, page: 0, ...what };
    writeAddress();
    showControls();
    now();
}

function makeRow(id) {
    const row = make('div', 'row');
    row.setAttribute('role', 'row');
    const cells = ['pick', 'name', 'dataset', 'state', 'num map', 'epochs', 'num when'].map(name => make('span', name));
    cells.forEach(cell => cell.setAttribute('role', 'cell'));
    const [pick, name, dataset, status, map, epochs, when] = cells;
    row.tick = make('input');
    row.tick.type = 'checkbox';
    row.tick.addEventListener('change', () => pickModels([id], row.tick.checked));
    pick.append(row.tick);
    row.link = make('a');
    row.link.href = '/models/' + encodeURIComponent(id);
    row.sub = make('small', 'muted');
    name.append(row.link, row.sub);
    row.badge = make('span', 'badge');
    status.append(row.badge);
    row.count = make('span', 'count');
    row.bar = makeBar();
    epochs.append(row.count, row.bar);
    row.when = make('time', 'muted');
    when.append(row.when);
    Object.assign(row, { dataset1: dataset, map });
    row.append(...cells);
    return row;
}

function fill(row, model) {
    const name = model.name || 'Unnamed model';
    row.link.textContent = row.link.title = name;
    row.sub.textContent = joined([page.user ? '' : model.owner, model.architecture, model.project]);
    row.dataset1.textContent = model.dataset || '–';
    row.tick.checked = chosen.has(model.id);
    row.tick.setAttribute('aria-label', 'Choose ' + name);
    row.classList.toggle('picked', row.tick.checked);
    setBadge(row.badge, model.state);
    row.map.textContent = number(model.best_map);
    row.count.textContent = model.planned ? model.epochs + ' / ' + model.planned : String(model.epochs);
    row.bar.hidden = !model.planned;
    row.bar.classList.toggle('done', model.state === 'finished');
    setBar(row.bar, model.state === 'finished' ? 1 : model.epochs / (model.planned || 1));
    row.updated = model.updated;
    row.when.textContent = ago(model.updated);
    row.when.dateTime = new Date(model.updated).toISOString();
    row.when.title = new Date(model.updated).toLocaleString();
}

function show() {
    const ids = new Set(page.models.map(model => model.id));
    for (const [id, row] of rows)
        if (!ids.has(id)) {
            row.remove();
            rows.delete(id);
        }
    page.models.forEach((model, i) => {
        let row = rows.get(model.id);
        if (!row)
            rows.set(model.id, row = makeRow(model.id));
        fill(row, model);
        if (list.children[i] !== row)
            list.insertBefore(row, list.children[i] || null);
    });
    const live = page.states.find(one => one.state === 'live')?.models || 0;
    const filtered = view.query.trim() || view.state || view.project !== null;
    byId('count').textContent = (filtered ? page.total + ' of ' : '') + (page.all === 1 ? '1 model' : page.all.toLocaleString() + ' models')
        + (live ? ', ' + live + ' training now' : '');
    const none = page.models.length === 0;
    byId('models').hidden = none;
    byId('empty').hidden = page.all > 0;
    byId('nothing').hidden = !none || page.all === 0;
    byId('pages').hidden = page.total <= PAGE;
    byId('range').textContent = (page.offset + 1) + '–' + (page.offset + page.models.length) + ' of ' + page.total.toLocaleString();
    byId('previous').disabled = page.offset === 0;
    byId('next').disabled = page.offset + page.models.length >= page.total;
    showChoices();
    showPicks();
}

function option(value, text) {
    const one = make('option', '', text);
    one.value = value;
    return one;
}

/// Replaces the options only when they changed, so that an open list is not closed.
function setOptions(select, options, value) {
    const shape = JSON.stringify(options);
    if (select.shape !== shape) {
        select.shape = shape;
        select.replaceChildren(...options.map(([key, text]) => option(key, text)));
    }
    select.value = value;
}

/// The administrator chooses whose models to see, where there are others; everybody else sees their own.
function showOwners() {
    const users = page.owners.filter(one => one.owner);
    const own = page.owners.find(one => !one.owner)?.models || 0;
    const all = page.owners.reduce((sum, one) => sum + one.models, 0);
    const known = users.map(one => ['user:' + one.owner, one.owner + ' (' + one.models + ')']);
    if (view.owner.startsWith('user:') && !known.some(one => one[0] === view.owner))
        known.push([view.owner, view.owner.slice(5)]);
    setOptions(owner, [['', 'Mine (' + own + ')'], ['all', 'Everybody (' + all + ')'], ...known], view.owner);
    owner.hidden = page.user !== '' || (users.length === 0 && view.owner === '');
}

function showChoices() {
    showOwners();
    const shown = page.states.map(one => [one.state, (states[one.state] || one.state) + ' (' + one.models + ')']);
    if (view.state && !page.states.some(one => one.state === view.state))
        shown.push([view.state, states[view.state] || view.state]);
    setOptions(state, [['', 'Any status'], ...shown], view.state);
    const known = page.projects.map(one => [one.project, one.name + ' (' + one.models + ')']).sort((a, b) => a[1].localeCompare(b[1]));
    if (view.project && !page.projects.some(one => one.project === view.project))
        known.push([view.project, view.project]);
    setOptions(project, [['', 'Any project'], [NO_PROJECT, 'No project'], ...known],
        view.project === null ? '' : view.project || NO_PROJECT);
    project.hidden = known.length === 0 && view.project === null;
}

function showControls() {
    if (document.activeElement !== search)
        search.value = view.query;
    setOptions(sort, sorts.map(([key, order, text]) => [key + ' ' + order, text]), view.sort + ' ' + view.order);
    for (const head of document.querySelectorAll('[data-sort]'))
        head.setAttribute('aria-sort', head.dataset.sort !== view.sort ? 'none' : view.order === 'asc' ? 'ascending' : 'descending');
}

function pickModels(ids, on) {
    for (const id of ids)
        on ? chosen.add(id) : chosen.delete(id);
    writeAddress();
    showPicks();
}

function showPicks() {
    for (const [id, row] of rows) {
        row.tick.checked = chosen.has(id);
        row.classList.toggle('picked', row.tick.checked);
    }
    const here = [...rows.keys()].filter(id => chosen.has(id)).length;
    byId('pickall').checked = rows.size > 0 && here === rows.size;
    byId('pickall').indeterminate = here > 0 && here < rows.size;
    byId('chosen').hidden = chosen.size === 0;
    byId('chosencount').textContent = chosen.size === 1 ? '1 model chosen' : chosen.size + ' models chosen';
    byId('compare').href = '/compare#' + [...chosen].join(',');
    byId('compare').textContent = chosen.size === 1 ? 'Open' : 'Compare';
    document.body.classList.toggle('choosing', chosen.size > 0);
}

function source() {
    const query = parameters();
    query.set('offset', view.page * PAGE);
    query.set('limit', PAGE);
    return '/web/api/models?' + query;
}

let shown = ''; // where `page` came from
const now = poll(async ask => {
    const url = source();
    const answer = await ask(url, 0, url !== shown);
    if (!answer || url !== source())
        return;
    page = answer;
    shown = url;
    view.page = Math.floor(page.offset / PAGE); // fewer pages than the address says
    document.querySelector('.signout').hidden = !page.signed_in;
    document.querySelector('.signout button').textContent = page.user ? 'Sign out (' + page.user + ')' : 'Sign out';
    show();
});

let typing = 0;
search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ query: search.value }), 150);
});
owner.addEventListener('change', () => change({ owner: owner.value, project: null }));
state.addEventListener('change', () => change({ state: state.value }));
project.addEventListener('change', () => change({ project: project.value === '' ? null : project.value === NO_PROJECT ? '' : project.value }));
sort.addEventListener('change', () => {
    const [key, order] = sort.value.split(' ');
    change({ sort: key, order });
});
for (const head of document.querySelectorAll('[data-sort]')) {
    const key = head.dataset.sort;
    const button = make('button', 'quiet', head.textContent);
    button.type = 'button';
    button.addEventListener('click', () => {
        const first = textual.includes(key) ? 'asc' : 'desc';
        change({ sort: key, order: view.sort === key && view.order === first ? (first === 'asc' ? 'desc' : 'asc') : first });
    });
    head.replaceChildren(button);
}
byId('previous').addEventListener('click', () => change({ page: Math.max(0, view.page - 1) }));
byId('next').addEventListener('click', () => change({ page: view.page + 1 }));
byId('pickall').addEventListener('change', event => pickModels([...rows.keys()], event.target.checked));
byId('clear').addEventListener('click', () => pickModels([...chosen], false));
byId('reset').addEventListener('click', () => {
    search.value = '';
    change({ query: '', state: '', project: null });
});
showControls();
setInterval(() => rows.forEach(row => row.when.textContent = ago(row.updated)), 5000);
