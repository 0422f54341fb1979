import { describe, expect, it } from '@jest/globals';
import { AlbDial } from '../../proxy/ramp/dials/alb/alb-dial.ts';
import { MemoryWeightedRule } from '../../proxy/ramp/dials/alb/memory-weighted-rule.ts';
import { ProxyDial } from '../../proxy/ramp/dials/proxy-dial.ts';
import { VirtualClock } from '../../services/core/index.ts';
import { MemoryControlStore } from '../../services/store/memory-control-store.ts';
import { describeTrafficDial } from './traffic-dial-contract.ts';

const makeDial = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  return { dial: new ProxyDial({ store, clock }), store };
};

describeTrafficDial('ProxyDial in memory', async () => makeDial().dial);

describeTrafficDial('AlbDial in memory', async () => {
  const rules = new Map<string, MemoryWeightedRule>();
  const ruleOf = (route: string) => {
    const rule = rules.get(route) ?? new MemoryWeightedRule();
    rules.set(route, rule);
    return rule;
  };
  return new AlbDial({ record: makeDial().dial, ruleOf });
});

describe('ProxyDial', () => {
  it('keeps the history of each route, newest first', async () => {
    const { dial } = makeDial();
    await dial.set('r', { weightPercent: 5, by: 'ann', why: 'start', expectedRevision: 0 });
    await dial.set('other', { weightPercent: 9, by: 'ann', why: '', expectedRevision: 0 });
    await dial.set('r', { weightPercent: 0, by: 'bob', why: 'errors', expectedRevision: 1 });
    expect(await dial.history('r', 10)).toMatchObject([
      { fromPercent: 5, toPercent: 0, by: 'bob', why: 'errors' },
      { fromPercent: 0, toPercent: 5, by: 'ann', why: 'start' },
    ]);
    expect(await dial.history('r', 1)).toHaveLength(1);
  });

  it('says so when a change is in force whose history could not be written', async () => {
    const { dial, store } = makeDial();
    store.append = async () => {
      throw new Error('throttled');
    };
    const set = dial.set('r', { weightPercent: 5, by: 'ann', why: '', expectedRevision: 0 });
    await expect(set).rejects.toThrow('r is at 5 % now, but its history could not be written');
    expect((await dial.read('r')).weightPercent).toBe(5);
  });

  it('reads a weight that cannot be read as one that was turned off, and mends it with the next', async () => {
    const { dial, store } = makeDial();
    await store.put('weight:r', { weightPercent: 'lots' }, 0);
    const reading = await dial.read('r');
    expect(reading).toMatchObject({ weightPercent: 0, setAtMs: 0, why: 'unreadable' });
    await dial.set('r', { weightPercent: 5, by: 'ann', why: '', expectedRevision: reading.revision });
    expect((await dial.read('r')).weightPercent).toBe(5);
  });
});
