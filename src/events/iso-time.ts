import type { Millis } from '../domain/ids.js';

const MAX_SECONDS = 1_000;

/**
 * `Date.toISOString` for times that lie close together: the text of each second is made once, since an event
 * has up to four times in it.
 */
export function createIsoTime(): (ms: Millis) => string {
  const seconds = new Map<number, string>();
  return (ms) => {
    const second = Math.floor(ms / 1000);
    let text = seconds.get(second);
    if (text === undefined) {
      if (seconds.size === MAX_SECONDS) seconds.clear();
      text = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
      seconds.set(second, text);
    }
    return `${text}${String(ms - second * 1000).padStart(3, '0')}Z`;
  };
}
