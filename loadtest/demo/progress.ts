import type { WriteStream } from 'node:tty';

export interface Progress {
  readonly phase: string;
  readonly elapsedMs: number;
  readonly asked: number;
  readonly asks: number;
  readonly accepted: number;
  readonly decided: number;
  readonly unitsLeft: number;
  readonly units: number;
  readonly acceptP95Ms: number;
  readonly retries: number;
  /** Something worth telling once, such as a kill. */
  readonly news: string | null;
}

const BAR_WIDTH = 32;
const LINE_EVERY_MS = 1_000;

/** On a terminal one block that is redrawn in place; elsewhere a line a second. */
export class ProgressDisplay {
  private drawnLines = 0;
  private lastLineAt = Number.NEGATIVE_INFINITY;
  private lastPhase = '';

  constructor(private readonly stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }) {}

  show(progress: Progress): void {
    if (this.stream.isTTY) {
      this.draw(progress);
      return;
    }
    if (progress.elapsedMs - this.lastLineAt < LINE_EVERY_MS && progress.phase === this.lastPhase) return;
    this.lastLineAt = progress.elapsedMs;
    this.lastPhase = progress.phase;
    this.stream.write(`${asLine(progress)}\n`);
  }

  /** What is drawn stays; the next text begins below it. */
  end(): void {
    this.drawnLines = 0;
  }

  private draw(progress: Progress): void {
    const lines = asBlock(progress);
    // One write: the block is never seen half drawn.
    const up = this.drawnLines > 0 ? `\x1b[${this.drawnLines}A` : '';
    this.stream.write(up + lines.map((line) => `\x1b[2K${line}\n`).join(''));
    this.drawnLines = lines.length;
  }
}

export function asLine(progress: Progress): string {
  const { phase, elapsedMs, asked, asks, accepted, decided, unitsLeft, acceptP95Ms, retries, news } = progress;
  const parts = [
    `${(elapsedMs / 1_000).toFixed(1).padStart(5)} s`,
    phase,
    `asked ${asked}/${asks}`,
    `accepted ${accepted}`,
    `decided ${decided}`,
    `hot units left ${unitsLeft}`,
    `accept p95 ${acceptP95Ms.toFixed(1)} ms`,
  ];
  if (retries > 0) parts.push(`retries ${retries}`);
  if (news !== null) parts.push(news);
  return `  ${parts.join('  ')}`;
}

export function asBlock(progress: Progress): string[] {
  const { phase, elapsedMs, asked, asks, accepted, decided, unitsLeft, units, acceptP95Ms, retries, news } = progress;
  return [
    `  ${bold(phase)}  ${(elapsedMs / 1_000).toFixed(1)} s${news === null ? '' : `  ${red(news)}`}`,
    `  requests   ${bar(asked, asks)}  ${asked} of ${asks}`,
    `  decided    ${bar(decided, Math.max(accepted, decided))}  ${decided} of ${accepted} accepted`,
    `  hot units  ${bar(unitsLeft, units)}  ${unitsLeft} of ${units} left`,
    `  accept p95 ${acceptP95Ms.toFixed(1)} ms   retries ${retries}`,
  ];
}

function bar(value: number, of: number): string {
  const filled = of === 0 ? 0 : Math.min(BAR_WIDTH, Math.round((value / of) * BAR_WIDTH));
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
}

const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;
const red = (text: string): string => `\x1b[31m${text}\x1b[39m`;
