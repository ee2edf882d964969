/**
 * @param {{ port: number, controllerPort: number, dataFolder: string }} place
 */
export function kafkaSettings({ port, controllerPort, dataFolder }) {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // A voter named here may change its port from run to run; one that formatting records may not.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataFolder,
    // A topic with the wrong number of partitions would route SKUs wrongly: topics are made on purpose only.
    'auto.create.topics.enable': false,
    'unclean.leader.election.enable': false,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    // 50 by default: each costs files and time at start, and a handful of groups needs few.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    // A lone writer starts at once, and a dead one is noticed after its 2 s session instead of 6 s.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    // Topics come and go: their files leave the disk soon. Deletion begins 30 s after the broker by default, which a demo does not live to
    // see: the folders of all that had run before were opened at each start.
    'log.segment.delete.delay.ms': 1000,
    'log.initial.task.delay.ms': 1000,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** To stdout, which is a file: warnings, and the one line that says that the broker is up. */
export const kafkaLogging = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="error">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d %p %c{1} %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="warn"><AppenderRef ref="out"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="info"/>
  </Loggers>
</Configuration>
`;
