import { liveChart } from './charts.js';
import { drawn, element, panel, table } from './element.js';
import { durationText, latencyText, percentText, rateText } from './format.js';
import { TrafficHistory } from './traffic-window.js';

/** @typedef {import('./traffic-window.js').SideNow} SideNow */

const KEEP_MS = 600_000;

/** What both sides of a route do now, in numbers and over the last ten minutes. */
export const trafficPanel = () => {
  const history = new TrafficHistory(KEEP_MS);
  /** The dial at each point, by its time. @type {Map<number, number>} */
  const wanted = new Map();
  const numbers = element('div', {});
  const proxies = element('p', { class: 'note' });
  const share = liveChart({
    title: "The candidate's share of the requests",
    unit: '%',
    atLeast: 1,
    lines: [
      { name: 'answered', side: 'candidate' },
      { name: 'dial', side: 'wanted', dashed: true },
    ],
  });
  const errors = liveChart({
    title: 'Errors',
    unit: '%',
    atLeast: 1,
    lines: [
      { name: 'control', side: 'control' },
      { name: 'candidate', side: 'candidate' },
    ],
  });
  const latency = liveChart({
    title: 'Latency',
    unit: 'ms',
    atLeast: 10,
    lines: [
      { name: 'control p50', side: 'control' },
      { name: 'control p99', side: 'control', dashed: true },
      { name: 'candidate p50', side: 'candidate' },
      { name: 'candidate p99', side: 'candidate', dashed: true },
    ],
  });
  const drawNumbers = drawn(numbers, numbersOf);
  const drawProxies = drawn(proxies, proxiesOf);

  return {
    node: panel(
      'Traffic',
      numbers,
      element('div', { class: 'charts' }, share.node, errors.node, latency.node),
      proxies,
    ),
    /** @param {import('./api.js').Readings} readings @param {number} weightPercent */
    show: (readings, weightPercent) => {
      history.add(readings);
      const { points } = history;
      const last = points.at(-1);
      if (last && !wanted.has(last.atMs)) wanted.set(last.atMs, weightPercent);
      for (const atMs of wanted.keys()) if (atMs < (points[0]?.atMs ?? 0)) wanted.delete(atMs);
      drawNumbers({ point: last ?? null, serves: readings.totals !== null });
      drawProxies({ instances: readings.instances, behind: readings.behind, silent: readings.silent });
      const at = points.map(({ atMs }) => atMs / 1_000);
      share.show(at, [
        points.map(({ sharePercent }) => sharePercent),
        points.map(({ atMs }) => wanted.get(atMs) ?? null),
      ]);
      const both = (/** @type {(side: SideNow) => number | null} */ of) => [
        points.map(({ control }) => drawable(of(control))),
        points.map(({ candidate }) => drawable(of(candidate))),
      ];
      errors.show(
        at,
        both(({ errorPercent }) => errorPercent),
      );
      const [control50, candidate50] = both(({ p50Ms }) => p50Ms);
      const [control99, candidate99] = both(({ p99Ms }) => p99Ms);
      latency.show(at, [control50 ?? [], control99 ?? [], candidate50 ?? [], candidate99 ?? []]);
    },
    close: () => {
      for (const chart of [share, errors, latency]) chart.close();
    },
  };
};

/** What is above all bounds has no place on a scale. @param {number | null} value */
const drawable = (value) => (value !== null && Number.isFinite(value) ? value : null);

/** @param {{ point: import('./traffic-window.js').TrafficPoint | null, serves: boolean }} now */
const numbersOf = ({ point, serves }) => {
  if (!serves) return [element('p', { class: 'warning' }, 'No proxy that serves this route is heard of.')];
  if (!point) return [element('p', { class: 'note' }, 'Waiting for a second reading …')];
  const { control, candidate, sharePercent, spanMs } = point;
  const both = (/** @type {string} */ name, /** @type {(side: SideNow) => string} */ of) => [
    name,
    of(control),
    of(candidate),
  ];
  const share = (/** @type {SideNow} */ side) =>
    sharePercent === null ? '–' : percentText(side === candidate ? sharePercent : 100 - sharePercent);
  return [
    table(
      `Both sides in the last ${durationText(spanMs)}`,
      [
        '',
        element('span', { class: 'control' }, 'Control'),
        element('span', { class: 'candidate' }, 'Candidate'),
      ],
      [
        both('Requests', ({ perSecond }) => rateText(perSecond)),
        both('Share', share),
        both('Errors', ({ errorPercent }) => (errorPercent === null ? '–' : percentText(errorPercent))),
        both('Latency, p50', ({ p50Ms }) => latencyText(p50Ms)),
        both('Latency, p99', ({ p99Ms }) => latencyText(p99Ms)),
      ],
    ),
    element('p', { class: 'note' }, `The last ${durationText(spanMs)}, over all proxies.`),
  ];
};

/** @param {Pick<import('./api.js').Readings, 'instances' | 'behind' | 'silent'>} heard */
const proxiesOf = ({ instances, behind, silent }) => {
  const one = instances.length === 1;
  const said = [`${instances.length} ${one ? 'proxy reports' : 'proxies report'}.`];
  if (behind.length > 0) said.push(`Not at the dial's weight yet: ${behind.join(', ')}.`);
  for (const { name, silentMs } of silent)
    said.push(`${name} has been silent for ${durationText(silentMs)}.`);
  return [said.join(' ')];
};
