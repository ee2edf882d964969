import { parseSync } from '@swc/core';

/** A node of the syntax tree, read by its type's name; the parser's own types cover two hundred of them. */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Every node of a TypeScript or JavaScript text. Comments are not in it; text inside strings is not code. */
export function syntaxNodes(text: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isNode(value)) found.push(value);
    for (const child of Object.values(value)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }));
  return found;
}

/** `a.b.c` of a chain of members, also of `a['b'].c`; undefined for anything else. */
export function dottedName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier' && typeof node.value === 'string') return node.value;
  if (node.type === 'Computed' && isNode(node.expression) && node.expression.type === 'StringLiteral') return String(node.expression.value);
  if (node.type !== 'MemberExpression') return undefined;
  const [owner, member] = [dottedName(node.object), dottedName(node.property)];
  return owner === undefined || member === undefined ? undefined : `${owner}.${member}`;
}
