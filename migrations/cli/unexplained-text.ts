import type { KeptWrite, UnexplainedReason } from '../../services/outbox/unexplained/index.ts';

const REASONS: { readonly [reason in UnexplainedReason]: string } = {
  'no-transaction': 'in no transaction',
  'no-row': 'in a transaction that has no event of the key',
  'other-state': 'in a transaction whose event of the key tells of another state',
};

/** An unexplained write, for people. */
export const describeWrite = (write: KeptWrite): string => {
  const { collection, key, operation, reason, clusterTime, atMs, site, failure } = write;
  const what = key === undefined ? `${operation} of ${collection}` : `${operation} of ${collection} ${key}`;
  const when = `${new Date(atMs).toISOString()} (${clusterTime.t}.${clusterTime.i})`;
  return [
    `${when}  ${what}, ${REASONS[reason]}`,
    ...(site?.frames ?? []).map((frame, n) => `    ${n === 0 ? sure(site?.certain) : ''}at ${frame}`),
    ...(failure ? [`    not healed: ${failure.reason}`] : []),
  ].join('\n');
};

const sure = (certain: boolean | undefined): string => (certain ? '' : 'perhaps ');

/** An unexplained write, as JSON gives it. */
export const writeAnswer = ({ clusterTime, ...write }: KeptWrite) => ({
  ...write,
  clusterTime: `${clusterTime.t}.${clusterTime.i}`,
});
