import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from './checkout.mjs';
import { fillByMaven } from './maven.mjs';
import { step } from './say.mjs';

/** The same release as in pom.xml and docker-compose.yml. */
export const kafkaVersion = '4.1.1';

export const kafkaJars = join(stateFolder, `kafka-${kafkaVersion}`);

export function haveKafkaJars() {
  return existsSync(kafkaJars);
}

export async function fetchKafkaJars() {
  if (haveKafkaJars()) return;
  await step(`fetching Kafka ${kafkaVersion}: (43 MB of jars by Maven, into .flashsale/)`, () =>
    fillByMaven(kafkaJars, ['dependency:copy-dependencies', '-DincludeScope=runtime']),
  );
}
