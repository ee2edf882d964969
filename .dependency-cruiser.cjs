/** Folders that every station may use. They know no station themselves. */
const FOUNDATIONS = 'domain|telemetry|batching';

/**
 * Who may import whom in src (docs/architecture.md has the reasons). A rule sees type imports like any others; what may be imported as a
 * value is checked in test/architecture/value-imports.test.ts, because the swc parser does not tell the two apart.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports it and it imports nothing: it is dead, or wired in a way that nobody can follow.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.d\\.ts$', '\\.test\\.ts$'] },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be resolved would escape every other rule.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-is-pure',
      comment: 'The rules decide; they do no I/O and know nobody.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/domain/', '^(node:)?crypto$'] },
    },
    {
      name: 'foundations-know-no-station',
      severity: 'error',
      from: { path: `^src/(${FOUNDATIONS})/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/($1|domain|ports)/' },
    },
    {
      name: 'stations-know-no-station',
      comment: 'Another station is a function argument, typed beside its user; src/roles, src/cli and src/main.ts wire them.',
      severity: 'error',
      from: { path: `^src/(?!(?:${FOUNDATIONS}|roles|cli)/)([^/]+)/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: [`^src/($1|ports|${FOUNDATIONS})/`, '^src/config\\.ts$'] },
    },
    {
      name: 'edges-know-only-the-domain',
      severity: 'error',
      from: { path: '^src/(ports/|config\\.ts$)' },
      // src/config.ts has the pieces that only it may use in a folder of the same name.
      to: { path: '^src/', pathNot: '^src/(domain|ports|config)/' },
    },
    {
      name: 'roles-are-started-from-outside',
      severity: 'error',
      from: { path: '^src/roles/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(main\\.ts|cli/)' },
    },
    {
      name: 'service-knows-no-test-or-tool',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|loadtest|infra|clients|dist)/' },
    },
    {
      name: 'clients-stand-alone',
      comment: 'A client is a package of its own: whoever installs it gets no part of the service and no library.',
      severity: 'error',
      from: { path: '^clients/([^/]+)/src/' },
      to: { pathNot: '^clients/$1/src/' },
    },
  ],
  options: {
    // dependency-cruiser does not know TypeScript 7. Without this it guesses with a parser for JavaScript, and without @swc/core it reads no
    // .ts file at all and finds nothing wrong: the tests check that modules were seen.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.flashsale)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
