import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import type { Refusal } from '../domain/refusal.js';
import type { Appended } from './log.js';

/** What became of a command, as far as its sender can tell. */
export type CommandAnswer =
  | { readonly kind: 'decided'; readonly outcome: Outcome; readonly reason: Refusal | null }
  /** In the log for certain, not decided yet. */
  | { readonly kind: 'pending'; readonly appended: Appended }
  /** The log did not acknowledge in time. The command may be in it and be decided all the same. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

/** Puts a command into the log and waits for its decision, so many milliseconds at most, and no longer than the signal lets it. */
export type Submit = (command: Command, waitMs: number, signal: AbortSignal) => Promise<CommandAnswer>;
