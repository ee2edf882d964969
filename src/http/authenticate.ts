import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { type Issuer, isIssuer, isUserId, type Principal, type UserId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import type { ReservationFilter } from '../ports/store.js';
import { dependency } from './dependency.js';
import { Problem } from './problem.js';
import type { AppDependencies, Scope } from './services.js';

/** Who calls. A storefront speaks for any of its buyers. */
export interface StorefrontIdentity {
  readonly kind: 'storefront';
  readonly keyName: string;
  readonly issuer: Issuer;
  readonly scopes: readonly Scope[];
}

/** One kind for each way to prove who one is. */
export type Identity = StorefrontIdentity;

const API_KEY_PATTERN = /^fsk_[A-Za-z0-9_-]{8,200}$/;

/** Missing, malformed and unknown credentials get the very same answer: nothing is learnt by trying. */
const UNAUTHENTICATED = new Problem('UNAUTHENTICATED', undefined, { headers: { 'WWW-Authenticate': 'Bearer realm="flashsale"' } });

const FORBIDDEN: Readonly<Record<Scope, Problem>> = {
  reserve: lacking('reserve'),
  admin: lacking('admin'),
};

function lacking(scope: Scope): Problem {
  const challenge = `Bearer realm="flashsale", error="insufficient_scope", scope="${scope}"`;
  return new Problem('FORBIDDEN', `The credentials lack the scope "${scope}".`, { headers: { 'WWW-Authenticate': challenge } });
}

/**
 * The caller's identity by its Authorization header, if it has the scope.
 * @throws DependencyFailed when the keys cannot be read
 */
export async function authenticate(
  { findApiKey }: Pick<AppDependencies, 'findApiKey'>,
  req: Request,
  scope: Scope,
): Promise<Identity | Problem> {
  const token = bearerToken(req.headers.authorization);
  if (token === null || !API_KEY_PATTERN.test(token)) return UNAUTHENTICATED;
  const key = await dependency('api keys', findApiKey(createHash('sha256').update(token).digest('hex')));
  if (key === null) return UNAUTHENTICATED;
  if (!key.scopes.includes(scope)) return FORBIDDEN[scope];
  const issuer = `storefront:${key.name}`;
  if (!isIssuer(issuer)) throw new Error(`the API key "${key.name}" has a name that cannot be an issuer`);
  return { kind: 'storefront', keyName: key.name, issuer, scopes: key.scopes };
}

function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return header.slice(7).trim();
}

/** On whose behalf a reservation is asked for: a storefront names the buyer in the body. */
export function buyerOf(identity: Identity, userId: string | undefined): Principal | Problem {
  if (userId === undefined) return new Problem('INVALID_USER_ID', 'userId is missing: with an API key the body names the buyer.');
  if (!isUserId(userId)) return new Problem('INVALID_USER_ID');
  return { issuer: identity.issuer, userId };
}

/** Whether a reservation is the caller's to see: a storefront sees all of its own. */
export const owns = (identity: Identity, reservation: ReservationView): boolean => reservation.issuer === identity.issuer;

/** Whose reservations a caller may list: a storefront those of all its buyers, or of the one it names. */
export const listedOf = (identity: Identity, userId: UserId | null): Pick<ReservationFilter, 'issuer' | 'userId'> => ({
  issuer: identity.issuer,
  userId,
});

/** In whose name an operator's change is recorded. */
export function operatorOf(identity: Identity): Principal {
  const issuer = `operator:${identity.keyName}`;
  if (!isIssuer(issuer) || !isUserId(identity.keyName))
    throw new Error(`the API key "${identity.keyName}" has a name that cannot be a user id`);
  return { issuer, userId: identity.keyName };
}
