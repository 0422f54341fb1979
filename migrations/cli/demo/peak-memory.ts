import { readdir, readFile } from 'node:fs/promises';
import { memoryBytes } from '../../../infra/local/service-process.ts';
import type { LocalStage } from './local-stage.ts';

const EVERY_MS = 5_000;

/** Watches the memory of our own processes: this one, the services, and the Lambdas in the emulator. */
export class PeakMemory {
  readonly #stage: LocalStage;
  #peakBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stage: LocalStage) {
    this.#stage = stage;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#sample(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get peakMiB(): number {
    return Math.round(this.#peakBytes / 1024 ** 2);
  }

  async #sample(): Promise<void> {
    const services = [...this.#stage.processes.values()].map((service) => service.pid);
    const pids = new Set([
      process.pid,
      ...services,
      ...(await lambdaPids(this.#stage.variables.AWS_ENDPOINT_URL)),
    ]);
    const sizes = await Promise.all([...pids].map(memoryBytes));
    this.#peakBytes = Math.max(
      this.#peakBytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }
}

/** The processes in which the emulator at `endpoint` runs Lambdas; none where the platform does not say. */
const lambdaPids = async (endpoint: string | undefined): Promise<number[]> => {
  const all = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    all.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const isOurs =
        environment.includes('AWS_LAMBDA_FUNCTION_NAME=') && environment.includes(endpoint ?? '\0');
      return isOurs ? [Number(pid)] : [];
    }),
  );
  return found.flat();
};
