import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, Failure } from '../../infra/local/failure.mjs';
import { builtPrograms, findOrBuilt, findProgram } from '../../infra/local/programs.mjs';
import { runTool } from '../../infra/local/run-tool.mjs';
import { step } from '../../infra/local/say.mjs';

/** The version that the scripts are checked with. 1.x runs TypeScript as it is. */
const K6_MODULE = 'go.k6.io/k6@v1.8.1';

/** @returns the path of k6: the machine's own, the one an earlier run built, or one built now */
export async function findK6(): Promise<string> {
  const found = findOrBuilt('k6');
  if (found !== null) return found;

  const go = findProgram('go');
  if (go === null) throw new Failure(howToGetIt, exitCodes.unavailable);
  mkdirSync(builtPrograms, { recursive: true });
  await step(`building k6, which is not installed: go install ${K6_MODULE} into .flashsale/bin (downloads about 150 MB, takes 90 s)`, () =>
    runTool(go, ['install', K6_MODULE], { env: { ...process.env, GOBIN: builtPrograms } }),
  );
  return join(builtPrograms, 'k6');
}

const howToGetIt = `The load test needs k6, which is neither on the PATH nor can it be built here (no Go). One of:
  - install it: https://grafana.com/docs/k6/latest/set-up/install-k6/ (brew install k6, winget install k6, apt from its own repository)
  - install Go 1.24 or newer, and run this again: it builds k6 into .flashsale/bin
  - run the script in a container, against a service that runs already (npm start):
      docker run --rm --network host -v "$PWD/loadtest/k6/scripts:/scripts:ro" \\
        -e FLASHSALE_URL=http://127.0.0.1:3000 -e FLASHSALE_API_KEY=fsk_... -e RUN_ID=$(date +%s) \\
        grafana/k6:1.8.1 run /scripts/smoke.ts`;
