/* Charts of the last minute, drawn as SVG. No library, nothing from elsewhere. */
'use strict';

const DuneCharts = (function () {
    const SVG = 'http://www.w3.org/2000/svg';
    const LEFT = 56, RIGHT = 6, TOP = 8, BOTTOM = 20;

    function element(name, attributes, text) {
        const made = document.createElementNS(SVG, name);
        for (const key in attributes) {
            made.setAttribute(key, attributes[key]);
        }
        if (text !== undefined) {
            made.textContent = text;
        }
        return made;
    }

    /* The least of 1, 2, 5 times a power of ten (or of 1024, for bytes) that is not below a value. */
    function ceiling(value, bytes) {
        let unit = 1;
        while (bytes && unit * 1024 <= value) {
            unit *= 1024;
        }
        const scaled = Math.max(value / unit, 1);
        const power = Math.pow(10, Math.floor(Math.log10(scaled)));
        for (const step of [1, 2, 5, 10]) {
            if (step * power >= scaled) {
                return step * power * unit;
            }
        }
        return 10 * power * unit;
    }

    /* The newest value stands at the right edge. */
    function points(values, samples, left, right, top, bottom, most) {
        return values.map(function (value, i) {
            const x = right - (values.length - 1 - i) * (right - left) / (samples - 1);
            const y = bottom - value * (bottom - top) / most;
            return x.toFixed(1) + ',' + y.toFixed(1);
        });
    }

    function lines(svg, drawn, bottom) {
        svg.dataset.points = drawn.length;
        if (drawn.length > 1) {
            const first = drawn[0].split(',')[0], last = drawn[drawn.length - 1].split(',')[0];
            svg.append(
                element('polygon', {class: 'dune-area', points: first + ',' + bottom + ' ' + drawn.join(' ') + ' ' + last + ',' + bottom}),
                element('polyline', {class: 'dune-line', points: drawn.join(' ')}));
        }
    }

    return {
        /* A line without axes, for a row of a table. */
        spark: function (svg, kind, values, samples) {
            const width = 60, height = 20;
            svg.setAttribute('class', 'dune-' + kind);
            svg.setAttribute('width', width);
            svg.setAttribute('height', height);
            svg.setAttribute('aria-hidden', 'true');
            svg.replaceChildren(element('line', {class: 'dune-grid', x1: 0, x2: width, y1: height - .5, y2: height - .5}));
            lines(svg, points(values, samples, 0, width, 2, height - 1, Math.max(1, ...values)), height - 1);
        },

        /* With axes; print makes the text of a value. */
        draw: function (svg, kind, values, samples, seconds, print, bytes) {
            const width = svg.clientWidth || 400, height = svg.clientHeight || 150;
            const right = width - RIGHT, bottom = height - BOTTOM;
            const most = ceiling(Math.max(0, ...values), bytes);
            svg.setAttribute('class', 'dune-' + kind);
            svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
            svg.setAttribute('role', 'img');
            svg.setAttribute('aria-label', values.length ? 'now ' + print(values[values.length - 1]) : 'nothing yet');
            svg.replaceChildren();
            for (const part of [0, .5, 1]) {
                const y = Math.round(bottom - part * (bottom - TOP)) + .5;
                svg.append(
                    element('line', {class: part ? 'dune-grid' : 'dune-axis', x1: LEFT, x2: right, y1: y, y2: y}),
                    element('text', {class: 'dune-label', x: LEFT - 6, y: y + 3.5, 'text-anchor': 'end'}, print(part * most)));
            }
            svg.append(
                element('text', {class: 'dune-label', x: LEFT, y: height - 5}, seconds + ' s ago'),
                element('text', {class: 'dune-label', x: right, y: height - 5, 'text-anchor': 'end'}, 'now'));
            lines(svg, points(values, samples, LEFT, right, TOP, bottom, most), bottom);
        }
    };
})();
