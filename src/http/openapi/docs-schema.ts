import { escapeHtml, proseHtml } from '../html.js';
import type { JsonSchema } from './document-types.js';

/** In a few words what a value may be. */
export function typeText(schema: JsonSchema): string {
  const { $ref, type, format, anyOf, items, minimum, maximum, minLength, maxLength, pattern } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).map(typeText).join(' or ');
  if (type === 'array') return `array of ${typeText((items ?? {}) as JsonSchema)}`;
  const range = rangeText(minimum, maximum) + rangeText(minLength, maxLength, ' characters');
  return `${format ?? type ?? 'anything'}${range}${pattern === undefined ? '' : `, /${pattern}/`}`;
}

function rangeText(least: unknown, most: unknown, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` >= ${least}${unit}`;
  return least === undefined ? ` <= ${most}${unit}` : ` ${least} to ${most}${unit}`;
}

/** The members of an object, those of an object within it below it. */
export function schemaHtml(schema: JsonSchema, below = ''): string {
  const rows = rowsOf(schema, below);
  return rows === '' ? `<p><code>${escapeHtml(typeText(schema))}</code></p>` : `<table>${rows}</table>`;
}

function rowsOf({ properties = {}, required = [] }: JsonSchema, below: string): string {
  return Object.entries(properties as Record<string, JsonSchema>)
    .map(([name, member]) => {
      const isRequired = (required as string[]).includes(name);
      const inner = objectIn(member);
      const row = memberRow(`${below}${name}`, isRequired, typeText(member), String(member.description ?? ''));
      return row + (inner === null ? '' : rowsOf(inner, `${below}${name}.`));
    })
    .join('');
}

/** The object that a value is, may be, or holds many of. */
function objectIn(schema: JsonSchema): JsonSchema | null {
  if (schema.properties !== undefined) return schema;
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as JsonSchema[]).map(objectIn).find((found) => found !== null) ?? null;
  return schema.type === 'array' && schema.items !== undefined ? objectIn(schema.items as JsonSchema) : null;
}

export function memberRow(name: string, isRequired: boolean, type: string, description: string): string {
  const needed = isRequired ? ' <span class="needed">required</span>' : '';
  return `<tr><th scope="row"><code>${escapeHtml(name)}</code>${needed}</th><td><code>${escapeHtml(type)}</code> ${proseHtml(description)}</td></tr>`;
}
