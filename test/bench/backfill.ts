import { BACKFILL_SIZES } from './copying/backfill-sizes.ts';
import { copied } from './copying/copy-figures.ts';
import { readThroughout } from './copying/read-figures.ts';
import { writtenByCalls, writtenInstantly, writtenOnEmulator } from './copying/write-figures.ts';
import type { Figure } from './figure.ts';
import { runBench } from './run-bench.ts';
import { withEngines } from './with-engines.ts';

/** The parts that read from, or write to, an engine. */
const ON_ENGINES = {
  emulator: writtenOnEmulator,
  calls: writtenByCalls,
  read: readThroughout,
  copy: copied,
};

await runBench({
  name: 'backfill',
  rounds: 5,
  sizes: BACKFILL_SIZES,
  parts: ['instant', ...Object.keys(ON_ENGINES)],
  measure: async (run) => {
    const figures: Figure[] = run.wants('instant') ? await writtenInstantly(run) : [];
    const wanted = Object.entries(ON_ENGINES).filter(([part]) => run.wants(part));
    if (wanted.length === 0) return figures;
    return withEngines(run.say, async (engines) => {
      for (const [, figuresOf] of wanted) figures.push(...(await figuresOf(engines, run)));
      return figures;
    });
  },
});
