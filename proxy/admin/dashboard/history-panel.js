import { drawn, element, panel, table } from './element.js';
import { moment, percentText } from './format.js';

/** Who turned the dials of a route. */
export const historyPanel = () => {
  const changes = element('div', {});
  const draw = drawn(changes, changesOf);
  return {
    node: panel('History', changes),
    show: draw,
  };
};

/** @param {readonly (import('./api.js').Changes[number] & { cohort?: string })[]} changes */
const changesOf = (changes) =>
  changes.length === 0
    ? [element('p', { class: 'note' }, 'Nobody has turned the dial yet.')]
    : [
        table(
          'Who turned the dial',
          ['When', 'From', 'To', 'By', 'Why'],
          changes.map(({ atMs, cohort, fromPercent, toPercent, by, why }) => [
            moment(atMs),
            percentText(fromPercent),
            `${percentText(toPercent)}${cohort === undefined ? '' : ` (${cohort})`}`,
            by,
            why,
          ]),
        ),
      ];
