import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { configMarkdown } from '../../src/config/table.js';

const TABLE = /(<!-- made from the config schema[^>]*-->\n)([\s\S]*?)(<!-- end of the configuration -->)/;

/** `RENEW_README=1 npm test -- test/architecture/readme` writes the table anew. */
test("the README's configuration is the config schema's", () => {
  const readme = readFileSync('README.md', 'utf8');
  const wanted = `\n${configMarkdown().trim()}\n\n`;
  if (process.env.RENEW_README === '1')
    writeFileSync(
      'README.md',
      readme.replace(TABLE, (_all, begin, _old, end) => `${begin}${wanted}${end}`),
    );
  expect(TABLE.exec(readFileSync('README.md', 'utf8'))?.[2]).toBe(wanted);
});
