// Runs under a guard for as long as a compose project is up; asked to stop, it takes the project down (volumes stay).
import { spawn } from 'node:child_process';
import { composeArgs } from './compose.mjs';

const project = process.argv[2] ?? '';
const alive = setInterval(() => {}, 2 ** 30);

process.once('SIGTERM', () => {
  clearInterval(alive);
  const down = spawn('docker', composeArgs(project, ['down', '--timeout', '10']), { stdio: 'ignore' });
  down.once('exit', (code) => process.exit(code ?? 1));
});
process.on('SIGTERM', () => {});
