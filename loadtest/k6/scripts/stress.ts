/** Twice the rate at every step, until it breaks: what matters is that nothing is lost or oversold then. */
import { reserve } from './sale/reserve.ts';
import { optionsOfSteps, prepareSteps, stepsOf } from './sale/steps.ts';
import { summarize } from './sale/summary.ts';

const steps = stepsOf({ firstRate: 500, count: 5, seconds: 20, maxDroppedShare: 0.01, next: (rate) => rate * 2 });

export const options = optionsOfSteps(steps);
export const setup = () => prepareSteps(steps);
export default reserve;
export const handleSummary = summarize;
