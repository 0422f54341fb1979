import { closest } from 'fastest-levenshtein';

/** What to say after "there is no …": the nearest known name, and all of them. */
export const nearest = (name: string, known: readonly string[]): string => {
  if (known.length === 0) return 'the configuration names none';
  const all = `known: ${[...known].sort().join(', ')}`;
  return known.length === 1 ? all : `did you mean ${closest(name, known)}? (${all})`;
};
