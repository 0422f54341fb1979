/** What a contender took for all of its events. */
export interface Contended {
  readonly elapsedMs: number;
  /** Of its own process; that of MongoDB and the endpoint comes on top. */
  readonly cpuMs: number;
}

export const cpuMsSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};
