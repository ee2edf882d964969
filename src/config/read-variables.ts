import { ConfigError, type Fault } from './fault.js';
import { jwtFaults } from './jwt-faults.js';
import { brokenRelation, RELATIONS } from './relations.js';
import { VARIABLES, VARIABLES_OF_OTHERS, type Values, type Variable, type VariableName } from './variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError naming every fault */
export function readVariables(environment: Environment): Values {
  const values: Partial<Record<VariableName, unknown>> = {};
  const faults: Fault[] = unknownVariables(environment);
  for (const name of Object.keys(VARIABLES) as VariableName[]) {
    const variable: Variable = VARIABLES[name];
    const given = environment[name] ?? variable.fallback;
    const result = variable.schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else faults.push({ variable: name, problem: `${shown(variable, given)} was given; allowed is ${variable.allowed}` });
  }
  for (const relation of RELATIONS) {
    const problem = brokenRelation(relation, values as Partial<Values>);
    if (problem !== null) faults.push({ variable: relation.smaller, problem });
  }
  faults.push(...portFaults(values as Partial<Values>), ...topicFaults(values as Partial<Values>), ...jwtFaults(values as Partial<Values>));
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Values;
}

function shown(variable: Variable, given: string): string {
  if (given === '') return 'nothing';
  // A URL that cannot be read cannot be stripped of its password either.
  return variable.secret
    ? `a secret of ${given.length} characters`
    : JSON.stringify(given.length > 80 ? `${given.slice(0, 80)}...` : given);
}

function unknownVariables(environment: Environment): Fault[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('FLASHSALE_') && !(name in VARIABLES) && !VARIABLES_OF_OTHERS.has(name))
    .sort()
    .map((name) => {
      const similar = closest(name);
      return { variable: name, problem: `no such variable${similar === null ? '' : `; did you mean ${similar}?`}` };
    });
}

function portFaults({ FLASHSALE_HTTP_PORT: http, FLASHSALE_METRICS_PORT: metrics }: Partial<Values>): Fault[] {
  if (http === undefined || http === 0 || http !== metrics) return [];
  return [{ variable: 'FLASHSALE_METRICS_PORT', problem: `${metrics} was given; allowed is any port but FLASHSALE_HTTP_PORT (${http})` }];
}

const TOPICS = ['FLASHSALE_TOPIC', 'FLASHSALE_EVENTS_TOPIC', 'FLASHSALE_DEAD_LETTER_TOPIC'] as const;

/** Events in the topic of the commands would be read as commands, become dead letters, and be published again. */
function topicFaults(values: Partial<Values>): Fault[] {
  return TOPICS.flatMap((variable, at) => {
    const same = TOPICS.slice(0, at).find((other) => values[other] !== undefined && values[other] === values[variable]);
    return same === undefined ? [] : [{ variable, problem: `${values[variable]} was given; allowed is any topic but that of ${same}` }];
  });
}

function closest(name: string): string | null {
  const ranked = Object.keys(VARIABLES)
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= 4 ? best.candidate : null;
}

/** Levenshtein: the insertions, deletions and replacements that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
