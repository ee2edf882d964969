import { escapeHtml, proseHtml } from '../html.js';
import { memberRow, schemaHtml, typeText } from './docs-schema.js';
import { DOCS_STYLE } from './docs-style.js';
import type { HeaderObject, OpenApiDocument, OperationObject, ParameterObject, Reference, ResponseObject } from './document-types.js';

/** The document as one page of plain HTML. It needs no script, and loads nothing. */
export function docsPage(document: OpenApiDocument): string {
  const { info, tags } = document;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Listed => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name)).map((listed) => operationHtml(document, listed));
    return `<section><h2>${name}</h2><p>${proseHtml(description)}</p>${own.join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${info.title} API</title>
<style>${DOCS_STYLE}</style></head>
<body><header><h1>${info.title} API</h1>${info.description
    .split('\n')
    .map((line) => (line === '' ? '' : `<p>${proseHtml(line)}</p>`))
    .join('')}
<p>The same for programs: <a href="openapi.json">openapi.json</a>.</p></header>
<nav><ul>${operations.map(contentsHtml).join('')}</ul></nav>
<main>${sections.join('\n')}
<section><h2>Who calls</h2>${whoCallsHtml(document)}</section>
<section><h2>Schemas</h2>${schemasHtml(document)}</section></main></body></html>
`;
}

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

const contentsHtml = ({ path, method, operation }: Listed): string =>
  `<li><a href="#${operation.operationId}"><b>${method}</b> ${escapeHtml(path)}</a></li>`;

function operationHtml(document: OpenApiDocument, { path, method, operation }: Listed): string {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation;
  const schemes = [...new Set(security.flatMap((choice) => Object.keys(choice)))];
  return `<article id="${operationId}"><h3><span class="verb">${method}</span><code>${escapeHtml(path)}</code></h3>
<p><b>${proseHtml(summary)}.</b> ${proseHtml(description ?? '')}</p><p>${schemes.length === 0 ? 'Anybody may ask.' : `Needs ${schemes.join(' or ')}.`}</p>
${parametersHtml(document, parameters)}${requestBody === undefined ? '' : bodyHtml(document, requestBody)}
${Object.entries(responses)
  .map(([status, answer]) => answerHtml(document, status, answer))
  .join('')}</article>`;
}

function parametersHtml({ components }: OpenApiDocument, parameters: OperationObject['parameters']): string {
  const rows = parameters.map((parameter) => {
    const { name, in: place, required, schema, description } = resolve<ParameterObject>(parameter, components.parameters);
    return memberRow(`${name} (${place})`, required, typeText(schema), description);
  });
  return `<table>${rows.join('')}</table>`;
}

function bodyHtml({ components }: OpenApiDocument, { required, content }: NonNullable<OperationObject['requestBody']>): string {
  return Object.entries(content)
    .map(([type, { schema, example }]) => {
      const named = components.schemas[lastPart(String(schema.$ref))] ?? schema;
      return `<p>Body (${type}${required ? '' : ', may be left out'}):</p>${schemaHtml(named)}${exampleHtml(example)}`;
    })
    .join('');
}

function answerHtml({ components }: OpenApiDocument, status: string, { description, headers, content = {} }: ResponseObject): string {
  const rows = Object.entries(headers).map(([name, header]) => {
    const { required, schema, description: meaning } = resolve<HeaderObject>(header, components.headers);
    return memberRow(name, required, typeText(schema), meaning);
  });
  const bodies = Object.entries(content).map(([type, { schema, example, examples }]) => {
    if (examples !== undefined) return problemsHtml(components.examples, Object.keys(examples));
    return `<p>${escapeHtml(type)}: ${schemaLink(schema)}</p>${exampleHtml(example)}`;
  });
  return `<details><summary><b>${status}</b> ${proseHtml(description)}</summary>${bodies.join('')}<table>${rows.join('')}</table></details>`;
}

function problemsHtml(examples: OpenApiDocument['components']['examples'], codes: readonly string[]): string {
  const rows = codes.map((code) => {
    const { type = '', detail = '' } = examples[code]?.value ?? {};
    return `<tr><th scope="row"><a href=".${escapeHtml(type)}"><code>${code}</code></a></th><td>${proseHtml(detail)}</td></tr>`;
  });
  return `<p>application/problem+json: <a href="#schema-Problem">Problem</a></p><table>${rows.join('')}</table>`;
}

function schemaLink(schema: ResponseObject['headers'][string] | Readonly<Record<string, unknown>>): string {
  const { $ref, type, properties } = schema as { $ref?: string; type?: string; properties?: { data?: { contentSchema: Reference } } };
  if (properties?.data !== undefined) return `events, each with the data of a ${schemaLink(properties.data.contentSchema)}`;
  if ($ref === undefined) return escapeHtml(type ?? '');
  return `<a href="#schema-${lastPart($ref)}">${lastPart($ref)}</a>`;
}

function schemasHtml({ components }: OpenApiDocument): string {
  return Object.entries(components.schemas)
    .map(
      ([id, schema]) =>
        `<article id="schema-${id}"><h3>${id}</h3><p>${proseHtml(String(schema.description ?? ''))}</p>${schemaHtml(schema)}</article>`,
    )
    .join('');
}

function whoCallsHtml({ components }: OpenApiDocument): string {
  return Object.entries(components.securitySchemes)
    .map(([name, scheme]) => `<p><b>${name}</b>: ${proseHtml((scheme as { description: string }).description)}</p>`)
    .join('');
}

/** An object as JSON, a stream as it comes. */
function exampleHtml(example: unknown): string {
  if (example === undefined) return '';
  return `<pre>${escapeHtml(typeof example === 'string' ? example : JSON.stringify(example, null, 2))}</pre>`;
}

function resolve<T extends object>(value: T | Reference, components: Readonly<Record<string, T>>): T {
  return '$ref' in value ? (components[lastPart(value.$ref)] as T) : value;
}

const lastPart = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);
