/** Figures as they are printed and written: each with its unit, and no more digits than it is worth. */

export const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** CPU time; null where the process does not run on this machine. */
export const micros = (value: number | null): string => (value === null ? 'not on this machine' : `${value.toFixed(1)} us`);

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

export const rate = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en')}/s`;

export const count = (value: number): string => value.toLocaleString('en');

export const times = (ratio: number): string => `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}x`;

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
