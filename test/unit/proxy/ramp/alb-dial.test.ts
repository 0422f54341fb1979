import { describe, expect, it } from '@jest/globals';
import { AlbDial } from '../../../../proxy/ramp/dials/alb/alb-dial.ts';
import { MemoryWeightedRule } from '../../../../proxy/ramp/dials/alb/memory-weighted-rule.ts';
import { ProxyDial } from '../../../../proxy/ramp/dials/proxy-dial.ts';
import { VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const makeDial = () => {
  const clock = new VirtualClock();
  const record = new ProxyDial({ store: new MemoryControlStore({ clock }), clock });
  const rule = new MemoryWeightedRule();
  return { dial: new AlbDial({ record, ruleOf: () => rule }), record, rule };
};
const to = (weightPercent: number, expectedRevision: number | 'any' = 'any') => ({
  weightPercent,
  by: 'ann',
  why: 'first users',
  expectedRevision,
});

describe("a load balancer's dial", () => {
  it('turns the rule', async () => {
    const { dial, rule } = makeDial();
    await dial.set('r', to(5, 0));
    expect(await rule.read()).toEqual({ control: 95, candidate: 5 });
  });

  it('says what the rule does, also when somebody changed it elsewhere', async () => {
    const { dial, rule } = makeDial();
    await dial.set('r', to(5, 0));
    await rule.write({ control: 50, candidate: 50 });
    expect(await dial.read('r')).toMatchObject({
      weightPercent: 50,
      by: 'somebody elsewhere',
      why: 'the listener rule says so; 5 % was set here',
    });
    expect(await dial.wanted('r')).toMatchObject({ weightPercent: 5 });
  });

  it('leaves the rule alone when another operator was first', async () => {
    const { dial, rule } = makeDial();
    await dial.set('r', to(5, 0));
    await expect(dial.set('r', to(50, 0))).rejects.toThrow('changed meanwhile');
    expect(await rule.read()).toEqual({ control: 95, candidate: 5 });
  });

  it('rolls the rule back even while the books cannot be kept', async () => {
    const { dial, record, rule } = makeDial();
    await dial.set('r', to(5, 0));
    record.set = () => Promise.reject(new Error('the control store is away'));
    await expect(dial.set('r', to(0))).rejects.toThrow('is away');
    expect(await rule.read()).toEqual({ control: 100, candidate: 0 });
  });

  it('ends at the rollback that overtook a slow operator', async () => {
    const { dial, rule } = makeDial();
    const write = rule.write.bind(rule);
    let overtaken = false;
    rule.write = async (weights) => {
      if (weights.candidate === 50 && !overtaken) {
        overtaken = true;
        await dial.set('r', to(0));
      }
      await write(weights);
    };
    expect(await dial.set('r', to(50, 0))).toMatchObject({ weightPercent: 0, revision: 2 });
    expect(await rule.read()).toEqual({ control: 100, candidate: 0 });
    expect((await dial.history('r', 9)).map(({ toPercent }) => toPercent)).toEqual([0, 50]);
  });

  it('is apart from a route of the proxy that has the same name', async () => {
    const { dial, record } = makeDial();
    await dial.set('r', to(5, 0));
    expect((await record.read('r')).weightPercent).toBe(0);
  });
});
