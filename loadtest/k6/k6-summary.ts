/** What k6's handleSummary is given, as far as it is used here. A threshold's `ok` is the verdict of k6 itself. */
export interface K6Summary {
  readonly metrics: Readonly<Record<string, K6Metric>>;
}

interface K6Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface LoadFigures {
  readonly requests: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
  readonly dropped: number;
  readonly acceptP50Ms: number;
  readonly acceptP95Ms: number;
  readonly acceptP99Ms: number;
}

export interface Threshold {
  readonly metric: string;
  readonly limit: string;
  readonly ok: boolean;
}

const ANSWERED = 'http_req_duration{name:reserve,expected_response:true}';

export function parseSummary(text: string): K6Summary {
  const summary: K6Summary = JSON.parse(text);
  if (typeof summary?.metrics !== 'object') throw new Error('the summary that k6 wrote has no metrics');
  return summary;
}

export function figuresOf(summary: K6Summary): LoadFigures {
  const value = (metric: string, name: string) => summary.metrics[metric]?.values[name] ?? 0;
  return {
    requests: value('iterations', 'count'),
    accepted: value('flashsale_accepted', 'count'),
    refused: value('flashsale_refused', 'count'),
    failed: value('flashsale_failed', 'count'),
    dropped: value('dropped_iterations', 'count'),
    acceptP50Ms: value(ANSWERED, 'med'),
    acceptP95Ms: value(ANSWERED, 'p(95)'),
    acceptP99Ms: value(ANSWERED, 'p(99)'),
  };
}

export function thresholdsOf(summary: K6Summary): Threshold[] {
  return Object.entries(summary.metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([limit, { ok }]) => ({ metric, limit, ok })),
  );
}
