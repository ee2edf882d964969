import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names a living process for good: pid and start time, since a pid alone is reused. A zombie counts as dead.
 * @param {number} pid
 * @returns {string | null} null when no such process lives
 */
export function identify(pid) {
  if (process.platform === 'linux') return identifyByProc(pid);
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...started] = (stdout ?? '').trim().split(/\s+/);
  return !state || state.startsWith('Z') ? null : `${pid}@${started.join(' ')}`;
}

/** @param {number} pid */
function identifyByProc(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The command's name stands in brackets and may hold anything; the fields after it are state (3) ... starttime (22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid}@${fields[19]}`;
}

/**
 * @param {string} identity
 * @returns {boolean}
 */
export function lives(identity) {
  return identify(Number.parseInt(identity, 10)) === identity;
}
