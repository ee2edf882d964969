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

/** What a terminal must have to show the block. */
export const BLOCK_COLUMNS = 80;
const BAR_WIDTH = 40;

interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly units: (text: string) => string;
  readonly crowd: (text: string) => string;
  readonly news: (text: string) => string;
}

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\x1b[${on}m${text}\x1b[${off}m`;
const as = (text: string): string => text;

export const coloured: Paint = { bold: sgr(1, 22), dim: sgr(2, 22), units: sgr(32, 39), crowd: sgr(36, 39), news: sgr(33, 39) };
/** For NO_COLOR. */
export const plain: Paint = { bold: as, dim: as, units: as, crowd: as, news: as };

/** For logs, and for terminals where nothing can be redrawn. */
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

/** Four lines, and a fifth from the moment when there is news; none is wider than the block. */
export function asBlock(progress: Progress, paint: Paint): string[] {
  const { phase, elapsedMs, asked, asks, accepted, decided, unitsLeft, units, acceptP95Ms, retries, news } = progress;
  const seconds = `${(elapsedMs / 1_000).toFixed(1)} s`;
  const label = (text: string): string => paint.dim(text.padEnd(11));
  const figure = (name: string, value: string): string => `${paint.dim(name)} ${value.padEnd(9)} `;
  const lines = [
    `  ${paint.bold(phase.padEnd(BAR_WIDTH + 11))}  ${seconds}`,
    `  ${label('units left')}${bar(unitsLeft, units, paint.units, paint)}  ${count(unitsLeft)} of ${count(units)}`,
    `  ${label('requests')}${bar(asked, asks, paint.crowd, paint)}  ${count(asked)} of ${count(asks)}`,
    `  ${figure('accepted', count(accepted))}${figure('decided', count(decided))}` +
      `${figure('accept p95', `${acceptP95Ms.toFixed(1)} ms`)}${figure('retries', count(retries))}`.trimEnd(),
  ];
  return news === null ? lines : [...lines, `  ${paint.news(news)}`];
}

function bar(value: number, of: number, filled: Paint['bold'], { dim }: Paint): string {
  const share = of === 0 ? 0 : Math.min(1, Math.max(0, value / of));
  // What is not nothing is seen, and what is not all does not look like it.
  const cells = share > 0 && share < 1 ? Math.min(BAR_WIDTH - 1, Math.max(1, Math.round(share * BAR_WIDTH))) : share * BAR_WIDTH;
  return `${filled('█'.repeat(cells))}${dim('░'.repeat(BAR_WIDTH - cells))}`;
}

const count = (n: number): string => n.toLocaleString('en-US');
