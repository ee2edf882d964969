import { basename, dirname } from 'node:path/posix';
import { dottedName, isNode, type SyntaxNode, syntaxNodes } from './syntax.js';

/** Says what is wrong with one file; pure. */
export type TidyCheck = (path: string, text: string) => string[];

const MAX_LINES = 250;
const CODE = /\.(ts|mjs|cjs|js)$/;
const TEST = /\.test\.ts$/;

const fileLength: TidyCheck = (_, text) => {
  const lines = text.trimEnd().split('\n').length;
  return lines > MAX_LINES ? [`has ${lines} lines, at most ${MAX_LINES}: find the second idea in it`] : [];
};

/** The launcher and the load tools are programs of their own, with their own entry points. */
const READS_ENVIRONMENT = /^(src\/config\.ts$|infra\/|loadtest\/|test\/)|\.test\.ts$/;

const environment: TidyCheck = (path, text) =>
  READS_ENVIRONMENT.test(path) ? [] : inCode(path, text, readsEnvironment, 'reads process.env, which belongs to src/config.ts');

function readsEnvironment(node: SyntaxNode): boolean {
  if (node.type === 'MemberExpression') return /^(globalThis\.)?process\.env$/.test(dottedName(node) ?? '');
  if (node.type === 'VariableDeclarator') return dottedName(node.init) === 'process' && bindsEnv(node.id);
  return node.type === 'ImportDeclaration' && /^(node:)?process$/.test(stringValue(node.source) ?? '') && bindsEnv(node.specifiers);
}

function bindsEnv(pattern: unknown): boolean {
  return /"value":"env"/.test(JSON.stringify(pattern));
}

const anyType: TidyCheck = (path, text) =>
  inCode(path, text, (node) => node.type === 'TsKeywordType' && node.kind === 'any', 'uses the type any: say what is known, or unknown');

const silencedCompiler: TidyCheck = (path, text) => {
  // A test may state that something does not compile.
  const silencers = TEST.test(path) ? /@ts-(ignore|nocheck)/ : /@ts-(ignore|nocheck|expect-error)/;
  return silencers.test(text) ? ['silences the compiler'] : [];
};

const VAGUE_NAMES = ['util', 'utils', 'common', 'helper', 'helpers', 'misc', 'shared', 'index'];

const vagueName: TidyCheck = (path) => {
  const names = [...dirname(path).split('/'), basename(path).replace(/\..*$/, '')];
  return names.filter((name) => VAGUE_NAMES.includes(name)).map((name) => `is called "${name}": name what it does`);
};

// Spelt so that it does not find itself.
const UNFINISHED = /\b(TO(?:DO)|FIX(?:ME))\b/;

const unfinished: TidyCheck = (_, text) => {
  const [mark] = UNFINISHED.exec(text) ?? [];
  return mark === undefined ? [] : [`says ${mark}: do it, or drop it`];
};

/** A statement that names a table. `SELECT 1`, `BEGIN` or `LISTEN` may stay with the code that sends them. */
const SQL_STATEMENT = new RegExp(
  [
    String.raw`select\s[\s\S]*\sfrom\s+[\w."?]+([\s;,)]|$)`,
    String.raw`insert\s+into\s`,
    String.raw`update\s+\S+\s+((as\s+)?\w+\s+)?set\s`,
    String.raw`delete\s+from\s`,
    String.raw`with\s+(recursive\s+)?\w+\s[\s\S]*\bas\s`,
    String.raw`(create|alter|drop|truncate)\s+(table|index|type|schema)\s`,
  ]
    .map((statement) => String.raw`^\s*${statement}`)
    .join('|'),
  'i',
);

const sqlInCode: TidyCheck = (path, text) => inStrings(path, text, SQL_STATEMENT, 'holds an SQL statement: give it a .sql file');

const luaInCode: TidyCheck = (path, text) => inStrings(path, text, /\bredis\.p?call\s*\(/, 'holds a Lua script: give it a .lua file');

const TEST_LEFT_OUT = /^(test|it|describe)\.(concurrent\.)?(only|skip|todo|failing)(\.each)?$|^(fit|fdescribe|xit|xtest|xdescribe)$/;

const testLeftOut: TidyCheck = (path, text) =>
  TEST.test(path)
    ? inCode(path, text, (node) => node.type === 'CallExpression' && TEST_LEFT_OUT.test(dottedName(node.callee) ?? ''), 'leaves tests out')
    : [];

/** All checks, by the name under which a fault is reported. */
export const TIDY_CHECKS = {
  fileLength,
  environment,
  anyType,
  silencedCompiler,
  vagueName,
  unfinished,
  sqlInCode,
  luaInCode,
  testLeftOut,
} satisfies Record<string, TidyCheck>;

function inCode(path: string, text: string, matches: (node: SyntaxNode) => boolean, fault: string): string[] {
  return CODE.test(path) && syntaxNodes(text).some(matches) ? [fault] : [];
}

/** The service only: a tool or a test may hold the one statement that it shows. */
function inStrings(path: string, text: string, pattern: RegExp, fault: string): string[] {
  return path.startsWith('src/') && !TEST.test(path) ? inCode(path, text, (node) => pattern.test(stringValue(node) ?? ''), fault) : [];
}

/** The text of a string or of a whole template, with `?` for what is put into it. */
function stringValue(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'StringLiteral' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis)) return undefined;
  return node.quasis.map((quasi: { cooked?: string }) => quasi.cooked ?? '').join('?');
}
