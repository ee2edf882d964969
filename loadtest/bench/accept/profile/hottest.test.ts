import { flamesOf } from './flames.js';
import { type CallFrame, type CpuProfile, hottest, type ProfileNode } from './hottest.js';

const frame = (functionName: string, lineNumber = -1): CallFrame => ({
  ...{ functionName, lineNumber, columnNumber: 0 },
  url: lineNumber < 0 ? '' : 'file:///app/shop.js',
});
const node = (id: number, callFrame: CallFrame, hitCount: number, children: readonly number[] = []): ProfileNode => ({
  ...{ id, callFrame, hitCount, children },
});

/** `sell` is called by two others; half of the time nothing was to do. */
const PROFILE: CpuProfile = {
  nodes: [
    node(1, frame('(root)'), 0, [2, 3, 5, 7]),
    node(2, frame('(idle)'), 100),
    node(3, frame('open', 4), 10, [4]),
    node(4, frame('sell', 9), 35),
    node(5, frame('', 20), 5, [6]),
    node(6, frame('sell', 9), 25),
    node(7, frame('(garbage collector)'), 25),
  ],
};
const locate = ({ url, lineNumber }: CallFrame): string => (url === '' ? '' : `shop.js:${lineNumber + 1}`);

test('functions are ordered by their own time, whoever called them, as shares of the time at work', () => {
  expect(hottest(PROFILE, 3, locate)).toEqual([
    { name: 'sell', place: 'shop.js:10', share: 0.6 },
    { name: '(garbage collector)', place: '', share: 0.25 },
    { name: 'open', place: 'shop.js:5', share: 0.1 },
  ]);
  expect(hottest(PROFILE, 10, locate).at(-1)).toEqual({ name: '(anonymous)', place: 'shop.js:21', share: 0.05 });
});

test('two functions of the same name in other places are two', () => {
  const nodes = [node(1, frame('(root)'), 0, [2, 3]), node(2, frame('sell', 1), 3), node(3, frame('sell', 2), 1)];
  expect(hottest({ nodes }, 10, locate).map(({ share }) => share)).toEqual([0.75, 0.25]);
});

test('the flame graph holds each call with all that was below it, and no idle time', () => {
  expect(flamesOf(PROFILE, locate)).toEqual({
    name: 'all',
    value: 100,
    children: [
      { name: 'open shop.js:5', value: 45, children: [{ name: 'sell shop.js:10', value: 35, children: [] }] },
      { name: '(anonymous) shop.js:21', value: 30, children: [{ name: 'sell shop.js:10', value: 25, children: [] }] },
      { name: '(garbage collector)', value: 25, children: [] },
    ],
  });
});
