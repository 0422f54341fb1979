import { InvalidArgumentError } from 'commander';

/** Reads a whole number, 0 or more, that a person typed. @throws InvalidArgumentError */
export const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number is needed.');
};
