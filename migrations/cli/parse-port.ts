import { InvalidArgumentError } from 'commander';

/** Reads a port that a person typed. @throws InvalidArgumentError */
export const parsePort = (given: string): number => {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 takes a free one.');
};
