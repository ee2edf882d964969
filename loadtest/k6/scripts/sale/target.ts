/** Which service, and in whose name. Given by the runner (loadtest/k6/run-k6.ts), or by hand. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Part of every SKU, buyer and key, so that two runs on one service never meet. */
  readonly runId: string;
}

export const target: Target = {
  url: __ENV.FLASHSALE_URL || 'http://127.0.0.1:3000',
  headers: { Authorization: `Bearer ${__ENV.FLASHSALE_API_KEY || ''}`, 'Content-Type': 'application/json' },
  runId: __ENV.RUN_ID || '',
};
