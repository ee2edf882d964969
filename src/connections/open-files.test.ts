import { socketsWithin } from './open-files.js';

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax processes             7                    7                    processes\nMax open files            ${soft}                 524288               files\n`;

it.each([
  ['what was asked for, where there is room', 16_000, limits('20000'), 16_000],
  ['what leaves room for the rest', 16_000, limits('4096'), 3_840],
  ['one at least', 16_000, limits('100'), 1],
  ['what was asked for, without a limit', 16_000, limits('unlimited'), 16_000],
  ['what was asked for, where nobody tells', 16_000, null, 16_000],
  ['what was asked for, where something else is told', 16_000, 'nonsense', 16_000],
])('%s', (_, wanted, told, expected) => expect(socketsWithin(wanted, told)).toBe(expected));
