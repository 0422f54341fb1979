import { defineConfig } from '../../migrations/cli/config.ts';

/** Routes before upstreams that the environment names, for tests that run the command line as a process. */
export default defineConfig((env) => ({
  controlTable: env.BANYAN_CONTROL_TABLE ?? '',
  admin: {
    tokens: env.BANYAN_ADMIN_TOKENS,
    tokensFile: env.BANYAN_ADMIN_TOKENS_FILE,
    hosts: ['admin.example.com'],
  },
  proxy: {
    pollMs: 50,
    secrets: env.BANYAN_SECRET === undefined ? [] : [env.BANYAN_SECRET],
    control: { url: env.CONTROL_URL ?? 'http://127.0.0.1:1' },
    ramps: {
      plans: {
        quick: {
          steps: [
            { weightPercent: 50, bakeMs: 0, pause: true },
            { weightPercent: 100, bakeMs: 3_600_000 },
          ],
          guards: { minimumRequests: 1, latencyFloorMs: 20_000 },
        },
      },
    },
    routes: {
      profiles: {
        path: '/profiles/:id',
        candidate: { url: env.CANDIDATE_URL ?? 'http://127.0.0.1:1' },
        key: [{ header: 'x-user-id' }],
      },
      search: {
        methods: ['POST'],
        path: '/search/users',
        candidate: { url: env.CANDIDATE_URL ?? 'http://127.0.0.1:1' },
        key: [{ header: 'authorization' }],
        salt: 'together',
      },
      names: {
        path: '/names/:id',
        candidate: { url: env.CANDIDATE_URL ?? 'http://127.0.0.1:1' },
        shadow: { percent: 100, noisePercent: 0 },
      },
    },
  },
}));
