import { HOLD_SECONDS_MAX, NAME_MAX_LENGTH, UNITS_MAX } from '../domain/limits.js';
import type { SkuSettings } from '../domain/stock.js';

type Judge = (value: unknown) => boolean;

const within =
  (least: number, most: number): Judge =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
const isTimeOrNull: Judge = (value) => value === null || Number.isSafeInteger(value);

/** What a SKU that exists may be set to. */
const SETTINGS: Readonly<Record<keyof SkuSettings, Judge>> = {
  name: (value) => typeof value === 'string' && value.length <= NAME_MAX_LENGTH,
  state: (value) => value === 'OPEN' || value === 'PAUSED',
  perUserLimit: within(1, UNITS_MAX),
  maxQuantity: within(1, UNITS_MAX),
  holdSeconds: within(1, HOLD_SECONDS_MAX),
  maxExtendSeconds: within(0, HOLD_SECONDS_MAX),
  opensAt: isTimeOrNull,
  closesAt: isTimeOrNull,
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly (keyof SkuSettings)[];

/** The settings that a configure line names, `complete` all of them; null where one is missing, unknown or out of its bounds. */
export function readSettings(value: unknown, complete: boolean): Partial<SkuSettings> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  const fine = entries.every(([name, setting]) => Object.hasOwn(SETTINGS, name) && SETTINGS[name as keyof SkuSettings](setting));
  return fine && (!complete || entries.length === SETTING_NAMES.length) ? (value as Partial<SkuSettings>) : null;
}
