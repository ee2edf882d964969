import { CommanderError, InvalidArgumentError } from 'commander';
import { exitCodes } from '../../infra/local/failure.mjs';

/** Parses the value of an option. @throws what commander tells as a wrong argument */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Allowed is a whole number from ${min} to ${max}.`);
  };
}

/** For what commander threw after it had written its message: 0 for --help. @throws everything else again */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  throw error;
}
