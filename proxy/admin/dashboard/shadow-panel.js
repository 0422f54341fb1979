import { drawn, element, panel } from './element.js';
import { countText, moment } from './format.js';
import { differingParts } from './text-difference.js';

/**
 * @typedef {import('./api.js').Shadow} Shadow
 * @typedef {Shadow['reports'][number]} Report
 * @typedef {Report['fields'][number]} Field
 * @typedef {Field['samples'][number]} Sample
 */

const MAX_SAMPLES = 3;

/** How the answers of both sides differ. */
export const shadowPanel = () => {
  const found = element('div', {});
  /** Fields that somebody has opened stay open. @type {Set<string>} */
  const open = new Set();
  const draw = drawn(found, (/** @type {{ shadow: Shadow | null, percent: number | null }} */ now) =>
    now.percent === null
      ? [
          element(
            'p',
            { class: 'note' },
            'No copies are sent to the other side: give the route shadow: { percent: … }.',
          ),
        ]
      : shadowOf(now.shadow, now.percent, open),
  );
  return {
    node: panel('Shadow', found),
    /** @param {Shadow | null} shadow @param {number | null} percent */
    show: (shadow, percent) => draw({ shadow, percent }),
  };
};

/** @param {Shadow | null} shadow @param {number} percent @param {Set<string>} open */
const shadowOf = (shadow, percent, open) => {
  if (!shadow) return [element('p', { class: 'note' }, 'Asking the proxies …')];
  const { reports, away } = shadow;
  const sum = (/** @type {(report: Report) => number} */ of) =>
    reports.reduce((all, report) => all + of(report), 0);
  const compared = sum((report) => report.compared);
  const mismatched = sum((report) => report.mismatched);
  const skipped = sum((report) => Object.values(report.skipped).reduce((all, count) => all + count, 0));
  const fields = fieldsOf(reports);
  return [
    element(
      'p',
      {},
      `${percent} % of the requests are asked of both sides: ${countText(compared)} answers compared, `,
      element('strong', {}, `${countText(mismatched)} differed`),
      `${skipped === 0 ? '' : `, ${countText(skipped)} not compared (${skippedText(reports)})`}.`,
    ),
    ...away.map(({ proxy, why }) => element('p', { class: 'warning' }, `${proxy}: ${why}`)),
    ...fields.map((field) => fieldOf(field, open)),
    fields.length > 0 &&
      element('p', { class: 'note' }, 'Values are reduced to their shape, unless the route shows them.'),
  ];
};

/** @param {readonly Report[]} reports */
const skippedText = (reports) =>
  [...new Set(reports.flatMap(({ skipped }) => Object.keys(skipped)))].join(', ');

/** Each field once, over all proxies; what is no noise first. @param {readonly Report[]} reports @returns {readonly Field[]} */
const fieldsOf = (reports) => {
  /** @type {Map<string, Field>} */
  const fields = new Map();
  for (const field of reports.flatMap((report) => report.fields)) {
    const known = fields.get(field.field);
    fields.set(field.field, {
      field: field.field,
      differed: (known?.differed ?? 0) + field.differed,
      differedInControl: (known?.differedInControl ?? 0) + field.differedInControl,
      noise: (known?.noise ?? true) && field.noise,
      samples: distinct([...(known?.samples ?? []), ...field.samples]),
    });
  }
  return [...fields.values()].sort((a, b) => Number(a.noise) - Number(b.noise) || b.differed - a.differed);
};

/** The newest samples, each only once: what is reduced to its shape repeats itself. @param {readonly Sample[]} samples */
const distinct = (samples) => {
  const newest = [...samples].sort((a, b) => b.atMs - a.atMs);
  const texts = newest.map(({ kind, control, candidate }) => JSON.stringify([kind, control, candidate]));
  return newest.filter((_, at) => texts.indexOf(texts[at] ?? '') === at).slice(0, MAX_SAMPLES);
};

/** @param {Field} field @param {Set<string>} open */
const fieldOf = ({ field, differed, differedInControl, noise, samples }, open) => {
  const details = element(
    'details',
    { open: open.has(field), class: 'mismatch' },
    element(
      'summary',
      { 'data-key': field },
      element('code', {}, field),
      ` ${countText(differed)} times${noise ? `, as noise: ${countText(differedInControl)} times in the control itself` : ''}`,
    ),
    ...samples.map(sampleOf),
  );
  details.addEventListener('toggle', () => {
    if (details.open) open.add(field);
    else open.delete(field);
  });
  return details;
};

/** Both values beside each other, with what they do not share marked. @param {Sample} sample */
const sampleOf = ({ atMs, kind, control, candidate }) => {
  const [one, other] = differingParts(textOf(control), textOf(candidate));
  const side = (
    /** @type {string} */ name,
    /** @type {readonly [string, string, string]} */ [before, differs, after],
  ) =>
    element(
      'div',
      {},
      element('h3', {}, name),
      element('pre', {}, before, differs === '' ? null : element('mark', {}, differs), after),
    );
  return element(
    'div',
    { class: 'sample' },
    element('p', { class: 'note' }, moment(atMs), `: ${kind}`),
    element('div', { class: 'sides' }, side('control', one), side('candidate', other)),
  );
};

/** @param {unknown} value */
const textOf = (value) => (value === undefined ? '(absent)' : JSON.stringify(value, null, 2));
