import { changeValue } from '../../services/store/change-value.ts';
import type { ControlStore, Revisioned } from '../../services/store/control-store.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import { maxPackedUsers, type PackedTotals, packTotals, unpackTotals } from './packed-totals.ts';
import { sumOfTotals } from './sum-of-totals.ts';

/** What one instance has counted on one route, and the weight that it serves. */
export interface RouteReport {
  readonly weightPercent: number;
  /** Which weight that is: when it was set. `null` while none is known. */
  readonly setAtMs: number | null;
  readonly totals: PackedTotals;
}

/** What one instance reports, under `readings:<instance>`. */
export interface Report {
  /** By the instance's clock; for people. */
  readonly atMs: number;
  /** `ended`: the instance stopped, and this is its last. `sealed`: it was given up; it reports no more under this name. */
  readonly state: 'running' | 'ended' | 'sealed';
  readonly routes: { readonly [route: string]: RouteReport };
}

/** Who reports, and what those counted who no longer do: together, all that was ever counted. */
export interface Roster {
  readonly instances: readonly string[];
  readonly retired: { readonly [route: string]: PackedTotals };
}

const ROSTER_KEY = 'readings';
const NOBODY: Roster = { instances: [], retired: {} };

export const reportKey = (instance: string): string => `readings:${instance}`;

const readRoster = async (store: ControlStore): Promise<Roster> =>
  (await store.get<Roster>(ROSTER_KEY))?.value ?? NOBODY;

export const readReport = (store: ControlStore, instance: string): Promise<Revisioned<Report> | undefined> =>
  store.get<Report>(reportKey(instance));

/** An instance that is on the list and has no report was given up since the list was read: it is read again. */
const MAX_TRIES = 10;

/** Who reports, and the reports of all of them, as of one moment. */
export const readReports = async (
  store: ControlStore,
): Promise<{ roster: Roster; reports: ReadonlyMap<string, Revisioned<Report>> }> => {
  for (let tries = 1; ; tries++) {
    const roster = await readRoster(store);
    const reports = new Map<string, Revisioned<Report>>();
    await Promise.all(
      roster.instances.map(async (name) => {
        const report = await readReport(store, name);
        if (report) reports.set(name, report);
      }),
    );
    if (reports.size === roster.instances.length || tries >= MAX_TRIES) return { roster, reports };
  }
};

/** Makes an instance known, so that its reports are counted. */
export const enlist = async (store: ControlStore, instance: string): Promise<void> => {
  await changeValue<Roster>(store, ROSTER_KEY, (roster = NOBODY) =>
    roster.instances.includes(instance)
      ? undefined
      : { ...roster, instances: [...roster.instances, instance] },
  );
};

/**
 * Adds what an instance counted to what the gone have counted, and takes it off the list, in one write: no sum ever
 * misses it or has it twice. Its report is sealed before, and forgotten after, so that an instance which was only
 * thought to be gone finds out, and goes on under another name from there.
 */
export const retire = async (
  store: ControlStore,
  instance: string,
  { value, revision }: Revisioned<Report>,
): Promise<void> => {
  if (value.state === 'running')
    await store.put(reportKey(instance), { ...value, state: 'sealed' }, revision);
  await changeValue<Roster>(store, ROSTER_KEY, (roster = NOBODY) => {
    if (!roster.instances.includes(instance)) return undefined;
    const retired: { [route: string]: PackedTotals } = { ...roster.retired };
    const names = new Set([...Object.keys(retired), ...Object.keys(value.routes)]);
    const maxUsers = maxPackedUsers(names.size);
    for (const [route, { totals }] of Object.entries(value.routes)) {
      const before = retired[route];
      retired[route] = before
        ? packTotals(withGone(unpackTotals(before), unpackTotals(totals), maxUsers))
        : totals;
    }
    return { instances: roster.instances.filter((one) => one !== instance), retired };
  });
  await store.put(reportKey(instance), undefined, 'any');
};

/** Any judge has decided long before so many users have failed. */
const withGone = (gone: RouteTotals, totals: RouteTotals, maxUsers: number): RouteTotals => {
  const sum = sumOfTotals(gone, totals) ?? gone;
  const { step } = sum.firstFailures ?? {};
  if (!step || step.control.users.length + step.candidate.users.length <= maxUsers) return sum;
  // All of the instance's first failures or none: leaving out those of one side would tell against the other.
  const { firstFailures: _, ...counters } = sum;
  return gone.firstFailures ? { ...counters, firstFailures: gone.firstFailures } : counters;
};
