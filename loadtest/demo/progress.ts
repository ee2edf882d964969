import { asBlock, asLine, BLOCK_COLUMNS, coloured, type Progress, plain } from './progress-text.js';

/** The part of a tty.WriteStream that is used. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const LINE_EVERY_MS = 1_000;

/** On a terminal one block that is redrawn in place; elsewhere a line a second. */
export class ProgressDisplay {
  private readonly paint: typeof coloured;
  private readonly canMoveUp: boolean;
  private drawnLines = 0;
  private lastLineAt = Number.NEGATIVE_INFINITY;
  private lastPhase = '';
  private ended = false;

  constructor(
    private readonly screen: Screen,
    { NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
  ) {
    this.paint = NO_COLOR ? plain : coloured;
    this.canMoveUp = screen.isTTY === true && TERM !== 'dumb';
  }

  show(progress: Progress): void {
    if (this.ended) return;
    if (this.canMoveUp && this.fits()) this.draw(progress);
    else this.writeLine(progress);
  }

  /** What is drawn stays, and nothing is drawn any more: the next text begins below it. */
  end(): void {
    this.ended = true;
  }

  /** A line that the terminal wraps would be two, and the way up too short. Some pseudo-terminals say 0: they do not know. */
  private fits(): boolean {
    return (this.screen.columns || BLOCK_COLUMNS) >= BLOCK_COLUMNS;
  }

  private draw(progress: Progress): void {
    const lines = asBlock(progress, this.paint);
    const up = this.drawnLines > 0 ? `\r\x1b[${this.drawnLines}A` : '\r';
    // From the first column: a key that was typed meanwhile has moved the cursor. One write, and each line is cleared behind its text: the block is never seen half drawn or empty.
    this.screen.write(`${up}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.drawnLines = lines.length;
  }

  private writeLine(progress: Progress): void {
    if (progress.elapsedMs - this.lastLineAt < LINE_EVERY_MS && progress.phase === this.lastPhase) return;
    this.lastLineAt = progress.elapsedMs;
    this.lastPhase = progress.phase;
    this.screen.write(`${asLine(progress)}\n`);
    this.drawnLines = 0;
  }
}
