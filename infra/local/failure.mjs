/** sysexits.h: how the launcher ends when it knows the cause. */
export const exitCodes = { usage: 64, unavailable: 69, software: 70, temporary: 75 };

/** Something a person can act on: its message is printed without a stack. Everything else is a bug and crashes with one. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}
