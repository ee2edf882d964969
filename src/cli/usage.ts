import { InvalidArgumentError } from 'commander';

/** An argument parser that takes what is accepted as it is. */
export const usageUnless =
  <T extends string>(accepts: (text: string) => text is T, otherwise: string) =>
  (text: string): T => {
    if (accepts(text)) return text;
    throw new InvalidArgumentError(otherwise);
  };
