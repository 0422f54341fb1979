import { availableParallelism } from 'node:os';

const shared = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['/cdk.out/', '/.cache/', '<rootDir>/dist/'],
};

const project = (name, more = {}) => ({
  ...shared,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...more,
});

/** Projects whose tests run against MongoDB and the AWS emulator: started once for all of them. */
const withEngines = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

/** A person who has no Java, or no Chromium, may leave these out by name; the last lines of the run say so. */
const leftOut = {
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.BANYAN_SKIP_OPENSEARCH === '1' ? ['/opensearch[^/]*$'] : []),
    ...(process.env.BANYAN_SKIP_BROWSER === '1' ? ['[.]browser[.]test[.]ts$'] : []),
  ],
};

export default {
  // Two even on two processors: the integration suites mostly wait for the engines. A worker takes some 400 MB.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  workerIdleMemoryLimit: '1GB',
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/support/engines-reporter.ts'],
  projects: [
    project('unit'),
    project('contract'),
    project('integration', { ...withEngines, ...leftOut }),
    project('scenarios', { ...withEngines, ...leftOut }),
    project('e2e', { ...withEngines, ...leftOut }),
  ],
};
