import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';

const MOST = 256;

/** Reads a number of workers that a person typed; `cores` is one for each processor core. @throws InvalidArgumentError */
export const parseWorkers = (given: string): number => {
  if (given === 'cores') return availableParallelism();
  const workers = Number(given);
  if (/^\d+$/.test(given) && workers >= 1 && workers <= MOST) return workers;
  throw new InvalidArgumentError(
    `Workers are a number from 1 to ${MOST}, or "cores": one for each processor core.`,
  );
};
