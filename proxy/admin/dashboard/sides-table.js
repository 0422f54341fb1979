import { element, table } from './element.js';

/**
 * Both sides beside each other.
 * @template S
 * @param {string} caption
 * @param {{ control: S, candidate: S }} sides
 * @param {readonly [name: string, textOf: (side: S) => string][]} rows
 */
export const sidesTable = (caption, { control, candidate }, rows) =>
  table(
    caption,
    [
      '',
      element('span', { class: 'control' }, 'Control'),
      element('span', { class: 'candidate' }, 'Candidate'),
    ],
    rows.map(([name, textOf]) => [name, textOf(control), textOf(candidate)]),
  );
