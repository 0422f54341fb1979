import { element } from './element.js';
import uPlot from './uplot/uPlot.esm.js';

/**
 * @typedef {{ name: string, side: 'control' | 'candidate' | 'wanted', dashed?: boolean }} Line
 */

const HEIGHT = 170;

/**
 * A live chart with its legend; what it shows now stands in a table beside, for whoever sees no chart.
 * @param {{ title: string, lines: readonly Line[], unit: string, atLeast: number }} options
 */
export const liveChart = ({ title, lines, unit, atLeast }) => {
  const legend = element(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...lines.map(({ name, side, dashed }) =>
      element('li', { class: `line ${side}${dashed ? ' dashed' : ''}` }, name),
    ),
  );
  const canvas = element('div', {
    class: 'chart',
    role: 'img',
    'aria-label': `${title}, as a chart over time`,
  });
  const node = element('figure', {}, element('figcaption', {}, title), legend, canvas);
  /** @type {uPlot.AlignedData} */
  let data = [[], ...lines.map(() => [])];
  /** @type {uPlot | undefined} */
  let plot;

  const clear = () => {
    plot?.destroy();
    plot = undefined;
  };
  const draw = () => {
    clear();
    const width = canvas.clientWidth;
    if (width === 0) return;
    const ink = getComputedStyle(canvas);
    const axis = {
      stroke: ink.color,
      grid: { stroke: ink.borderTopColor, width: 1 },
      ticks: { stroke: ink.borderTopColor, width: 1 },
      font: '12px system-ui, sans-serif',
    };
    const colourOf = (/** @type {number} */ at) =>
      getComputedStyle(/** @type {Element} */ (legend.children[at])).borderTopColor;
    plot = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true },
          y: { range: (_, __, highest) => [0, Math.max(atLeast, (highest ?? 0) * 1.1)] },
        },
        axes: [
          { ...axis, size: 32, values: (_, splits) => splits.map(clockText), space: 80 },
          { ...axis, size: 80, values: (_, splits) => splits.map((value) => `${value} ${unit}`) },
        ],
        series: [
          {},
          ...lines.map(({ name, dashed }, at) => ({
            label: name,
            stroke: colourOf(at),
            width: 2,
            points: { show: false },
            ...(dashed ? { dash: [6, 4] } : {}),
          })),
        ],
      },
      data,
      canvas,
    );
  };

  const resized = new ResizeObserver(() => draw());
  resized.observe(canvas);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', draw);
  return {
    node,
    /** @param {readonly number[]} atSeconds @param {readonly (readonly (number | null)[])[]} values */
    show: (atSeconds, values) => {
      data = /** @type {uPlot.AlignedData} */ ([atSeconds, ...values]);
      if (plot) plot.setData(data);
      else draw();
    },
    close: () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      clear();
    },
  };
};

const clockText = (/** @type {number} */ seconds) =>
  new Date(seconds * 1_000).toLocaleTimeString('en-GB', { hour12: false });
