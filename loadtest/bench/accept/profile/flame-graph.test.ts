import { flameGraphPage } from './flame-graph.js';

test('the page holds style, library and flames, asks the network for nothing, and is not ended by the name of a function', async () => {
  const name = 'closes </script><script>alert(1)</script> src/shop.ts:3';
  const page = await flameGraphPage({ name: 'all', value: 3, children: [{ name, value: 3, children: [] }] });
  expect(page).toContain('.d3-flame-graph rect');
  expect(page).toMatch(/var d3\s*=/);
  expect(page).not.toMatch(/(src|href)="|\bimport\(/);
  expect(page.split('</script>')).toHaveLength(4);
  const flames = /<script id="flames" type="application\/json">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  expect(JSON.parse(flames)).toEqual({ name: 'all', value: 3, children: [{ name, value: 3, children: [] }] });
});
