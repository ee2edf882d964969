import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../../infra/local/checkout.mjs';
import { exitCodes, Failure } from '../../infra/local/failure.mjs';
import { atEnd } from '../../infra/local/lifetime.mjs';
import { spawnGuarded } from '../../infra/local/processes.mjs';
import type { Environment } from '../stand/servers.js';
import { type K6Summary, parseSummary } from './k6-summary.js';
import { type ProfileName, scriptOf } from './profiles.js';

/** k6's own code for "ran to the end, a threshold is crossed". */
const THRESHOLDS_CROSSED = 99;

export interface K6Run {
  readonly k6: string;
  readonly profile: ProfileName;
  readonly runId: string;
  readonly url: string;
  readonly apiKey: string;
}

export interface K6Result {
  readonly summary: K6Summary;
  /** Reservations that were answered 202 or 201; empty where there are too many to keep. */
  readonly acceptedIds: readonly string[];
  /** k6's report with its curves, one file that needs no network. */
  readonly htmlFile: string;
}

/** Runs to the end; k6 writes its progress to the terminal. */
export async function runK6({ k6, profile, runId, url, apiKey }: K6Run, environment: Environment): Promise<K6Result> {
  const folder = join(stateFolder, 'reports');
  mkdirSync(folder, { recursive: true });
  const htmlFile = join(folder, `${profile}.html`);
  const summaryFile = join(folder, `${profile}.k6.json`);
  const consoleFile = join(folder, `${profile}.accepted.txt`);
  for (const file of [htmlFile, summaryFile, consoleFile]) rmSync(file, { force: true });

  const running = await spawnGuarded(
    k6,
    ['run', '--no-usage-report', '--log-format=raw', `--console-output=${consoleFile}`, scriptOf(profile)],
    {
      env: {
        ...environment,
        // By the environment and not by -e: arguments can be read by every user of the machine.
        FLASHSALE_URL: url,
        FLASHSALE_API_KEY: apiKey,
        RUN_ID: runId,
        SUMMARY_PATH: summaryFile,
        KEEP_IDS: '1',
        K6_WEB_DASHBOARD: 'true',
        // No port: only the file is wanted, and k6 would wait for an open browser to be closed.
        K6_WEB_DASHBOARD_PORT: '-1',
        K6_WEB_DASHBOARD_PERIOD: environment.K6_WEB_DASHBOARD_PERIOD ?? '1s',
        K6_WEB_DASHBOARD_EXPORT: htmlFile,
      },
      stopSignal: 'SIGINT',
      killAfterMs: 15_000,
    },
  );
  atEnd(running.stop);
  const { code, signal } = await running.exited;
  if (code !== 0 && code !== THRESHOLDS_CROSSED) {
    throw new Failure(`k6 ended with ${signal ?? `code ${code}`}: the run says nothing about the service`, exitCodes.software);
  }
  const summary = parseSummary(readFileSync(summaryFile, 'utf8'));
  const acceptedIds = idsFrom(consoleFile);
  for (const file of [summaryFile, consoleFile]) rmSync(file, { force: true });
  return { summary, acceptedIds, htmlFile };
}

/** A line holds the address of one reservation. A smoke run has 7,000 of them; the half hour at full rate has 46 million. */
function idsFrom(consoleFile: string): string[] {
  if (!existsSync(consoleFile)) return [];
  const lines = readFileSync(consoleFile, 'utf8').trim().split('\n');
  return lines.filter(Boolean).map((line) => line.slice(line.lastIndexOf('/') + 1));
}
