import { readOptions } from './options.js';

describe('options', () => {
  it('have defaults', () =>
    expect(readOptions([])).toEqual({ buyers: 5_000, units: 500, rate: 800, killWriter: false, keep: false, json: false }));

  it('are read', () =>
    expect(readOptions(['--kill-writer', '--keep', '--json', '--buyers', '100', '--units=7', '--rate', '50'])).toEqual({
      ...{ buyers: 100, units: 7, rate: 50 },
      ...{ killWriter: true, keep: true, json: true },
    }));

  it.each([['--units', '0'], ['--units', '1.5'], ['--rate', 'fast'], ['--buyers', '-1'], ['--buyers', '1e3'], ['--bogus'], ['extra']])(
    'refuses %s %s',
    (...args) => {
      const { write } = process.stderr;
      process.stderr.write = () => true;
      try {
        expect(() => readOptions(args.filter((arg) => arg !== undefined))).toThrow();
      } finally {
        process.stderr.write = write;
      }
    },
  );
});
