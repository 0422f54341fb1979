import { type EntityDefinition, entityKeyOf } from '../../../services/core/index.ts';

/** The `_id` of a thing: some are numbers, which MongoDB compares with no text. */
export const idOfThing = (n: number): string | number => (n % 3 === 1 ? n : `thing-${n}`);

export const keyOfThing = (n: number): string => KEYS[n] ?? entityKeyOf(idOfThing(n));

/** Asked for at every turn, and extended JSON takes its time. */
const KEYS = Array.from({ length: 8 }, (_, n) => entityKeyOf(idOfThing(n)));

export const idOfRelic = (n: number): string => `relic-${n}`;

/** Whether a key is one of this entity's; there are things and relics. */
export const isKeyOf = ({ name }: EntityDefinition, key: string): boolean =>
  (name === 'relic') === key.startsWith('relic-');
