import { liveChart } from './charts.js';
import { drawn, element, panel } from './element.js';
import { durationText, latencyText, percentText, rateText } from './format.js';
import { sidesTable } from './sides-table.js';
import { TrafficHistory } from './traffic-window.js';

/**
 * @typedef {import('./traffic-window.js').SideNow} SideNow
 * @typedef {import('./traffic-window.js').TrafficPoint} TrafficPoint
 * @typedef {import('./charts.js').Line & { of: (point: TrafficPoint, weightPercent: number | null) => number | null }} TrafficLine
 */

const KEEP_MS = 600_000;

/** What is drawn of each point in time. @type {readonly { title: string, unit: string, atLeast: number, lines: readonly TrafficLine[] }[]} */
const CHARTS = [
  {
    ...{ title: "The candidate's share of the requests", unit: '%', atLeast: 1 },
    lines: [
      { name: 'answered', side: 'candidate', of: ({ sharePercent }) => sharePercent },
      { name: 'dial', side: 'wanted', dashed: true, of: (_, weightPercent) => weightPercent },
    ],
  },
  {
    ...{ title: 'Errors', unit: '%', atLeast: 1 },
    lines: [
      { name: 'control', side: 'control', of: ({ control }) => control.errorPercent },
      { name: 'candidate', side: 'candidate', of: ({ candidate }) => candidate.errorPercent },
    ],
  },
  {
    ...{ title: 'Latency', unit: 'ms', atLeast: 10 },
    lines: [
      { name: 'control p50', side: 'control', of: ({ control }) => control.p50Ms },
      { name: 'control p99', side: 'control', dashed: true, of: ({ control }) => control.p99Ms },
      { name: 'candidate p50', side: 'candidate', of: ({ candidate }) => candidate.p50Ms },
      { name: 'candidate p99', side: 'candidate', dashed: true, of: ({ candidate }) => candidate.p99Ms },
    ],
  },
];

/** What both sides of a route do now, in numbers and over the last ten minutes. */
export const trafficPanel = () => {
  const history = new TrafficHistory(KEEP_MS);
  /** The dial at each point, by its time. @type {Map<number, number>} */
  const wanted = new Map();
  const numbers = element('div', {});
  const proxies = element('p', { class: 'note' });
  const charts = CHARTS.map((drawing) => ({ ...drawing, chart: liveChart(drawing) }));
  const drawNumbers = drawn(numbers, numbersOf);
  const drawProxies = drawn(proxies, proxiesOf);

  return {
    node: panel(
      'Traffic',
      numbers,
      element('div', { class: 'charts' }, ...charts.map(({ chart }) => chart.node)),
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
      const valuesOf = (/** @type {TrafficLine} */ { of }) =>
        points.map((point) => drawable(of(point, wanted.get(point.atMs) ?? null)));
      for (const { chart, lines } of charts) chart.show(at, lines.map(valuesOf));
    },
    close: () => {
      for (const { chart } of charts) chart.close();
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
  const share = (/** @type {SideNow} */ side) =>
    sharePercent === null ? '–' : percentText(side === candidate ? sharePercent : 100 - sharePercent);
  return [
    sidesTable(`Both sides in the last ${durationText(spanMs)}`, { control, candidate }, [
      ['Requests', ({ perSecond }) => rateText(perSecond)],
      ['Share', share],
      ['Errors', ({ errorPercent }) => (errorPercent === null ? '–' : percentText(errorPercent))],
      ['Latency, p50', ({ p50Ms }) => latencyText(p50Ms)],
      ['Latency, p99', ({ p99Ms }) => latencyText(p99Ms)],
    ]),
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
