import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaSettings } from '../../infra/local/kafka-settings.mjs';
import { VARIABLES } from '../../src/config/variables.js';
import { checkout, readYaml } from './files.js';

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

const compose = readYaml<{ services: Record<string, Service>; volumes: Record<string, unknown> }>(join(checkout, 'docker-compose.yml'));
const services = Object.entries(compose.services);
const service = (name: string): Service => compose.services[name]!;

test('servers start by default; service and observability by their profiles', () => {
  const byProfile = (wanted?: string) => services.filter(([, { profiles = [] }]) => profiles[0] === wanted).map(([name]) => name);
  expect(byProfile()).toEqual(['postgres', 'kafka', 'redis']);
  expect(byProfile('service')).toEqual(['migrate', 'api', 'writer']);
  expect(byProfile('observability')).toEqual(['prometheus', 'grafana']);
});

test('images are pinned to a version', () => {
  for (const [, { image }] of services) expect(image).toMatch(/:(v?\d[\w.-]*|local)$/);
  expect([service('postgres').image, service('kafka').image, service('redis').image]).toEqual([
    'postgres:18',
    'apache/kafka:4.1.1',
    'redis:7',
  ]);
});

test('ports are published on the loopback address only, each under a variable with a default', () => {
  const ports = services.flatMap(([, { ports: published = [] }]) => published);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{FLASHSALE_[A-Z]+_PORT:-\d+\}:\d+$/);
  const defaults = ports.map((port) => /:-(\d+)\}/.exec(port)?.[1]);
  expect(new Set(defaults).size).toBe(defaults.length);
});

test('what is mounted is there, and read-only', () => {
  for (const volume of services.flatMap(([, { volumes = [] }]) => volumes)) {
    const [source = '', , mode] = volume.split(':');
    if (source.startsWith('.')) {
      expect([source, existsSync(join(checkout, source))]).toEqual([source, true]);
      expect([source, mode]).toEqual([source, 'ro']);
    } else expect(Object.keys(compose.volumes)).toContain(source);
  }
});

test('every server says whether it is healthy, and the service waits for that', () => {
  for (const name of ['postgres', 'kafka', 'redis', 'prometheus', 'grafana']) expect(service(name).healthcheck?.test?.[0]).toBe('CMD');
  const healthy = { condition: 'service_healthy' };
  const servers = { postgres: healthy, kafka: healthy, redis: healthy };
  expect(service('migrate').depends_on).toEqual(servers);
  for (const name of ['api', 'writer']) {
    expect(service(name).depends_on).toEqual({ ...servers, migrate: { condition: 'service_completed_successfully' } });
  }
});

test('the service is configured by variables that it knows', () => {
  for (const name of ['migrate', 'api', 'writer']) {
    const given = Object.keys(service(name).environment ?? {});
    expect(given.filter((variable) => !Object.hasOwn(VARIABLES, variable))).toEqual([]);
  }
  expect(service('api').environment?.FLASHSALE_ROLE).toBe('api');
  expect(service('writer').environment?.FLASHSALE_ROLE).toBe('writer');
});

test('Kafka is set as the launcher sets its own', () => {
  const own = new Map(
    kafkaSettings({ port: 1, controllerPort: 2, dataFolder: '/' })
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
  const environment = service('kafka').environment ?? {};
  const places = /listener|log\.dirs|quorum|process\.roles|node\.id|num\.partitions|delete\.delay|task\.delay/;
  const expected = [...own].filter(([key]) => key !== '' && !places.test(key));
  expect(expected.length).toBeGreaterThan(5);
  for (const [key, value] of expected) {
    const variable = `KAFKA_${key.replaceAll('.', '_').toUpperCase()}`;
    expect([variable, environment[variable]]).toEqual([variable, value]);
  }
});

test('Kafka sends clients on the host to the published port, and containers to the name', () => {
  const { ports = [], environment = {} } = service('kafka');
  const published = /(\$\{[^}]+\})/.exec(ports[0] ?? '')?.[1];
  expect(environment.KAFKA_ADVERTISED_LISTENERS).toBe(`CONTAINERS://kafka:19092,HOST://127.0.0.1:${published}`);
  expect(service('api').environment?.FLASHSALE_KAFKA_BROKERS).toBe('kafka:19092');
});

test('Prometheus scrapes the port on which both roles serve their metrics', () => {
  interface Job {
    readonly job_name: string;
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  }
  const { scrape_configs: jobs } = readYaml<{ scrape_configs: Job[] }>(join(checkout, 'infra/prometheus/prometheus.yml'));
  for (const name of ['api', 'writer']) {
    const job = jobs.find(({ job_name }) => job_name === `flashsale-${name}`);
    expect(job?.dns_sd_configs?.[0]).toMatchObject({ names: [name], port: Number(service(name).environment?.FLASHSALE_METRICS_PORT) });
  }
});
