/** The highest rate at which the service keeps its promises on this machine, to a step. */
import { numberFrom } from './sale/load.ts';
import { reserve } from './sale/reserve.ts';
import { optionsOfSteps, prepareSteps, stepsOf } from './sale/steps.ts';
import { summarize } from './sale/summary.ts';

const stepRate = numberFrom('STEP_RATE', 250);
const steps = stepsOf({ firstRate: 500, count: 15, seconds: 15, maxDroppedShare: 0, next: (rate) => rate + stepRate });

export const options = optionsOfSteps(steps);
export const setup = () => prepareSteps(steps);
export default reserve;
export const handleSummary = summarize;
