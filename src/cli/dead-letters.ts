import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config.js';
import { systemClock } from '../connections/clock.js';
import { describeAnswer, redrive } from '../dead-letters/redrive.js';
import type { Offset } from '../domain/ids.js';
import type { LetterPlace, ListedLetter, RedriveAnswer } from '../ports/dead-letters.js';
import { createLetterDesk } from '../store/dead-letter-store.js';
import { withCommandTopic } from './kafka.js';
import { withDatabase } from './postgres.js';

/** Not all that was asked for was done. */
const EXIT_REFUSED = 1;

export const deadLettersCommand = (): Command =>
  new Command('dead-letters')
    .description('records that could not be decoded or applied: look at them, put them into the log again')
    .addCommand(list())
    .addCommand(redriveCommand());

const list = (): Command =>
  new Command('list')
    .description('those that wait, oldest first')
    .option('--all', 'those that are redriven or dismissed too')
    .option('--json', 'for scripts')
    .action(async ({ all, json }: { all?: true; json?: true }) => {
      const letters = await withDatabase(loadConfig(), (client) => createLetterDesk(client).list(all === true));
      if (json) return console.log(JSON.stringify(letters.map(forScripts)));
      if (letters.length === 0) return console.log('there are no dead letters');
      for (const letter of letters) console.log(lineOf(letter));
    });

const nameOf = ({ topic, partition, offset }: LetterPlace): string => `${topic}/${partition}/${offset}`;
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function lineOf(letter: ListedLetter): string {
  const { reason, bytes, storedAt, publishedAt, redriven, dismissed, reservationId } = letter;
  const gone = dismissed === null ? '' : `  dismissed ${iso(dismissed.at)} by ${dismissed.by}: ${dismissed.reason}`;
  const done = redriven === null ? gone : `  redriven ${iso(redriven.at)} by ${redriven.by}`;
  const published = publishedAt === null ? '  not published yet' : '';
  return `${nameOf(letter)}  ${reason.padEnd(16)} ${iso(storedAt)}  ${bytes} bytes  ${reservationId ?? '-'}${published}${done}`;
}

const forScripts = ({ redriven, redrivenTo: _, dismissed, storedAt, publishedAt, ...letter }: ListedLetter) => ({
  name: nameOf(letter),
  ...letter,
  storedAt: iso(storedAt),
  publishedAt: iso(publishedAt),
  redrivenAt: iso(redriven?.at ?? null),
  redrivenBy: redriven?.by ?? null,
  dismissedAt: iso(dismissed?.at ?? null),
  dismissedBy: dismissed?.by ?? null,
  dismissedReason: dismissed?.reason ?? null,
});

interface RedriveOptions {
  readonly all?: true;
  readonly by: string;
}

const redriveCommand = (): Command =>
  new Command('redrive')
    .description('put dead letters into the log again as they are, each once')
    .argument('[letter]', '<topic>/<partition>/<offset>, as `dead-letters list` shows it', parsePlace)
    .option('--all', 'all that wait')
    .addOption(new Option('--by <name>', 'who does it, for the record').default(userInfo().username, 'the user of this machine'))
    .action(async (place: LetterPlace | undefined, { all, by }: RedriveOptions, command: Command) => {
      if ((place === undefined) === (all === undefined)) command.error('error: name one letter, or --all');
      const answers = await redriveThem(place, by);
      for (const { letter, answer } of answers) console.log(`${nameOf(letter)}: ${describeAnswer(answer)}`);
      if (answers.length === 0) console.log('there are no dead letters to redrive');
      const refused = answers.filter(({ answer }) => answer !== 'done').length;
      if (refused > 0) process.exitCode = EXIT_REFUSED;
    });

/** @param place left out: all that wait */
function redriveThem(place: LetterPlace | undefined, by: string) {
  const config = loadConfig();
  const { kafka, postgres } = config;
  // The letter's transaction is open meanwhile.
  const deadlineMs = Math.min(kafka.publish.deadlineMs, postgres.idleInTransactionTimeoutMs / 2);
  const actor = { name: by, principal: `command-line ${by}` };
  const how = { partitionCount: kafka.topic.partitions, by: actor, deadlineMs, clock: systemClock };
  return withDatabase(config, (client) =>
    withCommandTopic(config, async (producer) => {
      const desk = createLetterDesk(client);
      const letters: readonly LetterPlace[] = place === undefined ? await desk.list(false) : [place];
      const answers: { letter: LetterPlace; answer: RedriveAnswer }[] = [];
      // One after the other: each is a transaction of its own on the one connection.
      for (const letter of letters) answers.push({ letter, answer: await redrive(letter, { ...how, desk, producer }) });
      return answers;
    }),
  );
}

function parsePlace(text: string): LetterPlace {
  const [, topic = '', partition, offset] = /^([A-Za-z0-9._-]{1,249})\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (topic === '') throw new InvalidArgumentError('A letter is named <topic>/<partition>/<offset>.');
  return { topic, partition: Number(partition), offset: Number(offset) as Offset };
}
