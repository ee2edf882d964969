import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect early, for commands that go through millions of rows and keep little of them: a million decisions are verified in 140 MB
 * instead of 240, for a third more CPU. By itself it lets garbage grow to a multiple of what lives.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
