import type { Fault } from './fault.js';
import { isSecretAlgorithm, SECRET_ALGORITHMS } from './jwt-kinds.js';
import type { Values } from './variables.js';

/** Without them a token would be taken that was made for somebody else, or its buyer would be nobody's. */
const NEEDED = ['FLASHSALE_JWT_ISSUER', 'FLASHSALE_JWT_AUDIENCE', 'FLASHSALE_JWT_STOREFRONT'] as const;

/** What is wrong between the variables of buyers' tokens. Those that could not be read are left out: their fault is named already. */
export function jwtFaults(values: Partial<Values>): Fault[] {
  const { FLASHSALE_JWT_SECRET: secret, FLASHSALE_JWT_JWKS_URL: url } = values;
  if (secret === undefined || url === undefined) return [];
  if (secret === null && url === null) return withoutKey(values);
  const both = secret !== null && url !== null;
  return [
    ...(both ? [{ variable: 'FLASHSALE_JWT_JWKS_URL', problem: 'was given beside FLASHSALE_JWT_SECRET; allowed is one of the two' }] : []),
    ...NEEDED.filter((variable) => values[variable] === null).map((variable) => ({
      variable,
      problem: `nothing was given; needed with ${secret === null ? 'FLASHSALE_JWT_JWKS_URL' : 'FLASHSALE_JWT_SECRET'}`,
    })),
    ...(both ? [] : algorithmFaults(values, secret)),
  ];
}

/** Half a configuration would leave tokens switched off, and whoever set it would not know why. */
function withoutKey(values: Partial<Values>): Fault[] {
  return NEEDED.filter((variable) => typeof values[variable] === 'string').map((variable) => ({
    variable,
    problem: 'was given without FLASHSALE_JWT_SECRET or FLASHSALE_JWT_JWKS_URL',
  }));
}

/** Were both kinds allowed at once, a public key could be taken for a secret that everybody knows. */
function algorithmFaults({ FLASHSALE_JWT_ALGORITHMS: algorithms }: Partial<Values>, secret: string | null): Fault[] {
  if (algorithms === undefined || algorithms === 'auto') return [];
  const variable = 'FLASHSALE_JWT_ALGORITHMS';
  if (secret === null) {
    const misplaced = algorithms.filter(isSecretAlgorithm);
    return misplaced.length === 0 ? [] : [{ variable, problem: `${misplaced.join(', ')} cannot be checked with published keys` }];
  }
  const misplaced = algorithms.filter((algorithm) => !isSecretAlgorithm(algorithm));
  if (misplaced.length > 0) return [{ variable, problem: `${misplaced.join(', ')} cannot be checked with a secret` }];
  const least = Math.max(...algorithms.map((algorithm) => SECRET_ALGORITHMS[algorithm] ?? 0));
  if (Buffer.byteLength(secret) >= least) return [];
  return [{ variable: 'FLASHSALE_JWT_SECRET', problem: `has ${Buffer.byteLength(secret)} bytes; ${algorithms.join(', ')} need ${least}` }];
}
