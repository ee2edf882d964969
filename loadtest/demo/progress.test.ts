import { ProgressDisplay } from './progress.js';
import { asBlock, asLine, coloured, type Progress, plain } from './progress-text.js';

const progress: Progress = {
  ...{ phase: 'doors open', elapsedMs: 1_250, asked: 600, asks: 5_500, accepted: 500, decided: 400, unitsLeft: 100, units: 500 },
  ...{ acceptP95Ms: 12.34, retries: 0, news: null },
};
const written: string[] = [];
const write = (text: string): boolean => written.push(text) > 0;
const terminal = { write, isTTY: true, columns: 80 };
const BOLD = '\x1b[1m';
const linesUp = (text: string): number =>
  Number(text.split('\x1b[').find((code) => code.startsWith('4A') || code.startsWith('5A'))?.[0] ?? 0);
beforeEach(() => written.splice(0));

it('a line tells phase, accepted, decided, units left and p95', () => {
  for (const part of ['doors open', 'accepted 500', 'decided 400', 'left 100', '12.3 ms']) expect(asLine(progress)).toContain(part);
});

describe('the block', () => {
  it('tells the same, with bars', () => {
    const block = asBlock({ ...progress, accepted: 4_567 }, plain);
    for (const part of ['doors open', 'accepted 4,567', 'decided 400', '100 of 500', '12.3 ms']) expect(block.join('\n')).toContain(part);
    expect(block[1]).toContain(`${'█'.repeat(8)}${'░'.repeat(32)}`);
  });

  it.each<[number, number, number]>([
    [500, 500, 40],
    [499, 500, 39],
    [1, 500, 1],
    [0, 500, 0],
    [0, 0, 0],
  ])('with %i of %i units left has %i cells filled', (unitsLeft, units, cells) =>
    expect(asBlock({ ...progress, unitsLeft, units }, plain)[1]?.match(/█/g)?.length ?? 0).toBe(cells),
  );

  it('fits 80 columns with the largest sale that there can be', () => {
    const n = 1_000_000;
    const huge = { ...progress, asked: n, asks: n, accepted: n, decided: n, unitsLeft: n, units: n, acceptP95Ms: 59_999.9, retries: n };
    for (const line of asBlock({ ...huge, elapsedMs: 999_999, phase: 'not all decided in time', news: 'SIGKILL' }, plain))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('the display', () => {
  it('is a line a second where nobody can watch, or nothing can be redrawn', () => {
    for (const [screen, environment] of [
      [{ write }, {}],
      [terminal, { TERM: 'dumb' }],
      [{ ...terminal, columns: 60 }, {}],
    ] as const) {
      const display = new ProgressDisplay(screen, environment);
      for (let elapsedMs = 0; elapsedMs < 3_000; elapsedMs += 100) display.show({ ...progress, elapsedMs });
      expect(written.splice(0)).toHaveLength(3);
    }
  });

  it('is redrawn in place on a terminal, one line longer from the news on', () => {
    const display = new ProgressDisplay(terminal, {});
    display.show(progress);
    display.show({ ...progress, news: 'SIGKILL to writer-1' });
    display.show({ ...progress, news: 'decisions resumed' });
    expect(written.map(linesUp)).toEqual([0, 4, 5]);
  });

  it('draws nothing over what is written after its end', () => {
    const display = new ProgressDisplay(terminal, {});
    display.end();
    display.show(progress);
    expect(written).toEqual([]);
  });

  it('has no colours under NO_COLOR', () => {
    new ProgressDisplay(terminal, { NO_COLOR: '1' }).show(progress);
    expect(written.join()).not.toContain(BOLD);
    expect(asBlock(progress, coloured).join()).toContain(BOLD);
  });
});
