import { type CpuProfile, isNoWork, type Locate, nameOf, type ProfileNode } from './hottest.js';

/** A frame of a flame graph, as d3-flame-graph takes it: its value holds those of its children. */
export interface Flame {
  readonly name: string;
  /** Samples. */
  readonly value: number;
  readonly children: readonly Flame[];
}

/** The calls of a profile as a tree, by the samples that found them on the stack. Idle time is left out. */
export function flamesOf({ nodes }: CpuProfile, locate: Locate): Flame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const below = ({ children = [] }: ProfileNode): readonly Flame[] =>
    children
      .flatMap((id) => byId.get(id) ?? [])
      .filter(({ callFrame }) => !isNoWork(callFrame))
      .map(flameOf)
      .filter(({ value }) => value > 0);
  const flameOf = (node: ProfileNode): Flame => {
    const children = below(node);
    const name = `${nameOf(node.callFrame)} ${locate(node.callFrame)}`.trimEnd();
    return { name, value: (node.hitCount ?? 0) + sumOf(children), children };
  };
  const [root] = nodes;
  const children = root === undefined ? [] : below(root);
  return { name: 'all', value: sumOf(children), children };
}

const sumOf = (flames: readonly Flame[]): number => flames.reduce((sum, { value }) => sum + value, 0);
