/** The code of a system error, as `ECONNREFUSED`; empty when there is none. */
export const errorCodeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
