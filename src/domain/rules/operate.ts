import type { OperatorCommand } from '../command.js';
import { adjust } from './adjust.js';
import { configure } from './configure.js';
import { type Desk, refused, type Verdict, verdict } from './desk.js';

/** Decides an operator's command; one that was decided before changes nothing. */
export function operate(desk: Desk, command: OperatorCommand, sequence: number): Verdict {
  const { commandId } = command;
  if (desk.commands.has(commandId) || desk.known.knownCommands.has(commandId)) return verdict('DUPLICATE');
  desk.commands.add(commandId);
  if (command.type === 'adjust') {
    const total = adjust(desk.stock, command);
    if (typeof total === 'string') return refused(total);
    desk.stock.total = total;
    return verdict('ADJUSTED');
  }
  const result = configure(desk.stock, command, sequence);
  if (typeof result === 'string') return refused(result);
  desk.stock = { ...result };
  return verdict('CONFIGURED', null, result.settings);
}
