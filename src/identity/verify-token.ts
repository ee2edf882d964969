import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { BuyerTokensConfig } from '../config.js';
import { isUserId, type Principal, storefrontIssuer } from '../domain/ids.js';
import type { Clock } from '../ports/runtime.js';

/** Why a token is refused. What its claims are is told only of a token that we trust: whoever made one up learns nothing about it. */
export type TokenRefusal = 'UNTRUSTED' | 'EXPIRED' | 'NOT_YET_VALID' | 'NOT_FOR_US' | 'NO_BUYER' | 'ENDLESS';

export type TokenVerdict =
  | { readonly kind: 'buyer'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: TokenRefusal };

export type VerifyToken = (token: string) => Promise<TokenVerdict>;

/** Of where buyers bring no tokens. */
export const takesNoTokens: VerifyToken = async () => ({ kind: 'refused', reason: 'UNTRUSTED' });

export interface VerifyTokenOptions {
  readonly config: Pick<BuyerTokensConfig, 'issuer' | 'audience' | 'storefront' | 'algorithms' | 'leewaySeconds'>;
  readonly findKey: JWTVerifyGetKey;
  readonly clock: Pick<Clock, 'now'>;
  /** For the log: `why` is a word of ours or of jose's, never a part of the token. */
  readonly onRefused: (reason: TokenRefusal, why: string) => void;
}

/**
 * Who the buyer is that a token (JWT) speaks of: its `sub`, as a buyer of the one storefront whose buyers bring tokens. Rejects only where
 * no key is at hand to tell.
 */
export function createVerifyToken({ config, findKey, clock, onRefused }: VerifyTokenOptions): VerifyToken {
  const issuer = storefrontIssuer(config.storefront);
  const options: JWTVerifyOptions = {
    algorithms: [...config.algorithms],
    issuer: config.issuer,
    audience: config.audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: config.leewaySeconds,
  };
  const refused = (reason: TokenRefusal, why: string): TokenVerdict => {
    onRefused(reason, why);
    return { kind: 'refused', reason };
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, findKey, { ...options, currentDate: new Date(clock.now()) });
      // Not trimmed, normalized or cut: two subjects must never become one buyer.
      if (!isUserId(payload.sub)) return refused('NO_BUYER', 'sub');
      return { kind: 'buyer', principal: { issuer, userId: payload.sub } };
    } catch (error) {
      if (!(error instanceof errors.JOSEError) || isAboutKeys(error)) throw error;
      return refused(reasonOf(error), whyOf(error));
    }
  };
}

/** A key that cannot be used is the fault of whoever published it, and not of the token. */
const isAboutKeys = (error: errors.JOSEError): boolean => error instanceof errors.JWKInvalid || error instanceof errors.JWKSInvalid;

/** jose looks at the claims after the signature, so all but UNTRUSTED is said of a token that one of our keys has signed. */
function reasonOf(error: errors.JOSEError): TokenRefusal {
  if (error instanceof errors.JWTExpired) return 'EXPIRED';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'UNTRUSTED';
  if (error.claim === 'sub') return 'NO_BUYER';
  if (error.claim === 'exp') return 'ENDLESS';
  if (error.claim === 'nbf' && error.reason === 'check_failed') return 'NOT_YET_VALID';
  return error.claim === 'iss' || error.claim === 'aud' ? 'NOT_FOR_US' : 'UNTRUSTED';
}

/** Not the error itself: jose hangs all claims on it. */
function whyOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTClaimValidationFailed ? `${error.claim} ${error.reason}` : error.code;
}
