/*
 * The page of guests. What guests say (names of programs, paths, arguments) only ever becomes text of elements, never markup.
 */
'use strict';

(function () {
    const PERIOD = 1000;        // milliseconds between two looks at the guests
    const SAMPLES = 61;         // values of a chart, the oldest a minute ago
    const MAP_PERIOD = 5;       // of these looks one is at the memory map, too
    const TRACE_PERIOD = 500;   // milliseconds between two looks at the trace
    const TRACE_LINES = 2000;   // that stay on the page, as many as the server keeps
    const SIGNALS = ['TERM', 'KILL', 'INT', 'HUP', 'QUIT', 'STOP', 'CONT', 'USR1', 'USR2', 'ALRM', 'WINCH'];
    const STATES = {R: 'running', S: 'sleeping', T: 'stopped', t: 'traced', H: 'held', Z: 'ended'};

    const page = document.getElementById('dune');
    const status = document.getElementById('dune-status');
    const body = document.querySelector('#dune-guests tbody');
    const detail = document.getElementById('dune-detail');
    const trace = document.getElementById('dune-trace');
    const watch = document.getElementById('dune-watch');
    const rows = new Map();     // by pid
    let selected = null;        // a pid
    let viewer = null;          // of its trace
    let looks = 0;

    // Asking and acting

    async function result(response) {
        let said = {};
        try {
            said = await response.json();
        } catch (none) {
            // Not from us: the console's own page, say.
        }
        if (!response.ok) {
            const failed = new Error(said.error || 'the server says ' + response.status);
            failed.status = response.status;
            throw failed;
        }
        return said;
    }

    async function ask(what, parameters) {
        const query = parameters ? '?' + new URLSearchParams(parameters) : '';
        return result(await fetch(page.dataset.root + '/' + what + query, {credentials: 'same-origin', cache: 'no-store'}));
    }

    async function act(what, parameters, last) {
        return result(await fetch(page.dataset.root + '/' + what, {
            method: 'POST',
            credentials: 'same-origin',
            keepalive: Boolean(last),
            headers: {'X-Dune-Token': page.dataset.token},
            body: new URLSearchParams(parameters)
        }));
    }

    function say(text, wrong) {
        status.textContent = text;
        status.classList.toggle('ui-state-error', Boolean(wrong));
        status.classList.toggle('ui-state-highlight', !wrong);
    }

    async function attempt(action) {
        try {
            await action();
            await look();
        } catch (failed) {
            say(failed.message, true);
        }
    }

    // Printing

    function bytes(value) {
        const units = ['B', 'K', 'M', 'G', 'T'];
        let unit = 0;
        while (value >= 1023.5 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return (unit && value < 9.95 ? value.toFixed(1) : value.toFixed(0)) + ' ' + units[unit];
    }

    function count(value) {
        return value >= 1e6 ? (value / 1e6).toFixed(1) + ' M' : value >= 1e4 ? (value / 1e3).toFixed(1) + ' k'
            : value < 10 && value % 1 ? value.toFixed(1) : value.toFixed(0);
    }

    function commandLine(guest) {
        return guest.command.length ? guest.command.join(' ') : '[' + guest.program + ']';
    }

    function text(element, value) {
        if (element.textContent !== value) {
            element.textContent = value;
        }
    }

    function element(name, className, value) {
        const made = document.createElement(name);
        made.className = className || '';
        if (value !== undefined) {
            made.textContent = value;
        }
        return made;
    }

    function button(label, className, action) {
        const made = element('button', 'ui-state-default ui-corner-all ' + className, label);
        made.type = 'button';
        made.addEventListener('click', action);
        return made;
    }

    // The table of guests

    function makeRow(pid) {
        const row = {pid: pid, calls: [], exits: [], resident: [], last: null, cells: {}, line: element('tr')};
        row.line.dataset.pid = pid;
        for (const name of ['pid', 'parent', 'state', 'program', 'architecture', 'engine', 'threads', 'memory', 'calls', 'exits', 'actions']) {
            row.cells[name] = row.line.appendChild(element('td', 'dune-' + name));
        }
        for (const name of ['pid', 'parent', 'threads', 'memory']) {
            row.cells[name].classList.add('dune-number');
        }
        row.state = row.cells.state.appendChild(element('span'));
        row.why = row.cells.state.appendChild(element('span', 'dune-why'));
        row.open = row.cells.program.appendChild(button('', 'dune-link', () => select(pid)));
        row.open.classList.remove('ui-state-default');
        for (const name of ['calls', 'exits']) {
            row.cells[name].classList.add('dune-rate');
            row[name + 'Figure'] = row.cells[name].appendChild(element('span', 'dune-figure', '-'));
            row[name + 'Spark'] = row.cells[name].appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
        }
        row.hold = button('Hold', 'dune-hold', () => attempt(() => act(row.held ? 'release' : 'hold', {pid: pid})));
        row.signal = element('select', 'dune-signal');
        row.signal.setAttribute('aria-label', 'Signal');
        SIGNALS.forEach(name => row.signal.append(new Option('SIG' + name, name)));
        row.send = button('Send', 'dune-send', () => attempt(() => act('signal', {pid: pid, signal: row.signal.value})));
        row.cells.actions.append(row.hold, row.signal, row.send);
        return row;
    }

    function add(values, value) {
        values.push(value);
        if (values.length > SAMPLES) {
            values.shift();
        }
    }

    function sample(row, guest, millis) {
        const last = row.last;
        if (last && guest.calls < last.calls) {
            // Another guest has the number now.
            row.calls = [];
            row.exits = [];
            row.resident = [];
        } else if (last && millis > last.millis) {
            const seconds = (millis - last.millis) / 1000;
            add(row.calls, (guest.calls - last.calls) / seconds);
            add(row.exits, (guest.exits - last.exits) / seconds);
        }
        add(row.resident, guest.resident);
        row.last = {calls: guest.calls, exits: guest.exits, millis: millis};
    }

    function show(row, guest) {
        row.held = guest.state === 'H';
        row.guest = guest;
        text(row.cells.pid, String(guest.pid));
        text(row.cells.parent, String(guest.parent));
        text(row.state, STATES[guest.state] || guest.state);
        text(row.why, row.held ? guest.waits.replace(/^held: /, '') : guest.state === 'S' ? guest.waits : '');
        text(row.open, commandLine(guest));
        row.open.title = guest.program + (guest.profile ? ', profile ' + guest.profile : '');
        text(row.cells.architecture, guest.architecture);
        text(row.cells.engine, guest.engine);
        text(row.cells.threads, String(guest.threads));
        text(row.cells.memory, bytes(guest.resident));
        row.cells.memory.title = bytes(guest.virtual) + ' of addresses';
        text(row.hold, row.held ? 'Release' : 'Hold');
        row.line.classList.toggle('dune-held', row.held);
        row.line.classList.toggle('dune-selected', guest.pid === selected);
        for (const name of ['calls', 'exits']) {
            const values = row[name];
            text(row[name + 'Figure'], values.length ? count(values[values.length - 1]) : '-');
            DuneCharts.spark(row[name + 'Spark'], name, values, SAMPLES);
        }
    }

    async function look() {
        const said = await ask('guests.json');
        const there = new Set();
        let held = 0;
        for (const guest of said.guests) {
            there.add(guest.pid);
            let row = rows.get(guest.pid);
            if (!row) {
                row = makeRow(guest.pid);
                rows.set(guest.pid, row);
            }
            sample(row, guest, said.millis);
            show(row, guest);
            held += row.held ? 1 : 0;
        }
        for (const [pid, row] of rows) {
            if (!there.has(pid)) {
                row.line.remove();
                rows.delete(pid);
            }
        }
        said.guests.forEach(function (guest, i) {
            const line = rows.get(guest.pid).line;
            if (body.children[i] !== line) {
                body.insertBefore(line, body.children[i] || null);
            }
        });
        while (body.children.length > Math.max(rows.size, 0)) {
            body.lastChild.remove();
        }
        if (!rows.size) {
            const cell = element('td', 'dune-none', 'No program runs in dune.');
            cell.colSpan = 11;
            body.appendChild(element('tr')).append(cell);
        }
        say(rows.size === 1 ? '1 guest' + (held ? ', held' : '') : rows.size + ' guests' + (held ? ', ' + held + ' of them held' : ''));
        if (selected !== null) {
            showDetail();
        }
    }

    // One guest

    function showDetail() {
        const row = rows.get(selected);
        if (!row) {
            text(document.getElementById('dune-name'), 'Guest ' + selected + ' has ended');
            watch.disabled = true;
            return;
        }
        text(document.getElementById('dune-name'), 'Guest ' + selected + ': ' + commandLine(row.guest));
        const seconds = (SAMPLES - 1) * PERIOD / 1000;
        chart('calls', row.calls, count);
        chart('exits', row.exits, count);
        chart('memory', row.resident, bytes, true);

        function chart(name, values, print, inBytes) {
            DuneCharts.draw(document.getElementById('dune-' + name), name, values, SAMPLES, seconds, print, inBytes);
            text(document.getElementById('dune-' + name + '-now'), values.length ? print(values[values.length - 1]) : '');
        }
    }

    async function showMap() {
        const pid = selected;
        const said = await ask('map.json', {pid: pid});
        if (pid !== selected || !said.mappings.length) {
            return;
        }
        let size = 0, resident = 0;
        const lines = said.mappings.map(function (mapping) {
            size += mapping.size;
            resident += mapping.resident;
            const line = element('tr');
            line.append(element('td', '', mapping.start + '-' + mapping.end), element('td', '', mapping.permissions),
                element('td', 'dune-number', bytes(mapping.size)), element('td', 'dune-number', bytes(mapping.resident)),
                element('td', '', mapping.name));
            return line;
        });
        document.querySelector('#dune-map tbody').replaceChildren(...lines);
        text(document.getElementById('dune-map-note'),
            lines.length + ' mappings, ' + bytes(size) + ' of addresses, ' + bytes(resident) + ' resident');
    }

    function select(pid) {
        if (pid !== selected) {
            stopWatching();
            trace.replaceChildren();
            document.querySelector('#dune-map tbody').replaceChildren();
        }
        selected = pid;
        watch.disabled = false;
        detail.hidden = false;
        rows.forEach((row, each) => row.line.classList.toggle('dune-selected', each === pid));
        showDetail();
        showMap().catch(failed => say(failed.message, true));
    }

    function close() {
        stopWatching();
        selected = null;
        detail.hidden = true;
        rows.forEach(row => row.line.classList.remove('dune-selected'));
    }

    // The live trace

    function note(value) {
        text(document.getElementById('dune-trace-note'), value);
    }

    function write(lines) {
        const atEnd = trace.scrollHeight - trace.scrollTop - trace.clientHeight < 30;
        trace.append(...lines.map(line => element('div', '', line)));
        while (trace.children.length > TRACE_LINES) {
            trace.firstChild.remove();
        }
        if (atEnd) {
            trace.scrollTop = trace.scrollHeight;
        }
    }

    async function startWatching() {
        const pid = selected;
        const opened = (await act('watch', {pid: pid})).viewer;
        if (pid !== selected || viewer !== null) {
            act('unwatch', {viewer: opened});
            return;
        }
        viewer = opened;
        text(watch, 'Stop');
        let dropped = 0;
        while (viewer === opened) {
            const said = await ask('trace.json', {viewer: opened});
            if (viewer === opened) {
                dropped += said.dropped;
                note(dropped ? dropped + ' lines were too many to show' : 'live');
                write(said.lines);
                await new Promise(done => setTimeout(done, TRACE_PERIOD));
            }
        }
    }

    function stopWatching() {
        if (viewer !== null) {
            act('unwatch', {viewer: viewer}, true).catch(failed => say(failed.message, true));
        }
        ended();
    }

    function ended() {
        viewer = null;
        text(watch, 'Watch');
        note('');
    }

    // What happens when

    watch.addEventListener('click', function () {
        if (viewer !== null) {
            stopWatching();
            return;
        }
        startWatching().catch(function (failed) {
            ended();
            say(failed.message, true);
        });
    });
    document.getElementById('dune-close').addEventListener('click', close);
    window.addEventListener('pagehide', stopWatching);

    async function live() {
        if (!document.hidden) {
            try {
                await look();
                if (selected !== null && rows.has(selected) && looks++ % MAP_PERIOD === 0) {
                    await showMap();
                }
            } catch (failed) {
                say(failed.message, true);
            }
        }
        setTimeout(live, PERIOD);
    }

    live();
})();
