import { defineConfig, type Environment } from './migrations/cli/config.ts';
import { usersToProfiles } from './migrations/plans/users-to-profiles.ts';
import { usersToSearch } from './migrations/plans/users-to-search.ts';

/**
 * The worked example: a social app whose user search and profiles move out. Everything that differs between
 * environments comes from variables; the defaults are those of one machine. Clients of AWS find their way by
 * the SDK's own variables (`AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, …).
 */
export default defineConfig((env) => ({
  source: {
    uri: env.MONGODB_URI ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0',
    database: env.MONGODB_DATABASE ?? 'social',
  },
  controlTable: env.BANYAN_CONTROL_TABLE ?? 'banyan-control',
  streams: {
    users: env.USERS_STREAM ?? 'users',
    follows: env.FOLLOWS_STREAM ?? 'follows',
    yubls: env.YUBLS_STREAM ?? 'yubls',
  },
  quarantine: env.BANYAN_QUARANTINE_BUCKET
    ? { bucket: env.BANYAN_QUARANTINE_BUCKET, queue: env.BANYAN_QUARANTINE_QUEUE }
    : { folder: '.banyan/quarantine' },
  relay: {
    oversize: env.BANYAN_CLAIMS_BUCKET ? { claimBucket: env.BANYAN_CLAIMS_BUCKET } : 'quarantine',
  },
  entities: [
    { name: 'follow', collection: 'follows', stream: 'follows', slices: {} },
    { name: 'yubl', collection: 'yubls', stream: 'yubls', slices: {} },
  ],
  backfillMachine: { stack: 'BanyanBackfill' },
  plans: {
    'users-to-search': usersToSearch(
      env.OPENSEARCH_URL
        ? {
            url: env.OPENSEARCH_URL,
            iamRegion: env.OPENSEARCH_IAM_REGION,
            index: env.OPENSEARCH_INDEX ?? 'users-1',
            alias: env.OPENSEARCH_ALIAS ?? 'users',
          }
        : {
            documentEndpoint: env.CLOUDSEARCH_DOCUMENT_ENDPOINT ?? 'http://127.0.0.1:8983',
            searchEndpoint: env.CLOUDSEARCH_SEARCH_ENDPOINT ?? 'http://127.0.0.1:8983',
            guardTable: env.BANYAN_GUARD_TABLE ?? 'banyan-guard',
          },
    ),
    'users-to-profiles': usersToProfiles({ table: env.BANYAN_PROFILES_TABLE ?? 'banyan-profiles' }),
  },
  admin: { tokens: env.BANYAN_ADMIN_TOKENS, tokensFile: env.BANYAN_ADMIN_TOKENS_FILE },
  proxy: {
    listen: { port: portOf(env, 'PROXY_PORT', 8080) },
    admin: { port: portOf(env, 'ADMIN_PORT', 9090) },
    control: { url: env.MONOLITH_URL ?? 'http://127.0.0.1:3000' },
    secrets: env.BANYAN_SECRET ? [env.BANYAN_SECRET] : [],
    routes: {
      search: {
        methods: ['POST'],
        path: '/search/users',
        safe: true,
        candidate: { url: env.SEARCH_API_URL ?? 'http://127.0.0.1:3001', rewrite: '/' },
        key: [{ header: 'authorization' }],
      },
      profiles: {
        methods: ['GET', 'HEAD'],
        path: '/profiles/:id',
        candidate: { url: env.PROFILES_API_URL ?? 'http://127.0.0.1:3002' },
        key: [{ header: 'authorization' }],
      },
    },
  },
}));

const portOf = (env: Environment, name: string, fallback: number): number => Number(env[name] ?? fallback);
