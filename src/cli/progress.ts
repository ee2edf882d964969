import type { Progress } from '../ledger/verify.js';

const EVERY_MS = 1_000;

/** Says on a terminal how far a replay is, every second; elsewhere nothing. */
export function progressLine(what: string): (soFar: Progress) => void {
  if (!process.stderr.isTTY) return () => undefined;
  const started = Date.now();
  let next = started + EVERY_MS;
  return ({ skuId, skus, decisions }) => {
    const now = Date.now();
    if (now < next) return;
    next = now + EVERY_MS;
    const seconds = Math.round((now - started) / 1000);
    process.stderr.write(`${what}: ${decisions} decisions of ${skus + 1} SKUs, now ${skuId}, ${seconds} s\n`);
  };
}
