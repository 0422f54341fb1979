import type { FailedSides, FailedUsers, FirstFailuresTotals } from '../metrics/first-failures.ts';
import type { RouteTotals } from '../metrics/readings.ts';

interface PackedUsers {
  readonly requests: number;
  /** Fingerprints of 4 bytes each, in base64: a third of what their digits would take. */
  readonly users: string;
}

interface PackedSides {
  readonly control: PackedUsers;
  readonly candidate: PackedUsers;
}

/** A route's counters as they are kept in the control store, where a kilobyte is a unit of cost. */
export interface PackedTotals extends Omit<RouteTotals, 'firstFailures'> {
  readonly firstFailures?: Omit<FirstFailuresTotals, 'step' | 'recent'> & {
    readonly step: PackedSides;
    readonly recent: PackedSides & { readonly index: number };
  };
}

/** What a fingerprint takes, in each of its two windows. */
const USER_BYTES = 6;
/** Most of what an item of DynamoDB holds (400 KB). */
const USERS_BYTES = 250_000;

/** How many users who failed fit one item beside all counters, for each of so many routes. */
export const maxPackedUsers = (routes: number): number => Math.floor(USERS_BYTES / (routes * 2 * USER_BYTES));

export const packTotals = ({ firstFailures, ...totals }: RouteTotals): PackedTotals => {
  if (!firstFailures) return totals;
  const { step, recent, ...rest } = firstFailures;
  return {
    ...totals,
    firstFailures: { ...rest, step: packSides(step), recent: { index: recent.index, ...packSides(recent) } },
  };
};

export const unpackTotals = ({ firstFailures, ...totals }: PackedTotals): RouteTotals => {
  if (!firstFailures) return totals;
  const { step, recent, ...rest } = firstFailures;
  return {
    ...totals,
    firstFailures: {
      ...rest,
      step: unpackSides(step),
      recent: { index: recent.index, ...unpackSides(recent) },
    },
  };
};

const packSides = ({ control, candidate }: FailedSides): PackedSides => ({
  control: packUsers(control),
  candidate: packUsers(candidate),
});

const unpackSides = ({ control, candidate }: PackedSides): FailedSides => ({
  control: unpackUsers(control),
  candidate: unpackUsers(candidate),
});

const packUsers = ({ requests, users }: FailedUsers): PackedUsers => {
  const bytes = Buffer.alloc(users.length * 4);
  for (const [at, user] of users.entries()) bytes.writeUInt32LE(user, at * 4);
  return { requests, users: bytes.toString('base64') };
};

const unpackUsers = ({ requests, users }: PackedUsers): FailedUsers => {
  const bytes = Buffer.from(users, 'base64');
  return {
    requests,
    users: Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(at * 4)),
  };
};
