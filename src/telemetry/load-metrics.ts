import { Counter, Gauge, type Registry } from 'prom-client';
import { startAtZero } from './start-at-zero.js';

export const SHED_REASONS = ['in_flight', 'queue', 'rate', 'waits', 'connections'] as const;

/** What an API process has at once: of which each is bounded. */
export type HttpLoad = () => { readonly reservations: number; readonly waits: number; readonly connections: number };

/** How much an API process has to do, and what it turns away for it. */
export function loadMetrics(registers: Registry[]) {
  const shed = new Counter({
    name: 'flashsale_shed_total',
    help:
      'Requests turned away, or served with less, by reason: in_flight (too many are being taken; these are in no other metric), queue (decided too ' +
      'late), rate (of one buyer), waits (answered without waiting for a decision), connections (closed at once)',
    labelNames: ['reason'],
    registers,
  });
  startAtZero(
    shed,
    SHED_REASONS.map((reason) => ({ reason })),
  );
  let load: HttpLoad = () => ({ reservations: 0, waits: 0, connections: 0 });
  new Gauge({
    name: 'flashsale_http_load',
    help: 'What this process has at once: reservations being taken, waits for a decision, open connections',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(load())) this.set({ kind }, count);
    },
  });
  return {
    shed,
    /** Asked at every scrape from now on. */
    httpLoadFrom(source: HttpLoad): void {
      load = source;
    },
  };
}
