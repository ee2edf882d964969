import type { AdmissionResult } from '../admission/admit.js';
import type { Metrics } from '../telemetry/metrics.js';

const SHED_AS = { limited: 'rate', queue: 'queue' } as const;

/** Counts what the door said, and what it turned away for want of room among all that is. */
export function countAdmission({ admission, shed }: Metrics): (result: AdmissionResult) => void {
  return (result) => {
    admission.inc({ result });
    if (result === 'limited' || result === 'queue') shed.inc({ reason: SHED_AS[result] });
  };
}
