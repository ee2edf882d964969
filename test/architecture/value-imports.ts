import { isNode, type SyntaxNode, syntaxNodes } from './syntax.js';

/** Where a library may be imported as a value; its types may be imported anywhere that the folder rules allow. */
const HOME_OF_LIBRARY: Readonly<Record<string, RegExp>> = {
  kafkajs: /^src\/connections\//,
  pg: /^src\/connections\//,
  ioredis: /^src\/connections\//,
  knex: /^src\/connections\//,
  express: /^src\/http\//,
  helmet: /^src\/http\//,
  'pino-http': /^src\/http\//,
  jose: /^src\/identity\//,
  opossum: /^src\/admission\//,
  'prom-client': /^src\/telemetry\//,
  pino: /^src\/telemetry\//,
  zod: /^src\/(config\.ts$|config\/|http\/|log\/|status\/|events\/)/,
  commander: /^src\/cli\//,
  listr2: /^src\/cli\//,
  'cli-table3': /^src\/cli\//,
};

/** These wire the service: they read the configuration and hand each station its part. */
const WIRES = /^src\/(main\.ts$|config\.ts$|roles\/|cli\/)/;
const TEST = /\.test\.ts$/;

/** What is wrong with the value imports of one source file of the service. */
export function misplacedValueImports(path: string, text: string): string[] {
  if (!path.startsWith('src/') || !path.endsWith('.ts') || TEST.test(path)) return [];
  return valueImports(text).flatMap((specifier) => {
    const library = libraryOf(specifier);
    const home = Object.hasOwn(HOME_OF_LIBRARY, library) ? HOME_OF_LIBRARY[library] : undefined;
    if (home !== undefined && !home.test(path)) return [`imports ${library} as a value, which belongs to ${home.source}`];
    if (/(^|\/)config\.js$/.test(specifier) && !WIRES.test(path))
      return ['imports src/config.ts as a value: take what you need as an argument'];
    return [];
  });
}

/** The modules that a text imports for more than their types. */
export function valueImports(text: string): string[] {
  return syntaxNodes(text).flatMap((node) => {
    const source = importedModule(node);
    return isNode(source) && typeof source.value === 'string' ? [source.value] : [];
  });
}

function importedModule(node: SyntaxNode): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
      return node.typeOnly === true ? undefined : node.source;
    case 'ExportAllDeclaration':
      return node.source;
    case 'CallExpression':
      return isNode(node.callee) && node.callee.type === 'Import' ? firstArgument(node) : undefined;
    default:
      return undefined;
  }
}

function firstArgument(call: SyntaxNode): unknown {
  const [first]: { expression?: unknown }[] = Array.isArray(call.arguments) ? call.arguments : [];
  return first?.expression;
}

/** `@scope/name` of `@scope/name/part`, `name` of `name/part`. */
function libraryOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
