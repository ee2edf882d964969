import type { Actor } from '../ports/operations.js';
import { type Identity, operatorOf } from './authenticate.js';

/** In whose name an operator does what is no command. */
export function actorOf(identity: Identity): Actor {
  const { issuer, userId } = operatorOf(identity);
  return { name: userId, principal: `${issuer} ${userId}` };
}
