import { closingLine, figuresOf } from './closing-line.mjs';

const clean = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, numRuntimeErrorTestSuites: 0 };

test.each([
  ['all well', clean, '7 passed, 0 failed, 0 skipped'],
  ['failures', { ...clean, numFailedTests: 2 }, '7 passed, 2 failed, 0 skipped'],
  ['a suite that failed to run', { ...clean, numRuntimeErrorTestSuites: 1 }, '7 passed, 1 failed, 0 skipped'],
  ['both', { ...clean, numFailedTests: 2, numRuntimeErrorTestSuites: 3 }, '7 passed, 5 failed, 0 skipped'],
  ['skipped and to do', { ...clean, numPendingTests: 1, numTodoTests: 2 }, '7 passed, 0 failed, 3 skipped'],
])('%s', (_what, results, line) => {
  expect(closingLine(figuresOf(results))).toBe(line);
});
