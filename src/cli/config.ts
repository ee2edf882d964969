import { Command } from 'commander';
import { configMarkdown, configTable } from '../config/table.js';
import { loadConfig } from '../config.js';

export const configCommand = (): Command =>
  new Command('config')
    .description('every environment variable: what it is, its default, what is allowed')
    .option('--json', 'for scripts')
    .option('--check', 'check the environment instead, and name all faults')
    .action(({ json, check }: { json?: true; check?: true }) => {
      if (check) {
        loadConfig();
        return console.log('the configuration is sound');
      }
      console.log(json ? JSON.stringify(configTable(), null, 2) : configMarkdown());
    });
