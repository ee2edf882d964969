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
  try {
    const fields = statFields(pid);
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid}@${fields[19]}`;
  } catch {
    return null;
  }
}

/**
 * The command's name stands in brackets and may hold anything; after it come state (3), parent (4) ... start time (22).
 * @param {number} pid
 */
function statFields(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * @param {string} identity
 * @returns {boolean}
 */
export function lives(identity) {
  return identify(Number.parseInt(identity, 10)) === identity;
}

/**
 * The shell that stands between npm and its script, and outlives npm; null when there is none, or none to be seen.
 * @param {number} pid our parent
 * @returns {number | null} its parent at the moment: npm, or whoever inherited it
 */
export function parentOfShell(pid) {
  try {
    const [, flag] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return flag === '-c' ? Number(statFields(pid)[1]) : null;
  } catch {
    return null;
  }
}
