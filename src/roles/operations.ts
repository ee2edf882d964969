import type { Admin } from 'kafkajs';
import { haltSale, readSale, resumeSale } from '../audit/halt.js';
import { createRecountDesk } from '../audit/recount-desk.js';
import { decodeAssignment } from '../connections/kafka.js';
import { createClient, plainPool } from '../connections/postgres.js';
import { redrive } from '../dead-letters/redrive.js';
import { redriveStep } from '../dead-letters/redrive-pass.js';
import type { Operations } from '../http/operations.js';
import { logEnds, partitionOwners } from '../log/group.js';
import { createServiceStatus } from '../overview/service-status.js';
import type { LetterDesk, LetterPosition, RawProducer, RedriveAnswer } from '../ports/dead-letters.js';
import type { Progress } from '../ports/hints.js';
import type { Actor, SaleState } from '../ports/operations.js';
import { createLetterDesk } from '../store/dead-letter-store.js';
import { createLetterShelf } from '../store/letter-shelf.js';
import { readPositions } from '../store/read-positions.js';
import type { ObserveStatement } from '../store/statement.js';
import type { RoleContext, RunningRole } from './role.js';
import { startWatchingSale } from './sale-watch.js';

/** A redrive has one in hand while it waits for the log. */
const OPERATOR_CONNECTIONS = 2;

export interface OperationEdges {
  readonly admin: Admin;
  /** Of the commands' topic. */
  readonly producer: RawProducer;
  readonly readProgress: (partitions: readonly number[]) => Promise<ReadonlyMap<number, Progress>>;
  readonly breakers: () => Readonly<Record<string, boolean>>;
  readonly observeStatement: ObserveStatement;
}

export interface RunningOperations extends RunningRole {
  readonly operations: Operations;
  readonly isHalted: () => boolean;
}

/**
 * What operators do beside commands about a SKU, on connections of their own, so that they get through while buyers have all the others.
 * @throws where the state of the sale cannot be read
 */
export async function startOperations(context: RoleContext, edges: OperationEdges): Promise<RunningOperations> {
  const { config, clock, log } = context;
  const { topic, consumer, publish } = config.kafka;
  const { admin, producer, observeStatement, readProgress, breakers } = edges;
  const pool = plainPool(config.postgres, { name: 'operators', connections: OPERATOR_CONNECTIONS }, log);
  const { watch, stop: stopWatching } = await startWatchingSale(context);
  const turned = (sale: SaleState): SaleState => {
    // The other processes see it at their next look.
    watch.learn(sale);
    return sale;
  };
  const shelf = createLetterShelf(pool, topic.name, observeStatement);
  const recounts = createRecountDesk({
    ...{ pool, clock },
    connect: () => createClient({ ...config.postgres, statementTimeoutMs: config.auditTimeoutMs }, 'recount'),
    onError: (whatFailed, error) => log.error(`a recount could not be ${whatFailed}`, { error }),
  });

  async function atDesk<T>(work: (desk: LetterDesk) => Promise<T>, isSound: (answer: T) => boolean): Promise<T> {
    const client = await pool.connect();
    // Not back into the pool after a failure: whether its transaction is over is not known.
    let broken = true;
    try {
      const answer = await work(createLetterDesk(client, observeStatement));
      broken = !isSound(answer);
      return answer;
    } finally {
      client.release(broken);
    }
  }

  const inTopic = (position: LetterPosition) => ({ ...position, topic: topic.name });
  // The letter's transaction is open meanwhile.
  const how = {
    producer,
    clock,
    partitionCount: topic.partitions,
    deadlineMs: Math.min(publish.deadlineMs, config.postgres.idleInTransactionTimeoutMs / 2),
  };
  const hasFailed = (answer: RedriveAnswer): answer is Extract<RedriveAnswer, { failed: unknown }> =>
    typeof answer === 'object' && 'failed' in answer;
  async function redriveLetter(position: LetterPosition, by: Actor): Promise<RedriveAnswer> {
    const answer = await atDesk(
      (desk) => redrive(inTopic(position), { ...how, desk, by }),
      (redriven) => !hasFailed(redriven),
    );
    if (hasFailed(answer)) log.warn('a dead letter was not redriven', { ...position, error: answer.failed });
    return answer;
  }

  const status = createServiceStatus({
    ...{ clock, breakers, partitionCount: topic.partitions, progress: readProgress },
    logEnds: () => logEnds(admin, topic.name),
    owners: () => partitionOwners(admin, consumer.group, topic.name, decodeAssignment),
    positions: (partitions) => readPositions(pool, partitions, observeStatement),
    sale: () => readSale(pool),
    deadLetters: () => shelf.count(null),
    takesReservations: () => !watch.isHalted(),
    onUnanswered: (question, error) => log.debug('the status is given without an answer', { question, error }),
  });

  return {
    isHalted: watch.isHalted,
    operations: {
      readSale: () => readSale(pool),
      haltSale: async (by, reason) => turned(await haltSale(pool, by, reason)),
      resumeSale: async (by, reason) => turned(await resumeSale(pool, by, reason)),
      listLetters: shelf.page,
      findLetter: shelf.find,
      redriveLetter,
      redriveLetters: (request, by) => redriveStep(request, { shelf, clock, redrive: (position) => redriveLetter(position, by) }),
      dismissLetter: (position, by, reason) =>
        atDesk(
          (desk) => desk.dismiss(inTopic(position), by, reason),
          () => true,
        ),
      lastRecount: recounts.last,
      runRecount: recounts.run,
      serviceStatus: status,
    },
    async stop() {
      await stopWatching();
      await recounts.stop();
      await pool.end();
    },
  };
}
