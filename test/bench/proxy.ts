import { bodyFigures } from './proxying/bodies.ts';
import { missing } from './proxying/contenders.ts';
import { decidingFigures } from './proxying/deciding.ts';
import { halfRateFigures } from './proxying/half-rate.ts';
import { memoryFigures } from './proxying/memory.ts';
import { socketFigures } from './proxying/sockets.ts';
import { speedFigures } from './proxying/speed.ts';
import { spikeFigures } from './proxying/spike.ts';
import { runBench } from './run-bench.ts';

await runBench({
  name: 'proxy',
  rounds: 5,
  sizes: { seconds: 4, requests: 2_000_000, sockets: 1_000, 'body-mib': 1_024 },
  parts: ['speed', 'latency', 'deciding', 'memory', 'sockets', 'bodies', 'spike'],
  measure: async ({ rounds, sizes, wants, say }) => {
    for (const line of missing()) say(line);
    const ms = sizes.seconds * 1_000;
    // All of two million requests take minutes: with the other parts a tenth of them do.
    const requests = wants('speed') ? sizes.requests / 10 : sizes.requests;
    return [
      ...(wants('speed') ? await speedFigures({ rounds, ms, say }) : []),
      ...(wants('latency') ? await halfRateFigures({ rounds, ms, say }) : []),
      ...(wants('deciding') ? decidingFigures(rounds) : []),
      ...(wants('memory') ? await memoryFigures(requests) : []),
      ...(wants('sockets') ? await socketFigures(sizes.sockets) : []),
      ...(wants('bodies') ? await bodyFigures(sizes['body-mib']) : []),
      ...(wants('spike') ? await spikeFigures({ rounds, ms, say }) : []),
    ];
  },
});
