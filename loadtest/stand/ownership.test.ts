import { ownedPartitions } from './ownership.js';

it('a writer owns the partitions that it has a lag for', () => {
  const metrics = `# HELP flashsale_kafka_consumer_lag Records behind the end of the log.
# TYPE flashsale_kafka_consumer_lag gauge
flashsale_kafka_consumer_lag{partition="0"} 0
flashsale_kafka_consumer_lag{topic="t",partition="7"} 12
flashsale_kafka_consumer_lag_max{partition="9"} 1
`;
  expect(ownedPartitions(metrics)).toEqual(new Set([0, 7]));
  expect(ownedPartitions('')).toEqual(new Set());
});
