// SPDX-License-Identifier: GPL-3.0-or-later
// The charts of a page follow each other: the same epoch under the pointer, the same part of the run.
import { make } from './common.js';

export class ChartGroup {
    /// charts(): all there are; kept(): the curve to show while the pointer means none; onCurve(id): the pointer means that one
    constructor(charts, { kept = () => null, onCurve = () => {} } = {}) {
        Object.assign(this, { charts, kept, onCurve, part: null });
        this.button = make('button', '', 'Whole run');
        this.button.type = 'button';
        this.button.hidden = true;
        this.button.addEventListener('click', () => this.show(null));
    }

    add(chart) {
        chart.part = this.part;
        chart.onPart = part => this.show(part);
        chart.onPoint = (epoch, id) => {
            for (const other of this.charts())
                other.point(epoch, id ?? this.kept(), other === chart);
            this.onCurve(id);
        };
    }

    /// part: [first epoch, last epoch], or null for all
    show(part) {
        this.part = part;
        this.button.hidden = !part;
        for (const chart of this.charts()) {
            chart.part = part;
            chart.refresh();
        }
    }
}
