import { drawn, element, panel } from './element.js';
import { countText, latencyText, moment, percentText } from './format.js';
import { sidesTable } from './sides-table.js';
import { quantileMs } from './traffic-window.js';

/** @typedef {import('./api.js').Readings} Readings */

/** What both sides of a load balancer's rule did since its dial was set. */
export const ruleTrafficPanel = () => {
  const numbers = element('div', {});
  const draw = drawn(numbers, numbersOf);
  return {
    node: panel('Traffic', numbers),
    /** @param {Readings} readings */
    show: ({ step, latencyBoundsMs }) => draw({ step, latencyBoundsMs }),
    close: () => undefined,
  };
};

/** @param {Pick<Readings, 'step' | 'latencyBoundsMs'>} readings */
const numbersOf = ({ step, latencyBoundsMs }) => {
  if (!step) return [element('p', { class: 'note' }, 'Nobody has ever set the dial.')];
  const both = step.control.requests + step.candidate.requests;
  const share = (/** @type {number} */ requests) => (both === 0 ? '–' : percentText((requests / both) * 100));
  const errors = (/** @type {typeof step.control} */ { requests, failures }) =>
    requests === 0 ? '–' : percentText(Math.min(100, (failures / requests) * 100));
  const latency =
    (/** @type {number} */ quantile) =>
    (/** @type {typeof step.control} */ { withinBounds }) =>
      latencyText(quantileMs(withinBounds, latencyBoundsMs, quantile));
  return [
    sidesTable('Both sides since the dial was set', step, [
      ['Requests', ({ requests }) => countText(requests)],
      ['Share', ({ requests }) => share(requests)],
      ['Errors', errors],
      ['Latency, p50', latency(0.5)],
      ['Latency, p99', latency(0.99)],
    ]),
    element(
      'p',
      { class: 'note' },
      'Since ',
      moment(step.sinceMs),
      ', by CloudWatch: whole minutes, some two minutes late.',
    ),
  ];
};
