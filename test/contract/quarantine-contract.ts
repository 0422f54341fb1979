import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Quarantine, QuarantineEntry } from '../../services/stream/quarantine.ts';

/** What every quarantine promises; `make` answers one, used by all of the tests. */
export const describeQuarantine = (
  name: string,
  make: () => Promise<{ quarantine: Quarantine; close?(): Promise<void> }>,
): void => {
  describe(`quarantine: ${name}`, () => {
    let quarantine: Quarantine;
    let close: (() => Promise<void>) | undefined;
    let source = '';
    let made = 0;

    beforeAll(async () => {
      ({ quarantine, close } = await make());
    });
    afterAll(() => close?.());
    beforeEach(() => {
      made += 1;
      source = `consumer-${made}`;
    });

    const entry = (id: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
      id,
      source,
      reason: 'it is not JSON',
      atMs: 1_700_000_000_000,
      body: '{"broken": ',
      ...more,
    });
    const listed = async (of = source) => {
      const entries: QuarantineEntry[] = [];
      for await (const one of quarantine.list(of)) entries.push(one);
      return entries;
    };

    it('keeps an entry whole, whatever its body', async () => {
      const whole = entry('1', {
        key: 'ünï"{}/.. ',
        body: 'line\n\u0000\u2028"quoted" \\ 🦀',
        reason: 'a\nb',
      });
      await quarantine.put(whole);
      expect(await listed()).toEqual([whole]);
    });

    it('keeps an entry of a stream record of a whole mebibyte', async () => {
      const large = entry('1', { body: 'x'.repeat(1_048_576) });
      await quarantine.put(large);
      expect(await listed()).toEqual([large]);
    });

    it('keeps an entry once, however often it is put', async () => {
      await quarantine.put(entry('1'));
      await quarantine.put(entry('1', { atMs: 1_700_000_000_001 }));
      expect(await listed()).toEqual([entry('1', { atMs: 1_700_000_000_001 })]);
    });

    it('lists the oldest first, in the order of the ids', async () => {
      for (const id of ['000000000000003-c', '000000000000001-a', '000000000000002-b']) {
        await quarantine.put(entry(id));
      }
      const ids = (await listed()).map(({ id }) => id);
      expect(ids).toEqual(['000000000000001-a', '000000000000002-b', '000000000000003-c']);
    });

    it('lists nothing of a source that it does not know, nor of one whose name begins alike', async () => {
      await quarantine.put(entry('1', { source: `${source}-longer` }));
      expect(await listed()).toEqual([]);
    });

    it('removes an entry and no other, and removing it again is harmless', async () => {
      await quarantine.put(entry('1'));
      await quarantine.put(entry('2'));
      await quarantine.remove(entry('1'));
      await quarantine.remove(entry('1'));
      expect(await listed()).toEqual([entry('2')]);
    });

    it('lets entries be removed while it lists them', async () => {
      for (const id of ['1', '2', '3']) await quarantine.put(entry(id));
      for await (const one of quarantine.list(source)) await quarantine.remove(one);
      expect(await listed()).toEqual([]);
    });

    it.each(['../../outside', 'a/b', '.', '', ' ', 'k'.repeat(2_000), '{"$oid":"é"}', 'a%2Fb', '\ud800'])(
      'keeps entries whose id holds %.30j apart from others, and in their place',
      async (part) => {
        const some = [entry(`1-${part}`), entry(`1-${part}x`)];
        for (const one of some) await quarantine.put(one);
        expect(await listed()).toHaveLength(2);
        for (const one of some) expect(await listed()).toContainEqual(one);
      },
    );

    it('keeps sources with any name apart', async () => {
      const names = ['..', 'a/b', 'a%2Fb'].map((one) => `${source}${one}`);
      for (const one of names) await quarantine.put(entry('1', { source: one }));
      for (const one of names) expect(await listed(one)).toEqual([entry('1', { source: one })]);
      expect(await listed()).toEqual([]);
    });
  });
};
