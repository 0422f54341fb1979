/** A team's `banyan.config.ts`: `BackfillMachine` bundles it in the place of this name. */
declare module 'banyan-config-of-the-team' {
  const config: (env: import('../config.ts').Environment) => import('../config.ts').ConfigInput;
  export default config;
}
