import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Issuer, isIssuer, isUserId, type Principal, storefrontIssuer, type UserId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import type { ReservationFilter } from '../ports/store.js';
import { FORBIDDEN, NO_CREDENTIALS, REFUSED_TOKEN, UNKNOWN_CREDENTIALS } from './challenge.js';
import { dependency } from './dependency.js';
import { Problem } from './problem.js';
import type { Credentials, Scope } from './services.js';

/** Who calls with an API key. A storefront speaks for any of its buyers. */
export interface StorefrontIdentity {
  readonly kind: 'storefront';
  readonly keyName: string;
  readonly issuer: Issuer;
  readonly scopes: readonly Scope[];
}

/** Who calls with a token: a buyer, for nobody else. */
export interface BuyerIdentity {
  readonly kind: 'buyer';
  readonly principal: Principal;
}

/** One kind for each way to prove who one is. */
export type Identity = StorefrontIdentity | BuyerIdentity;

const API_KEY_PATTERN = /^fsk_[A-Za-z0-9_-]{8,200}$/;

/**
 * The caller's identity by its Authorization header, if it has the scope.
 * @throws DependencyFailed when what is presented cannot be checked
 */
export async function authenticate(
  credentials: Credentials,
  req: Pick<IncomingMessage, 'headers'>,
  scope: Scope,
): Promise<Identity | Problem> {
  const token = bearerToken(req.headers.authorization);
  if (token === null) return NO_CREDENTIALS;
  return token.startsWith('fsk_') ? await byApiKey(credentials, token, scope) : await byToken(credentials, token, scope);
}

async function byApiKey({ findApiKey }: Credentials, presented: string, scope: Scope): Promise<Identity | Problem> {
  if (!API_KEY_PATTERN.test(presented)) return UNKNOWN_CREDENTIALS;
  const key = await dependency('api keys', findApiKey(hash('sha256', presented, 'hex')));
  if (key === null) return UNKNOWN_CREDENTIALS;
  if (!key.scopes.includes(scope)) return FORBIDDEN[scope];
  return { kind: 'storefront', keyName: key.name, issuer: storefrontIssuer(key.name), scopes: key.scopes };
}

/** Whatever is in a token, its holder is a buyer and no more. */
async function byToken({ verifyToken }: Credentials, token: string, scope: Scope): Promise<Identity | Problem> {
  const verdict = await dependency('keys of tokens', verifyToken(token));
  if (verdict.kind === 'refused') return REFUSED_TOKEN[verdict.reason];
  return scope === 'reserve' ? verdict : FORBIDDEN[scope];
}

/** Null: none was sent, or of another scheme. */
function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return header.slice(7).trim();
}

const NAMED_BY_TOKEN = new Problem('INVALID_USER_ID', 'userId must be left out: the token names the buyer.');

/** On whose behalf a reservation is asked for: a storefront names the buyer in the body, a buyer is named by the token. */
export function buyerOf(identity: Identity, userId: string | undefined): Principal | Problem {
  if (identity.kind === 'buyer') return userId === undefined ? identity.principal : NAMED_BY_TOKEN;
  if (userId === undefined) return new Problem('INVALID_USER_ID', 'userId is missing: with an API key the body names the buyer.');
  if (!isUserId(userId)) return new Problem('INVALID_USER_ID');
  return { issuer: identity.issuer, userId };
}

/** Whether a reservation is the caller's to see: a buyer sees their own, a storefront all of its own. */
export function owns(identity: Identity, { issuer, userId }: ReservationView): boolean {
  if (identity.kind === 'storefront') return issuer === identity.issuer;
  return issuer === identity.principal.issuer && userId === identity.principal.userId;
}

/** Whose reservations a caller may list: a buyer their own, a storefront those of all its buyers, or of the one it names. */
export function listedOf(identity: Identity, userId: UserId | undefined): Pick<ReservationFilter, 'issuer' | 'userId'> | Problem {
  if (identity.kind === 'storefront') return { issuer: identity.issuer, userId: userId ?? null };
  return userId === undefined ? identity.principal : NAMED_BY_TOKEN;
}

/** In whose name an operator's change is recorded. */
export function operatorOf(identity: Identity): Principal {
  if (identity.kind === 'buyer') throw new Error('a buyer is no operator');
  const issuer = `operator:${identity.keyName}`;
  if (!isIssuer(issuer) || !isUserId(identity.keyName))
    throw new Error(`the API key "${identity.keyName}" has a name that cannot be a user id`);
  return { issuer, userId: identity.keyName };
}
