import { Problem } from './problem.js';
import type { Scope, TokenRefusal } from './services.js';

/** What is said to whoever may not do what they ask for (RFC 6750). Made once: nothing of a request is in it. */
const REALM = 'Bearer realm="flashsale"';

/** Says no more than how to do it: whoever sent nothing did nothing wrong yet. */
export const NO_CREDENTIALS = new Problem('UNAUTHENTICATED', undefined, { headers: { 'WWW-Authenticate': REALM } });

/** Two of them: which of the two would count is anybody's guess, and a proxy's may differ from ours. */
export const AMBIGUOUS_CREDENTIALS = challenge('invalid_request', 'The Authorization header was sent twice');

const UNKNOWN = 'The credentials are malformed, unknown, or not signed by a key that is trusted here';

/** Malformed, made-up, revoked and unknown ones get the very same answer: nothing is learnt by trying. */
export const UNKNOWN_CREDENTIALS = challenge('invalid_token', UNKNOWN);

/** All but UNTRUSTED is said only to whoever has a token of ours. */
export const REFUSED_TOKEN: Readonly<Record<TokenRefusal, Problem>> = {
  UNTRUSTED: UNKNOWN_CREDENTIALS,
  EXPIRED: challenge('invalid_token', 'The token has expired'),
  NOT_YET_VALID: challenge('invalid_token', 'The token is not valid yet'),
  NOT_FOR_US: challenge('invalid_token', 'The token was issued by, or for, somebody else'),
  ENDLESS: challenge('invalid_token', 'The token has no exp, or none that is a time'),
  NO_BUYER: challenge('invalid_token', 'The subject of the token is missing, or cannot be a user id'),
};

export const FORBIDDEN: Readonly<Record<Scope, Problem>> = {
  reserve: lacking('reserve'),
  admin: lacking('admin'),
};

function challenge(error: 'invalid_request' | 'invalid_token', description: string): Problem {
  const header = `${REALM}, error="${error}", error_description="${description}"`;
  return new Problem('UNAUTHENTICATED', `${description}.`, { headers: { 'WWW-Authenticate': header } });
}

function lacking(scope: Scope): Problem {
  const header = `${REALM}, error="insufficient_scope", scope="${scope}"`;
  return new Problem('FORBIDDEN', `The credentials lack the scope "${scope}".`, { headers: { 'WWW-Authenticate': header } });
}
