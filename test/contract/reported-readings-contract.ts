import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RouteTotals } from '../../proxy/metrics/readings.ts';
import { ReadingsPublisher } from '../../proxy/readings/readings-publisher.ts';
import { GONE_MS, ReportedReadings, SILENT_MS } from '../../proxy/readings/reported-readings.ts';
import { type Clock, VirtualClock } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { routeTotals } from '../support/route-totals.ts';

/** What published readings promise, on a control store that is empty. */
export const describeReportedReadings = (
  name: string,
  makeStore: (clock: Clock) => Promise<ControlStore>,
): void => {
  describe(`reported readings on ${name}`, () => {
    let clock: VirtualClock;
    let store: ControlStore;
    let readings: ReportedReadings;
    let named: number;
    beforeEach(async () => {
      clock = new VirtualClock();
      store = await makeStore(clock);
      readings = new ReportedReadings({ store, clock });
      named = 0;
    });

    /** An instance that has counted what `counts` was last told, and serves the weight that was set at 7. */
    const instance = (inForceSince: number | undefined = 7) => {
      const state: { totals: RouteTotals; since: number | undefined } = {
        totals: routeTotals({ candidate: 0 }),
        since: inForceSince,
      };
      const publisher = new ReadingsPublisher({
        store,
        nameInstance: () => `instance-${++named}`,
        totals: async () => ({ r: state.totals }),
        inForce: () => ({ weightPercent: 5, setAtMs: state.since }),
        clock,
      });
      const counts = async (totals: RouteTotals) => {
        state.totals = totals;
        await publisher.publish();
      };
      return { publisher, counts, state };
    };
    const looked = async () => {
      await readings.refresh();
      return readings.read('r', 7);
    };
    const candidateRequests = async () => (await looked()).totals?.candidate.requests;
    /** Time passes while the reader looks every second, and those report who are given. */
    const passes = async (ms: number, ...reporting: { publisher: ReadingsPublisher }[]) => {
      for (let at = 0; at < ms; at += 1_000) {
        await clock.advance(1_000);
        for (const { publisher } of reporting) await publisher.publish();
        await readings.refresh();
      }
    };

    it('knows nothing while nobody has reported', async () => {
      expect(await looked()).toEqual({ totals: undefined, instances: [], behind: [], silent: [] });
    });

    it('sums all instances, each user once', async () => {
      const [one, two] = [instance(), instance()];
      await one.counts(routeTotals({ candidate: 10, failing: [1, 4_294_967_295], sinceMs: 7 }));
      await two.counts(routeTotals({ candidate: 20, failing: [1], sinceMs: 7 }));
      const { totals, instances } = await looked();
      expect(instances).toHaveLength(2);
      expect(totals).toMatchObject({
        candidate: { requests: 30, failures: 3 },
        firstFailures: { step: { candidate: { requests: 30, users: [1, 4_294_967_295] } } },
        shadow: { compared: 30 },
      });
    });

    it('says who does not serve the weight yet that the dial shows', async () => {
      const [one, two] = [instance(7), instance(6)];
      await one.publisher.publish();
      await two.publisher.publish();
      expect((await looked()).behind).toEqual([two.publisher.instance]);
      two.state.since = 7;
      await two.publisher.publish();
      expect((await looked()).behind).toEqual([]);
    });

    it('keeps what an instance counted that ended, and waits for it no longer', async () => {
      const [one, two] = [instance(), instance()];
      await one.counts(routeTotals({ candidate: 10 }));
      two.state.totals = routeTotals({ candidate: 5 });
      await two.publisher.end();
      expect(await candidateRequests()).toBe(15);
      expect(await readings.retireGone()).toEqual([two.publisher.instance]);
      expect(await store.get(`readings:${two.publisher.instance}`)).toBeUndefined();
      await passes(2 * SILENT_MS, one);
      expect(await looked()).toMatchObject({ instances: [one.publisher.instance], silent: [] });
      expect(await candidateRequests()).toBe(15);
    });

    it('misses an instance that is silent, and gives it up after a minute, with what it counted', async () => {
      const [one, two] = [instance(), instance()];
      await one.counts(routeTotals({ candidate: 10 }));
      await two.counts(routeTotals({ candidate: 5 }));
      await readings.refresh();
      await passes(SILENT_MS, one);
      expect(await looked()).toMatchObject({
        instances: [one.publisher.instance],
        silent: [{ name: two.publisher.instance, silentMs: SILENT_MS }],
      });
      expect(await readings.retireGone()).toEqual([]);
      await passes(GONE_MS, one);
      expect(await readings.retireGone()).toEqual([two.publisher.instance]);
      expect(await looked()).toMatchObject({ silent: [], totals: { candidate: { requests: 15 } } });
    });

    it('never goes back and counts nothing twice when an instance that was given up comes back', async () => {
      const [one, two] = [instance(), instance()];
      await one.counts(routeTotals({ candidate: 10, failing: [1], sinceMs: 7 }));
      await two.counts(routeTotals({ candidate: 5, failing: [2], sinceMs: 7 }));
      await readings.refresh();
      await passes(GONE_MS, two);
      expect(await readings.retireGone()).toHaveLength(1);
      expect(await candidateRequests()).toBe(15);
      const before = one.publisher.instance;
      await one.counts(routeTotals({ candidate: 12, failing: [1, 3], sinceMs: 7 }));
      expect(one.publisher.instance).not.toBe(before);
      const { totals, instances } = await looked();
      expect(instances).toHaveLength(2);
      expect(totals).toMatchObject({
        candidate: { requests: 17 },
        firstFailures: { step: { candidate: { requests: 17 } } },
      });
      expect(totals?.firstFailures?.step.candidate.users.toSorted()).toEqual([1, 2, 3]);
    });

    it('counts an instance that begins anew beside what it counted before', async () => {
      const before = instance();
      await before.counts(routeTotals({ candidate: 100 }));
      await readings.refresh();
      const after = instance();
      await after.counts(routeTotals({ candidate: 1 }));
      expect(await candidateRequests()).toBe(101);
      await passes(GONE_MS + SILENT_MS, after);
      await readings.retireGone();
      expect(await candidateRequests()).toBe(101);
    });

    it('never misses an instance that is given up while it is read', async () => {
      const [one, two] = [instance(), instance()];
      await one.counts(routeTotals({ candidate: 10 }));
      two.state.totals = routeTotals({ candidate: 5 });
      await two.publisher.end();
      await readings.refresh();
      const other = new ReportedReadings({ store, clock });
      const get = store.get.bind(store);
      let isRetired = false;
      store.get = async (key) => {
        if (key === `readings:${two.publisher.instance}` && !isRetired) {
          isRetired = true;
          await readings.retireGone();
        }
        return get(key);
      };
      await other.refresh();
      expect((await other.read('r', 7)).totals?.candidate.requests).toBe(15);
    });

    it('retires an instance once, whoever does it', async () => {
      const one = instance();
      await one.counts(routeTotals({ candidate: 10 }));
      await one.publisher.end();
      const other = new ReportedReadings({ store, clock });
      await Promise.all([readings.refresh(), other.refresh()]);
      await Promise.all([readings.retireGone(), other.retireGone()]);
      expect(await candidateRequests()).toBe(10);
    });

    it('does not take its own absence for that of the instances', async () => {
      const one = instance();
      await one.publisher.publish();
      await readings.refresh();
      await clock.advance(10 * GONE_MS);
      expect((await looked()).silent).toEqual([]);
      expect(await readings.retireGone()).toEqual([]);
    });

    it('writes nothing while nothing changes, but for a sign of life', async () => {
      const one = instance();
      let writes = 0;
      const put = store.put.bind(store);
      store.put = async (...args) => {
        writes++;
        return put(...args);
      };
      await one.publisher.publish();
      writes = 0;
      await passes(20_000, one);
      expect(writes).toBe(4);
      expect((await looked()).silent).toEqual([]);
    });

    it('takes the reports of ten routes on which thousands failed', async () => {
      const users = Array.from({ length: 2_000 }, (_, at) => 2 ** 32 - 1 - at);
      const totals = routeTotals({ candidate: 2_000, failing: users, sinceMs: 7 });
      const publisher = new ReadingsPublisher({
        store,
        nameInstance: () => 'full',
        totals: async () => Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`r${at}`, totals])),
        inForce: () => ({ weightPercent: 5, setAtMs: 7 }),
        clock,
      });
      await publisher.publish();
      await readings.refresh();
      expect((await readings.read('r9', 7)).totals?.firstFailures?.step.candidate.users).toEqual(users);
      await publisher.end();
      await readings.refresh();
      await readings.retireGone();
      await readings.refresh();
      expect((await readings.read('r9', 7)).totals?.firstFailures?.step.candidate.users).toEqual(users);
    });

    it('keeps all of the counters of the gone, and as many of those who failed as fit', async () => {
      for (let at = 0; at < 4; at++) {
        const failing = Array.from({ length: 2_000 }, (_, user) => at * 2_000 + user);
        const totals = routeTotals({ candidate: 2_000, failing, sinceMs: 7 });
        const publisher = new ReadingsPublisher({
          store,
          nameInstance: () => `gone-${at}`,
          totals: async () =>
            Object.fromEntries(Array.from({ length: 10 }, (_, route) => [`r${route}`, totals])),
          inForce: () => ({ weightPercent: 5, setAtMs: 7 }),
          clock,
        });
        await publisher.end();
        await readings.refresh();
        expect(await readings.retireGone()).toEqual([`gone-${at}`]);
      }
      await readings.refresh();
      const { totals } = await readings.read('r3', 7);
      expect(totals?.candidate.requests).toBe(8_000);
      expect(totals?.firstFailures?.step.candidate.users).toHaveLength(2_000);
      expect(totals?.firstFailures?.step.candidate.requests).toBe(2_000);
    });
  });
};
